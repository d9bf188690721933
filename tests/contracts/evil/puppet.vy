# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title puppet: a contract that is hostile in any part
@notice As logic, as a penalty contract, as a consumer or an oracle: it does whatever a test tells it to do, and
        answers whatever is asked of it as it was told to: a word, a revert, garbage without end, no gas left, or
        calls of its own from inside. Anybody may give orders: it is a test double.
"""


struct Call:
    target: address
    data: Bytes[2048]


LINK: immutable(address)

# What it does when it is called: 0 answers `word`; 1 reverts; 2 burns all gas; 3 answers 32,000 bytes;
# 4 makes the calls of `plan`, then answers `word`.
mode: uint256
word: bytes32
plan: DynArray[Call, 3]
busy: transient(bool)


@deploy
def __init__(link: address):
    LINK = link
    # Approves of whatever is asked.
    self.word = convert(1, bytes32)


# ---- Orders ----

@external
@payable
def act(target: address, data: Bytes[4096]):
    """Makes one call; fails as it fails."""
    raw_call(target, data, value=msg.value)


@external
def several(calls: DynArray[Call, 3]):
    """Makes several calls in one transaction, whatever becomes of each."""
    for call: Call in calls:
        ok: bool = raw_call(call.target, call.data, revert_on_failure=False, max_outsize=0)


@external
def behave(mode: uint256, word: bytes32, plan: DynArray[Call, 3]):
    """How it behaves from now on."""
    self.mode = mode
    self.word = word
    self.plan = plan


# ---- Everybody else ----

@view
@external
def getChainlinkToken() -> address:
    return LINK


@external
@payable
@raw_return
def __default__() -> Bytes[32768]:
    mode: uint256 = self.mode
    if mode == 1:
        raise "puppet: no"
    if mode == 2:
        for i: uint256 in range(100_000_000):
            self.word = keccak256(self.word)
    if mode == 3:
        return abi_encode(empty(uint256[1000]))
    if mode == 4 and not self.busy:
        self.busy = True
        for call: Call in self.plan:
            ok: bool = raw_call(call.target, call.data, revert_on_failure=False, max_outsize=0)
        self.busy = False
    return abi_encode(self.word)
