# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title owners_hostile_token
@notice For tests: a token that was whitelisted by mistake. It lies about balances and pays, refuses,
        answers nothing or too much, burns its gas, or calls back in the middle of a transfer.
"""

flag Mode:
    HONEST
    REFUSE
    UNTRUE
    SILENT
    LONG
    NONSENSE
    BURN
    CALL_BACK

mode: Mode
lie: uint256
lying: bool
mute: bool
target: address
payload: Bytes[1024]

balances: HashMap[address, uint256]
succeeded: public(bool)
answer: public(Bytes[128])
sink: uint256


@deploy
def __init__():
    self.mode = Mode.HONEST


@external
def mint(to: address, amount: uint256):
    self.balances[to] += amount


@external
def set_mode(mode: Mode):
    self.mode = mode


@external
def set_balance(answer: uint256):
    self.lying = True
    self.lie = answer


@external
def set_mute(mute: bool):
    self.mute = mute


@external
def prepare(target: address, payload: Bytes[1024]):
    self.mode = Mode.CALL_BACK
    self.target = target
    self.payload = payload


@external
@view
def held_by(account: address) -> uint256:
    return self.balances[account]


@external
@view
@raw_return
def balanceOf(account: address) -> Bytes[32]:
    if self.mute:
        return b""
    if self.lying:
        return abi_encode(self.lie)
    return abi_encode(self.balances[account])


@external
@raw_return
def transfer(to: address, amount: uint256) -> Bytes[64]:
    assert self.mode != Mode.REFUSE, "token: refused"
    if self.mode == Mode.UNTRUE:
        return abi_encode(False)
    if self.mode == Mode.NONSENSE:
        return abi_encode(convert(2, uint256))
    if self.mode == Mode.BURN:
        for i: uint256 in range(2**40):
            self.sink += i
    if self.mode == Mode.CALL_BACK:
        succeeded: bool = False
        answer: Bytes[128] = b""
        succeeded, answer = raw_call(
            self.target, self.payload, max_outsize=128, revert_on_failure=False
        )
        self.succeeded = succeeded
        self.answer = answer
    self.balances[msg.sender] -= amount
    self.balances[to] += amount
    if self.mode == Mode.SILENT:
        return b""
    if self.mode == Mode.LONG:
        return abi_encode(True, True)
    return abi_encode(True)
