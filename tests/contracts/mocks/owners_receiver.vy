# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title owners_receiver
@notice For tests: a contract that holds shares, is staked to, or gets ETH, and then accepts, refuses,
        burns its gas, returns a great deal, or calls back with what the test prepared.
"""

flag Mode:
    ACCEPT
    REFUSE
    BURN
    BOMB
    CALL_BACK

mode: Mode
target: address
payload: Bytes[1024]

heard: public(String[24])
sender: public(address)
amount: public(uint256)
data: public(Bytes[4096])
calls: public(uint256)
succeeded: public(bool)
answer: public(Bytes[128])
sink: uint256


@external
def set_mode(mode: Mode):
    self.mode = mode


@external
def prepare(target: address, payload: Bytes[1024]):
    self.mode = Mode.CALL_BACK
    self.target = target
    self.payload = payload


@external
def act(target: address, payload: Bytes[1024]) -> Bytes[128]:
    return raw_call(target, payload, max_outsize=128)


@external
def pay(target: address, amount: uint256):
    """Sends some of its ETH, without a word."""
    raw_call(target, b"", value=amount)


@external
def onOwnershipTransfer(sender: address, amount: uint256, data: Bytes[4096]):
    self._hear("transfer", sender, amount, data)


@external
def onOwnershipStake(sender: address, amount: uint256, data: Bytes[4096]):
    self._hear("stake", sender, amount, data)


@external
def onOwnershipStakeRemoval(sender: address, amount: uint256, data: Bytes[4096]):
    self._hear("removal", sender, amount, data)


@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[4096]):
    self._hear("token", sender, amount, data)


@external
@payable
def __default__():
    self._behave()


@internal
def _hear(what: String[24], sender: address, amount: uint256, data: Bytes[4096]):
    self._behave()
    self.heard = what
    self.sender = sender
    self.amount = amount
    self.data = data
    self.calls += 1


@internal
def _behave():
    assert self.mode != Mode.REFUSE, "receiver: refused"
    if self.mode == Mode.BURN:
        for i: uint256 in range(2**40):
            self.sink += i
    if self.mode == Mode.BOMB:
        bomb: Bytes[30000] = b""
        raw_revert(concat(bomb, empty(bytes32), slice(abi_encode(empty(bytes32[900])), 0, 28800)))
    if self.mode == Mode.CALL_BACK:
        succeeded: bool = False
        answer: Bytes[128] = b""
        succeeded, answer = raw_call(
            self.target, self.payload, max_outsize=128, revert_on_failure=False
        )
        self.succeeded = succeeded
        self.answer = answer
