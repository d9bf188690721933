# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title AgreementConsumer: an example of a contract that asks several oracles and reads one answer
@notice Its owner posts an agreement, paid from the contract's own LINK; oracles bid, anyone starts and settles it.
    Nobody calls this contract back: it reads the result when it needs it. Refunds come by plain
    transfer, and so does slashed collateral where `beneficiary` is 0x0. Amounts in juels (10**18 = 1 LINK),
    times in unix seconds. Whitepaper, sections 4 and 6.1.3.
"""

from interfaces import IAgreementConsumer
from interfaces import IAggregator
from interfaces import IServiceAgreements

implements: IAgreementConsumer

# ---- What it needs of others ----

interface Link:
    def transferAndCall(to: address, amount: uint256, data: Bytes[MOST_TERMS]) -> bool: nonpayable
    def transfer(to: address, amount: uint256) -> bool: nonpayable

# ---- What never changes ----

# An offset, eleven words, the length of the data, the data.
MOST_TERMS: constant(uint256) = 13 * 32 + 1024

LINK: immutable(Link)
OWNER: immutable(address)
AGREEMENTS: immutable(IServiceAgreements)
AGGREGATOR: immutable(IAggregator)

# The agreement posted last.
latest: public(uint256)


@deploy
def __init__(agreements: address):
    """
    @notice The deployer is the owner: only they spend the contract's LINK.
    @param agreements the ServiceAgreements
    """
    AGREEMENTS = IServiceAgreements(agreements)
    AGGREGATOR = IAggregator(staticcall AGREEMENTS.aggregator())
    LINK = Link(staticcall AGREEMENTS.getChainlinkToken())
    OWNER = msg.sender


# ---- Owner ----

@external
@nonreentrant
def post(terms: IServiceAgreements.Terms) -> uint256:
    """
    @notice Posts an agreement; it costs oracles x payment.
    @param terms see IServiceAgreements.Terms
    @return the agreement's id
    @dev Reverts: "consumer: not the owner", and what ServiceAgreements says.
    """
    self._only_owner()
    cost: uint256 = terms.oracles * terms.payment
    assert extcall LINK.transferAndCall(
        AGREEMENTS.address, cost, abi_encode(terms)
    )  # dev: LINK reverts or says yes
    id: uint256 = staticcall AGREEMENTS.agreementCount()
    self.latest = id
    log IAgreementConsumer.Posted(id=id, cost=cost)
    return id


@external
@nonreentrant
def withdraw(to: address, amount: uint256):
    """
    @notice Sends LINK of this contract away.
    @param to the receiver
    @param amount juels
    @dev Reverts: "consumer: not the owner".
    """
    self._only_owner()
    assert extcall LINK.transfer(to, amount)  # dev: LINK reverts or says yes


# ---- Views ----

@view
@external
def result() -> (bool, int256, uint256):
    """
    @notice What became of the agreement posted last: whether there is an answer, the answer, unix second it was
            settled (0: not yet).
    """
    return staticcall AGGREGATOR.answerOf(self.latest)


@view
@external
def resultOf(id: uint256) -> (bool, int256, uint256):
    """
    @notice What became of an agreement.
    @param id as returned by `post`
    @return whether there is an answer, the answer, unix second it was settled (0: not yet)
    """
    return staticcall AGGREGATOR.answerOf(id)


@view
@external
def agreements() -> address:
    """
    @notice The ServiceAgreements.
    """
    return AGREEMENTS.address


@view
@external
def link() -> address:
    """
    @notice The LINK token.
    """
    return LINK.address


@view
@external
def owner() -> address:
    """
    @notice Who may post and withdraw: the deployer.
    """
    return OWNER


# ---- Internals ----

@view
@internal
def _only_owner():
    assert msg.sender == OWNER, "consumer: not the owner"
