# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title agreements_book
@notice What ServiceAgreements remembers of each agreement, packed; which terms can be kept. Amounts in juels, ratios
        in ppm, times in unix seconds.
"""

from interfaces import IAggregator
from interfaces import ILinkToken
from interfaces import IPenalties
from interfaces import IServiceAgreements

# ---- What never changes ----

MOST_ORACLES: constant(uint256) = 31
MOST_DATA: constant(uint256) = 1024
# Seconds after which an unanswered request can be cancelled, in every Chainlink oracle.
EXPIRY: constant(uint256) = 300
PPM: constant(uint256) = 1_000_000

M8: constant(uint256) = 2**8 - 1
M20: constant(uint256) = 2**20 - 1
M36: constant(uint256) = 2**36 - 1
M40: constant(uint256) = 2**40 - 1
M90: constant(uint256) = 2**90 - 1
M160: constant(uint256) = 2**160 - 1
# head: last bidder 160 | bids 8 | state 8 | oracles 8 | minimumAnswers 8 | tolerance 20 | startedAt 40
# | it has a provider 1 | it has a beneficiary 1
BIDS: constant(uint256) = 160
STATE: constant(uint256) = 168
ORACLES: constant(uint256) = 176
MINIMUM: constant(uint256) = 184
TOLERANCE: constant(uint256) = 192
STARTED_AT: constant(uint256) = 212
HAS_PROVIDER: constant(uint256) = 2**252
HAS_BENEFICIARY: constant(uint256) = 2**253
# deal: payment 90 | penalty 90 | bidDeadline 40 | from there to answerDeadline 36
PENALTY: constant(uint256) = 90
BID_DEADLINE: constant(uint256) = 180
ANSWER_DEADLINE: constant(uint256) = 220

# States.
OPEN: constant(uint256) = 1
STARTED: constant(uint256) = 2
SETTLED: constant(uint256) = 3
UNANSWERED: constant(uint256) = 4
CANCELLED: constant(uint256) = 5

LINK: immutable(ILinkToken)
PENALTIES: immutable(IPenalties)
AGGREGATOR: immutable(IAggregator)
# Seconds that an oracle has at least between being asked and answerDeadline.
ANSWER_TIME: public(immutable(uint256))
# Seconds after answerDeadline in which an answer is late rather than missing.
LATE_TIME: public(immutable(uint256))
# Juels that an oracle is paid at least.
MINIMUM_PAYMENT: public(immutable(uint256))

# ---- What it remembers ----

# Agreements ever posted; ids count from 1.
agreementCount: public(uint256)
heads: HashMap[uint256, uint256]
deals: HashMap[uint256, uint256]
consumers: HashMap[uint256, address]
# Where the head says that there is one.
providers: HashMap[uint256, address]
beneficiaries: HashMap[uint256, address]
# keccak256(abi.encode(consumer, terms)): what a bid and a start are for.
digests: HashMap[uint256, bytes32]


@deploy
def __init__(
    link: address,
    penalties: address,
    aggregator: address,
    answerTime: uint256,
    lateTime: uint256,
    minimumPayment: uint256,
):
    assert penalties.is_contract and aggregator.is_contract, "agreements: a part has no code"
    # A year: far below what would not fit.
    assert answerTime <= 31_536_000, "agreements: answerTime"
    assert lateTime <= 31_536_000, "agreements: lateTime"
    assert minimumPayment <= M90, "agreements: minimumPayment"
    LINK = ILinkToken(link)
    PENALTIES = IPenalties(penalties)
    AGGREGATOR = IAggregator(aggregator)
    ANSWER_TIME = answerTime
    LATE_TIME = lateTime
    MINIMUM_PAYMENT = minimumPayment


# ---- Views ----

@view
@external
def agreement(id: uint256) -> IServiceAgreements.Agreement:
    """
    @notice An agreement; state 0 where there is none.
    @param id counted from 1
    @return see Agreement
    """
    head: uint256 = self.heads[id]
    deal: uint256 = self.deals[id]
    return IServiceAgreements.Agreement(
        state=(head >> STATE) & M8,
        consumer=self.consumers[id],
        provider=self._provider(id, head),
        beneficiary=self._beneficiary(id, head),
        digest=self.digests[id],
        oracles=(head >> ORACLES) & M8,
        minimumAnswers=(head >> MINIMUM) & M8,
        payment=deal & M90,
        penalty=(deal >> PENALTY) & M90,
        tolerance=(head >> TOLERANCE) & M20,
        bidDeadline=self._bid_deadline(deal),
        answerDeadline=self._answer_deadline(deal),
        startedAt=self._started_at(head),
        bids=(head >> BIDS) & M8,
    )


@view
@external
def settleTime(id: uint256) -> uint256:
    """
    @notice From when an agreement can be settled although answers are missing.
    @param id of the agreement
    @return unix second; 0 unless it was started
    """
    head: uint256 = self.heads[id]
    if self._started_at(head) == 0:
        return 0
    return self._settle_time(head, self.deals[id])


@view
@external
def penalties() -> address:
    """
    @notice The Penalties that keeps the collateral.
    """
    return PENALTIES.address


@view
@external
def aggregator() -> address:
    """
    @notice The Aggregator that asks the oracles.
    """
    return AGGREGATOR.address


@view
@external
def getChainlinkToken() -> address:
    """
    @notice LINK.
    """
    return LINK.address


# ---- Posting ----

@internal
def _post(consumer: address, terms: IServiceAgreements.Terms):
    """
    @notice Writes an agreement down; its terms are checked, its payment is here.
    """
    id: uint256 = self.agreementCount + 1
    self.agreementCount = id
    head: uint256 = (
        (OPEN << STATE)
        | (terms.oracles << ORACLES)
        | (terms.minimumAnswers << MINIMUM)
        | (terms.tolerance << TOLERANCE)
    )
    if terms.provider != empty(address):
        head |= HAS_PROVIDER
        self.providers[id] = terms.provider
    if terms.beneficiary != empty(address):
        head |= HAS_BENEFICIARY
        self.beneficiaries[id] = terms.beneficiary
    self.heads[id] = head
    self.deals[id] = (
        terms.payment
        | (terms.penalty << PENALTY)
        | (terms.bidDeadline << BID_DEADLINE)
        | ((terms.answerDeadline - terms.bidDeadline) << ANSWER_DEADLINE)
    )
    self.consumers[id] = consumer
    self.digests[id] = keccak256(abi_encode(consumer, terms))
    log IServiceAgreements.AgreementCreated(
        id=id, consumer=consumer, jobId=terms.jobId, terms=terms
    )


@view
@internal
def _check(terms: IServiceAgreements.Terms):
    """
    @notice Refuses terms that cannot be kept, naming the member.
    """
    assert terms.jobId != empty(bytes32), "agreements: jobId"
    assert terms.oracles != 0 and terms.oracles <= MOST_ORACLES, "agreements: oracles"
    assert (
        terms.minimumAnswers != 0 and terms.minimumAnswers <= terms.oracles
    ), "agreements: minimumAnswers"
    assert terms.payment >= MINIMUM_PAYMENT and terms.payment <= M90, "agreements: payment"
    assert terms.penalty <= M90, "agreements: penalty"
    assert (
        terms.bidDeadline > block.timestamp and terms.bidDeadline <= M40
    ), "agreements: bidDeadline"
    assert (
        terms.answerDeadline >= terms.bidDeadline + ANSWER_TIME
        and terms.answerDeadline - terms.bidDeadline <= M36
        and terms.answerDeadline <= M40
    ), "agreements: answerDeadline"
    assert terms.tolerance <= PPM, "agreements: tolerance"
    assert (
        terms.provider == empty(address) or terms.provider.is_contract
    ), "agreements: provider"
    # LINK refuses to be sent to itself; here and in the two parts it would be lost.
    assert terms.beneficiary not in [
        LINK.address, self, PENALTIES.address, AGGREGATOR.address
    ], "agreements: beneficiary"


@view
@internal
def _digest(
    id: uint256,
    head: uint256,
    deal: uint256,
    jobId: bytes32,
    data: Bytes[MOST_DATA],
) -> bytes32:
    """
    @notice That of an agreement, were it posted with this job and this data.
    """
    terms: IServiceAgreements.Terms = IServiceAgreements.Terms(
        jobId=jobId,
        data=data,
        oracles=(head >> ORACLES) & M8,
        minimumAnswers=(head >> MINIMUM) & M8,
        payment=deal & M90,
        penalty=(deal >> PENALTY) & M90,
        bidDeadline=self._bid_deadline(deal),
        answerDeadline=self._answer_deadline(deal),
        tolerance=(head >> TOLERANCE) & M20,
        provider=self._provider(id, head),
        beneficiary=self.beneficiaries[id],
    )
    return keccak256(abi_encode(self.consumers[id], terms))


# ---- Words ----

@view
@internal
def _open(id: uint256) -> uint256:
    head: uint256 = self.heads[id]
    assert (head >> STATE) & M8 == OPEN, "agreements: not open"
    return head


@pure
@internal
def _with_state(head: uint256, state: uint256) -> uint256:
    return head ^ ((((head >> STATE) & M8) ^ state) << STATE)


@pure
@internal
def _bid_deadline(deal: uint256) -> uint256:
    return (deal >> BID_DEADLINE) & M40


@pure
@internal
def _answer_deadline(deal: uint256) -> uint256:
    return ((deal >> BID_DEADLINE) & M40) + (deal >> ANSWER_DEADLINE)


@view
@internal
def _settle_time(head: uint256, deal: uint256) -> uint256:
    return max(self._answer_deadline(deal) + LATE_TIME, self._started_at(head) + EXPIRY)


@pure
@internal
def _started_at(head: uint256) -> uint256:
    return (head >> STARTED_AT) & M40


@view
@internal
def _provider(id: uint256, head: uint256) -> address:
    """
    @notice Whose scores count and who is told; 0x0 for none.
    """
    if head & HAS_PROVIDER == 0:
        return empty(address)
    return self.providers[id]


@view
@internal
def _beneficiary(id: uint256, head: uint256) -> address:
    """
    @notice Who receives what is slashed.
    """
    if head & HAS_BENEFICIARY == 0:
        return self.consumers[id]
    return self.beneficiaries[id]
