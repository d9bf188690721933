# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title hostile_consumer: asks a PoolStorage and misbehaves when it is called back
@notice It re-enters with whatever it was told to try, returns a bomb, burns its gas, reverts, or asks again
        from inside the call back. It keeps which of its attempts went through. A test double.
"""

# What it does when it is called back.
flag Mode:
    ACCEPT
    REVERT
    BURN_GAS
    BOMB
    ATTEMPT


struct Attempt:
    target: address
    data: Bytes[1024]


mode: Mode
attempts: DynArray[Attempt, 24]
# One bit per attempt that went through, the first lowest; of the last call back.
succeeded: public(uint256)
calls: public(uint256)
caller: public(address)
sink: uint256


@deploy
def __init__():
    self.mode = Mode.ACCEPT


@external
def behave(mode: uint256, attempts: DynArray[Attempt, 24]):
    """0 accept, 1 revert, 2 burn all gas, 3 answer with a bomb, 4 make these attempts."""
    self.mode = convert(1 << mode, Mode)
    self.attempts = attempts


@external
def act(target: address, data: Bytes[8192]):
    """Calls anything: it asks, stakes, withdraws and cancels like this."""
    raw_call(target, data)


@external
@raw_return
def callback(requestId: bytes32, answer: uint256) -> Bytes[16384]:
    self.calls += 1
    self.caller = msg.sender
    assert self.mode != Mode.REVERT, "consumer: no"
    if self.mode == Mode.BURN_GAS:
        for i: uint256 in range(2**40):
            self.sink = i
    if self.mode == Mode.BOMB:
        bomb: uint256[512] = empty(uint256[512])
        return abi_encode(bomb)
    if self.mode == Mode.ATTEMPT:
        self.succeeded = 0
        i: uint256 = 0
        for attempt: Attempt in self.attempts:
            success: bool = raw_call(
                attempt.target, attempt.data, max_outsize=0, revert_on_failure=False
            )
            if success:
                self.succeeded |= 1 << i
            i += 1
    return b""
