# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title evil_target: a penalty contract that re-enters the PoolStorage while the penalty arrives
@notice It makes the calls it was told to make and keeps which of them went through. It can also act as a staker
        or a consumer. Anybody may give orders: it is a test double.
"""


struct Attempt:
    target: address
    data: Bytes[1024]


LINK: immutable(address)

attempts: DynArray[Attempt, 16]
# One bit per attempt that went through, the first lowest.
succeeded: public(uint256)
calls: public(uint256)


@deploy
def __init__(link: address):
    LINK = link


@external
def prepare(attempts: DynArray[Attempt, 16]):
    self.attempts = attempts


@external
def act(target: address, data: Bytes[8192]):
    """Calls anything."""
    raw_call(target, data)


@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[96]):
    self._attempt()


@external
def callback(requestId: bytes32, answer: uint256):
    self._attempt()


@view
@external
def getChainlinkToken() -> address:
    return LINK


@internal
def _attempt():
    self.calls += 1
    self.succeeded = 0
    i: uint256 = 0
    for attempt: Attempt in self.attempts:
        success: bool = raw_call(
            attempt.target, attempt.data, max_outsize=0, revert_on_failure=False
        )
        if success:
            self.succeeded |= 1 << i
        i += 1
