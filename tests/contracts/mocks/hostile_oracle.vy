# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title hostile_oracle: an oracle, depositor and reputation provider that does what a test tells it to
@notice It speaks as much of a PoolStorage and of a Reputation as the network asks for. `deed` is what it does when
        it is called with LINK, to cancel or with a report; `tale` is what it answers to questions.
        Anybody may give orders: it is a test double.
"""

from interfaces import ILinkToken
from interfaces import IPoolStorage

# What it does when called.
flag Deed:
    ACCEPT
    REFUSE
    BURN_GAS
    CALL  # the planned call, failing in silence
    PAY  # sends `payment` LINK back when asked to cancel

# What it answers to score().
flag Tale:
    NUMBER
    REVERT
    NOTHING
    TWO_WORDS
    BURN_GAS

LINK: immutable(ILinkToken)

deed: public(Deed)
tale: public(Tale)
number: public(uint256)
deadline: public(uint256)
target: address
plan: Bytes[2048]
# How often it was called, and how the last planned call ended.
calls: public(uint256)
succeeded: public(bool)
junk: HashMap[uint256, uint256]


@deploy
def __init__(link: address):
    LINK = ILinkToken(link)
    self.deed = Deed.ACCEPT
    self.tale = Tale.NUMBER
    self.deadline = max_value(uint256)


# ---- Orders ----

@external
def behave(deed: uint256, target: address, plan: Bytes[2048]):
    """0 accept, 1 refuse, 2 burn all gas, 3 call `target` with `plan`, 4 pay back when cancelled."""
    self.deed = convert(1 << deed, Deed)
    self.target = target
    self.plan = plan


@external
def tell(tale: uint256, number: uint256):
    """0 the number, 1 revert, 2 no word, 3 two words, 4 burn all gas."""
    self.tale = convert(1 << tale, Tale)
    self.number = number


@external
def setDeadline(deadline: uint256):
    self.deadline = deadline


@external
def act(target: address, data: Bytes[2048]):
    """Calls on order; a failure is passed on."""
    raw_call(target, data)


# ---- Called ----

@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[2048]):
    self._do()


@external
def cancelOracleRequest(
    requestId: bytes32, payment: uint256, callbackFunc: bytes4, expiration: uint256
):
    self._do()
    if self.deed == Deed.PAY:
        assert extcall LINK.transfer(msg.sender, payment)


@external
def report(id: uint256, reports: DynArray[Report, 31]):
    self._do()


struct Report:
    oracle: address
    outcome: uint256
    elapsed: uint256
    lost: uint256


# ---- Asked ----

@view
@external
def isAuthorizedSender(node: address) -> bool:
    return True


@view
@external
def operator() -> address:
    return self


@view
@external
def minimumPayment() -> uint256:
    return 0


@view
@external
def penalty(target: address, reference: bytes32) -> IPoolStorage.Penalty:
    return IPoolStorage.Penalty(
        id=1,
        state=1,
        amount=0,
        pledge=0,
        returned=0,
        claims=0,
        weight=0,
        deadline=self.deadline,
    )


@view
@external
@raw_return
def score(oracle: address) -> Bytes[64]:
    assert self.tale != Tale.REVERT, "hostile: no"
    if self.tale == Tale.NOTHING:
        return b""
    if self.tale == Tale.TWO_WORDS:
        return abi_encode(self.number, self.number)
    if self.tale == Tale.BURN_GAS:
        for i: uint256 in range(1_000_000_000):
            assert self.junk[i] == 0
    return slice(abi_encode(self.number, self.number), 0, 32)


@internal
def _do():
    self.calls += 1
    assert self.deed != Deed.REFUSE, "hostile: refused"
    if self.deed == Deed.BURN_GAS:
        for i: uint256 in range(1_000_000_000):
            self.junk[i] = i + 1
    if self.deed == Deed.CALL:
        self.succeeded = raw_call(
            self.target, self.plan, max_outsize=0, revert_on_failure=False
        )
