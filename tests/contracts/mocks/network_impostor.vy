# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title network_impostor: an oracle of the network that is no PoolStorage, and a provider that lies
@notice It answers every question as it was told to, and when it is called (with LINK, to cancel, with a report) it
        makes the calls it was told to make and then accepts, refuses, burns gas or pays. Anybody may give
        orders: it is a test double.
"""

from interfaces import ILinkToken
from interfaces import IPoolStorage
from interfaces import IServiceAgreements


# What it does when it is called, after its attempts.
flag Deed:
    ACCEPT
    REFUSE
    BURN_GAS
    PAY


struct Attempt:
    target: address
    data: Bytes[1024]


struct Report:
    oracle: address
    outcome: uint256
    elapsed: uint256
    lost: uint256


LINK: immutable(ILinkToken)

deed: Deed
attempts: DynArray[Attempt, 24]
# One bit per attempt that went through, the first lowest; of the last call.
succeeded: public(uint256)
calls: public(uint256)
# What it says.
least: uint256
speaks: bool
deadline: uint256
scores: HashMap[address, uint256]
# Juels that it sends when it is to pay.
price: uint256
junk: HashMap[uint256, uint256]


@deploy
def __init__(link: address):
    LINK = ILinkToken(link)
    self.deed = Deed.ACCEPT
    self.speaks = True
    self.deadline = max_value(uint256)


# ---- Orders ----

@external
def behave(deed: uint256, attempts: DynArray[Attempt, 24]):
    """0 accept, 1 refuse, 2 burn all gas, 3 pay the price to whoever calls."""
    self.deed = convert(1 << deed, Deed)
    self.attempts = attempts


@external
def say(speaks: bool, least: uint256, deadline: uint256, price: uint256):
    """Whether anybody may speak for it, its minimum payment, its records' deadline, its price."""
    self.speaks = speaks
    self.least = least
    self.deadline = deadline
    self.price = price


@external
def rate(oracle: address, score: uint256):
    self.scores[oracle] = score


@external
def act(target: address, data: Bytes[8192]):
    """Calls on order; a failure is passed on."""
    raw_call(target, data)


# ---- Called ----

@external
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[4096]):
    self._do()


@external
def cancelOracleRequest(
    requestId: bytes32, payment: uint256, callbackFunc: bytes4, expiration: uint256
):
    self._do()


@external
def report(id: uint256, reports: DynArray[Report, 31]):
    self._do()


# ---- Asked ----

@view
@external
def isAuthorizedSender(node: address) -> bool:
    return self.speaks


@view
@external
def operator() -> address:
    return self


@view
@external
def minimumPayment() -> uint256:
    return self.least


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
def score(oracle: address) -> uint256:
    return self.scores[oracle]


@view
@external
def believe(agreements: address, id: uint256, state: uint256):
    """A stranger who acts on an agreement's state; reverts where it is another."""
    agreement: IServiceAgreements.Agreement = staticcall IServiceAgreements(
        agreements
    ).agreement(id)
    assert agreement.state == state, "impostor: not so"


@internal
def _do():
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
    assert self.deed != Deed.REFUSE, "impostor: no"
    if self.deed == Deed.BURN_GAS:
        for j: uint256 in range(2**40):
            self.junk[j] = j + 1
    if self.deed == Deed.PAY:
        assert extcall LINK.transfer(msg.sender, self.price)
