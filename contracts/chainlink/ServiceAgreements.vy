# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title ServiceAgreements: matches consumers' questions with oracles' bids
@notice A consumer posts an agreement with all the LINK it costs; oracles (PoolStorage addresses) bid with reserved
        collateral; the best by reputation, then by order, are asked; anyone starts, settles or cancels.
        Nobody owns this contract: its constructor makes its two parts, Penalties and Aggregator. LINK that
        came by plain transfer stays here and is nobody's. Amounts in juels (10**18 = 1 LINK), ratios in ppm,
        times in unix seconds. Whitepaper 4, 6.1.3.
@custom:invariant-s1 LINK here >= oracles * payment of all agreements that are neither started nor cancelled
@custom:invariant-s2 an agreement goes from open to started to settled, or from open to cancelled, once
@custom:invariant-s3 what a bid reserved is freed or slashed exactly once, when it loses, settles or is cancelled
@custom:invariant-s4 no oracle, provider, consumer or beneficiary can keep an agreement from being settled
@custom:invariant-s5 a bid is for the terms that the bidder has seen, whatever the number has come to mean
@dev Strangers' contracts are called in three ways: oracles and providers by static calls when they bid, oracles by
     the Aggregator, the provider after everything else is done; the latter two with capped gas.
"""

from interfaces import IAggregator
from interfaces import ILinkToken
from interfaces import IPenalties
from interfaces import IPoolStorage
from interfaces import IReputation
from interfaces import IServiceAgreements

implements: IServiceAgreements

# ---- What never changes ----

MOST_ORACLES: constant(uint256) = 31
MOST_BIDS: constant(uint256) = 62
MOST_DATA: constant(uint256) = 1024
# Bytes that create a part, at most.
MOST_CODE: constant(uint256) = 16_384
# Seconds after which an unanswered request can be cancelled, in every Chainlink oracle.
EXPIRY: constant(uint256) = 300
PPM: constant(uint256) = 1_000_000
# Ppm of the penalty that a late answer costs; a missing or wrong one costs all of it.
LATE_SHARE: public(constant(uint256)) = 500_000

# Gas of a provider's score and of its report, and what stands between a check and its call.
SCORE_GAS: constant(uint256) = 50_000
REPORT_GAS: constant(uint256) = 30_000
REPORT_GAS_EACH: constant(uint256) = 40_000
SLACK: constant(uint256) = 15_000

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
# bid: bidder before 160 | reference 40 | score 20 | order 8 | placed 1
REFERENCE: constant(uint256) = 160
SCORE: constant(uint256) = 200
ORDER: constant(uint256) = 220
PLACED: constant(uint256) = 2**228
# rank, to sort by: oracle 160 | reference 40 | how early 8 | score 20
EARLINESS: constant(uint256) = 200
RANK_SCORE: constant(uint256) = 208

# States.
OPEN: constant(uint256) = 1
STARTED: constant(uint256) = 2
SETTLED: constant(uint256) = 3
UNANSWERED: constant(uint256) = 4
CANCELLED: constant(uint256) = 5

# Outcomes; missed (2) and wrong (4) cost the whole penalty.
COMPLETED: constant(uint256) = 1
LATE: constant(uint256) = 3

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
placed: HashMap[uint256, HashMap[address, uint256]]


@deploy
def __init__(
    link: address,
    answerTime: uint256,
    lateTime: uint256,
    minimumPayment: uint256,
    margin: uint256,
    penaltiesCode: Bytes[MOST_CODE],
    aggregatorCode: Bytes[MOST_CODE],
):
    """
    @notice Makes its two parts, so that no transaction lies between the three and nobody names them later.
    @param link the LINK token
    @param answerTime seconds that an oracle has at least between being asked and answerDeadline
    @param lateTime seconds after answerDeadline in which an answer is late rather than missing
    @param minimumPayment juels that an oracle is paid at least
    @param margin seconds before a deposit's deadline in which it backs nothing, see Penalties
    @param penaltiesCode what creates Penalties, without its arguments
    @param aggregatorCode what creates Aggregator, without its arguments
    """
    assert link.is_contract, "agreements: LINK has no code"
    # A year: far below what would not fit.
    assert answerTime <= 31_536_000, "agreements: answerTime"
    assert lateTime <= 31_536_000, "agreements: lateTime"
    assert minimumPayment <= M90, "agreements: minimumPayment"
    LINK = ILinkToken(link)
    ANSWER_TIME = answerTime
    LATE_TIME = lateTime
    MINIMUM_PAYMENT = minimumPayment
    penalties: address = raw_create(penaltiesCode, link, margin)
    aggregator: address = raw_create(aggregatorCode, link)
    assert penalties.is_contract and aggregator.is_contract, "agreements: a part has no code"
    PENALTIES = IPenalties(penalties)
    AGGREGATOR = IAggregator(aggregator)


# ---- LINK ----

@external
@nonreentrant
def onTokenTransfer(sender: address, amount: uint256, data: Bytes[2048]):
    """
    @notice Posts an agreement of the sender, paid in full.
    @param sender the consumer, as LINK says
    @param amount juels that arrived: oracles x payment
    @param data abi.encode(terms), see IServiceAgreements.Terms
    @dev Reverts: "agreements: only LINK", "agreements: " and the name of the member that is wrong,
         "agreements: amount is not oracles x payment"; without a reason where data is no Terms.
    """
    assert msg.sender == LINK.address, "agreements: only LINK"
    terms: IServiceAgreements.Terms = abi_decode(data, IServiceAgreements.Terms)
    self._check(terms)
    assert amount == terms.oracles * terms.payment, "agreements: amount is not oracles x payment"

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
    self.consumers[id] = sender
    self.digests[id] = keccak256(abi_encode(sender, terms))
    log IServiceAgreements.AgreementCreated(
        id=id, consumer=sender, jobId=terms.jobId, terms=terms
    )


# ---- The oracle's senders ----

@external
@nonreentrant
def bid(id: uint256, oracle: address, reference: uint256, digest: bytes32):
    """
    @notice Offers an oracle, with collateral, until it is chosen or freed. A number alone does not say what
            is bid for: when a block is replaced it may belong to another agreement.
    @param id of the agreement
    @param oracle a PoolStorage that lists the caller as an authorised sender
    @param reference of the oracle's deposit in Penalties, below 2**40; any where the penalty is 0
    @param digest keccak256(abi.encode(consumer, terms)) of what the bidder has seen
    @dev Reverts: "agreements: not open", "agreements: other terms", "agreements: bidding is over",
         "agreements: reference", "agreements: not a sender of the oracle", "agreements: already bid",
         "agreements: bids are full", "agreements: payment below the node's minimum",
         "agreements: not a member of the provider", and what Penalties says.
    """
    head: uint256 = self._open(id)
    assert self.digests[id] == digest, "agreements: other terms"
    deal: uint256 = self.deals[id]
    assert block.timestamp < self._bid_deadline(deal), "agreements: bidding is over"
    assert reference <= M40, "agreements: reference"
    assert staticcall IPoolStorage(oracle).isAuthorizedSender(
        msg.sender
    ), "agreements: not a sender of the oracle"
    assert self.placed[id][oracle] == 0, "agreements: already bid"
    order: uint256 = (head >> BIDS) & M8
    assert order < MOST_BIDS, "agreements: bids are full"
    assert staticcall IPoolStorage(oracle).minimumPayment() <= (
        deal & M90
    ), "agreements: payment below the node's minimum"
    score: uint256 = self._score(self._provider(id, head), oracle)

    self.placed[id][oracle] = (
        (head & M160)
        | (reference << REFERENCE)
        | (score << SCORE)
        | (order << ORDER)
        | PLACED
    )
    self.heads[id] = (
        ((head >> BIDS) << BIDS) + (1 << BIDS) + convert(oracle, uint256)
    )
    log IServiceAgreements.BidPlaced(
        id=id, oracle=oracle, reference=reference, score=score, order=order
    )
    penalty: uint256 = (deal >> PENALTY) & M90
    if penalty != 0:
        # Whatever is started in time can be settled then.
        until: uint256 = self._answer_deadline(deal) + max(
            LATE_TIME, EXPIRY - min(EXPIRY, ANSWER_TIME)
        )
        extcall PENALTIES.reserve(oracle, reference, penalty, until)


# ---- Anyone ----

@external
@nonreentrant
def start(id: uint256, jobId: bytes32, data: Bytes[MOST_DATA]):
    """
    @notice Chooses the best bids, frees the others and asks the oracles. From bidDeadline on, while
            ANSWER_TIME is left before answerDeadline.
    @param id of the agreement
    @param jobId as posted
    @param data as posted
    @dev Reverts: "agreements: not open", "agreements: bidding goes on", "agreements: too few bids",
         "agreements: too late to start", "agreements: not what was posted", "aggregator: too little gas".
    """
    head: uint256 = self._open(id)
    deal: uint256 = self.deals[id]
    oracles: uint256 = (head >> ORACLES) & M8
    assert block.timestamp >= self._bid_deadline(deal), "agreements: bidding goes on"
    assert (head >> BIDS) & M8 >= oracles, "agreements: too few bids"
    answer_deadline: uint256 = self._answer_deadline(deal)
    assert block.timestamp + ANSWER_TIME <= answer_deadline, "agreements: too late to start"
    assert self.digests[id] == self._digest(
        id, head, deal, jobId, data
    ), "agreements: not what was posted"

    self.heads[id] = self._with_state(head, STARTED) | (block.timestamp << STARTED_AT)
    chosen: DynArray[address, MOST_ORACLES] = []
    losers: DynArray[IPenalties.Slash, MOST_BIDS] = []
    chosen, losers = self._choose(id, head)
    log IServiceAgreements.AgreementStarted(id=id, oracles=chosen)

    self._free(losers, (deal >> PENALTY) & M90)
    payment: uint256 = deal & M90
    assert extcall LINK.transfer(AGGREGATOR.address, oracles * payment)  # dev: LINK reverts or says yes
    extcall AGGREGATOR.request(id, jobId, data, payment, answer_deadline, chosen)


@external
@nonreentrant
def cancel(id: uint256):
    """
    @notice Ends an agreement that can never start: pays the consumer back, frees all collateral.
    @param id of the agreement
    @dev Reverts: "agreements: not open", "agreements: can still be started".
    """
    head: uint256 = self._open(id)
    deal: uint256 = self.deals[id]
    oracles: uint256 = (head >> ORACLES) & M8
    few: bool = (head >> BIDS) & M8 < oracles and block.timestamp >= self._bid_deadline(deal)
    late: bool = block.timestamp + ANSWER_TIME > self._answer_deadline(deal)
    assert few or late, "agreements: can still be started"

    self.heads[id] = self._with_state(head, CANCELLED)
    refund: uint256 = oracles * (deal & M90)
    log IServiceAgreements.AgreementCancelled(id=id, refund=refund)
    bidders: DynArray[IPenalties.Slash, MOST_BIDS] = []
    ranking: DynArray[uint256, MOST_BIDS] = self._ranking(id, head)
    for rank: uint256 in ranking:
        bidders.append(self._claim(rank))
    self._free(bidders, (deal >> PENALTY) & M90)
    assert extcall LINK.transfer(self.consumers[id], refund)  # dev: LINK reverts or says yes


@external
@nonreentrant
def settle(id: uint256):
    """
    @notice Ends a started agreement: median, outcomes, slashes, refunds, reputation. Once every oracle has
            answered, or from settleTime on.
    @param id of the agreement
    @dev Reverts: "agreements: not started", "agreements: answers may still come", "agreements: too little
         gas", "aggregator: too little gas".
    """
    head: uint256 = self.heads[id]
    assert (head >> STATE) & M8 == STARTED, "agreements: not started"
    deal: uint256 = self.deals[id]
    oracles: uint256 = (head >> ORACLES) & M8
    if block.timestamp < self._settle_time(head, deal):
        assert staticcall AGGREGATOR.complete(id, oracles), "agreements: answers may still come"

    known: bool = False
    answer: int256 = 0
    answers: uint256 = 0
    refund: uint256 = 0
    outcomes: DynArray[IAggregator.Outcome, MOST_ORACLES] = []
    known, answer, answers, refund, outcomes = extcall AGGREGATOR.conclude(
        id,
        oracles,
        deal & M90,
        self._started_at(head),
        (head >> TOLERANCE) & M20,
        (head >> MINIMUM) & M8,
        self.consumers[id],
    )
    # Written once it is known: till here this contract is locked and the Aggregator has nothing left to conclude,
    # and who reads the state from inside an oracle's call is told no wrong one.
    state: uint256 = UNANSWERED
    if known:
        state = SETTLED
    self.heads[id] = self._with_state(head, state)
    penalty: uint256 = (deal >> PENALTY) & M90
    lost: DynArray[uint256, MOST_BIDS] = self._slash(
        id, penalty, outcomes, self._beneficiary(id, head)
    )
    slashed: uint256 = 0
    for i: uint256 in range(len(outcomes), bound=MOST_ORACLES):
        slashed += lost[i]
        log IServiceAgreements.OutcomeRecorded(
            id=id,
            oracle=outcomes[i].oracle,
            outcome=outcomes[i].outcome,
            answer=outcomes[i].answer,
            elapsed=outcomes[i].elapsed,
            slashed=lost[i],
        )
    log IServiceAgreements.AgreementSettled(
        id=id, known=known, answer=answer, answers=answers, refund=refund, slashed=slashed
    )
    provider: address = self._provider(id, head)
    if provider != empty(address):
        self._report(provider, id, outcomes, lost)


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
def bids(id: uint256) -> DynArray[IServiceAgreements.Bid, 62]:
    """
    @notice The bids on an agreement, in the order they came.
    @param id of the agreement
    @return see Bid
    """
    head: uint256 = self.heads[id]
    oracles: DynArray[address, MOST_BIDS] = []
    oracle: address = convert(head & M160, address)
    for ignored: uint256 in range((head >> BIDS) & M8, bound=MOST_BIDS):
        oracles.append(oracle)
        oracle = convert(self.placed[id][oracle] & M160, address)
    found: DynArray[IServiceAgreements.Bid, MOST_BIDS] = []
    for ignored: uint256 in range(len(oracles), bound=MOST_BIDS):
        oracle = oracles.pop()
        word: uint256 = self.placed[id][oracle]
        found.append(
            IServiceAgreements.Bid(
                oracle=oracle,
                reference=(word >> REFERENCE) & M40,
                score=(word >> SCORE) & M20,
                order=(word >> ORDER) & M8,
            )
        )
    return found


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


# ---- Posting and bidding ----

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
    assert (
        terms.payment >= MINIMUM_PAYMENT and terms.payment <= M90
    ), "agreements: payment"
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
    assert terms.provider == empty(address) or terms.provider.is_contract, "agreements: provider"
    # LINK refuses to be sent to itself; here and in the two parts it would be lost.
    assert terms.beneficiary not in [
        LINK.address, self, PENALTIES.address, AGGREGATOR.address
    ], "agreements: beneficiary"


@view
@internal
def _score(provider: address, oracle: address) -> uint256:
    """
    @notice What the provider says of an oracle: one word, a share; 0 without a provider.
    """
    if provider == empty(address):
        return 0
    success: bool = False
    told: Bytes[33] = b""
    success, told = raw_call(
        provider,
        abi_encode(oracle, method_id=method_id("score(address)")),
        max_outsize=33,
        gas=SCORE_GAS,
        is_static_call=True,
        revert_on_failure=False,
    )
    assert success and len(told) == 32, "agreements: not a member of the provider"
    score: uint256 = extract32(told, 0, output_type=uint256)
    assert score <= PPM, "agreements: not a member of the provider"
    return score


# ---- Starting ----

@view
@internal
def _digest(
    id: uint256, head: uint256, deal: uint256, jobId: bytes32, data: Bytes[MOST_DATA]
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


@view
@internal
def _ranking(id: uint256, head: uint256) -> DynArray[uint256, MOST_BIDS]:
    """
    @notice All bids as words to sort by, the worst first: by score, then by who came earlier.
    """
    ranking: DynArray[uint256, MOST_BIDS] = []
    oracle: uint256 = head & M160
    # From the newest to the first: with equal scores each belongs behind all that stand here.
    for i: uint256 in range((head >> BIDS) & M8, bound=MOST_BIDS):
        word: uint256 = self.placed[id][convert(oracle, address)]
        rank: uint256 = (
            oracle
            | (((word >> REFERENCE) & M40) << REFERENCE)
            | ((M8 - ((word >> ORDER) & M8)) << EARLINESS)
            | (((word >> SCORE) & M20) << RANK_SCORE)
        )
        ranking.append(rank)
        place: uint256 = i
        for ignored: uint256 in range(MOST_BIDS):
            if place == 0 or self._standing(ranking[place - 1]) < self._standing(rank):
                break
            ranking[place] = ranking[place - 1]
            place -= 1
        ranking[place] = rank
        oracle = word & M160
    return ranking


@pure
@internal
def _standing(rank: uint256) -> uint256:
    return rank >> EARLINESS


@view
@internal
def _choose(
    id: uint256, head: uint256
) -> (DynArray[address, MOST_ORACLES], DynArray[IPenalties.Slash, MOST_BIDS]):
    """
    @notice The oracles to ask, the best first, and the claims on the others' collateral.
    """
    chosen: DynArray[address, MOST_ORACLES] = []
    losers: DynArray[IPenalties.Slash, MOST_BIDS] = []
    ranking: DynArray[uint256, MOST_BIDS] = self._ranking(id, head)
    oracles: uint256 = (head >> ORACLES) & M8
    for ignored: uint256 in range(len(ranking), bound=MOST_BIDS):
        rank: uint256 = ranking.pop()
        if len(chosen) < oracles:
            chosen.append(convert(rank & M160, address))
        else:
            losers.append(self._claim(rank))
    return chosen, losers


@pure
@internal
def _claim(rank: uint256) -> IPenalties.Slash:
    """
    @notice What frees a bidder's collateral.
    """
    return IPenalties.Slash(
        depositor=convert(rank & M160, address),
        reference=(rank >> REFERENCE) & M40,
        slash=0,
    )


@internal
def _free(claims: DynArray[IPenalties.Slash, MOST_BIDS], penalty: uint256):
    # With nothing reserved there is nothing to free.
    if penalty != 0 and len(claims) != 0:
        extcall PENALTIES.settle(claims, penalty, self)


# ---- Settling ----

@internal
def _slash(
    id: uint256,
    penalty: uint256,
    outcomes: DynArray[IAggregator.Outcome, MOST_ORACLES],
    beneficiary: address,
) -> DynArray[uint256, MOST_BIDS]:
    """
    @notice Frees what the oracles reserved, less what each of them loses.
    @return juels lost by each
    """
    lost: DynArray[uint256, MOST_BIDS] = []
    claims: DynArray[IPenalties.Slash, MOST_ORACLES] = []
    for outcome: IAggregator.Outcome in outcomes:
        if penalty == 0:
            lost.append(0)
            continue
        slash: uint256 = penalty
        if outcome.outcome == COMPLETED:
            slash = 0
        elif outcome.outcome == LATE:
            slash = penalty * LATE_SHARE // PPM
        word: uint256 = self.placed[id][outcome.oracle]
        claims.append(
            IPenalties.Slash(
                depositor=outcome.oracle,
                reference=(word >> REFERENCE) & M40,
                slash=slash,
            )
        )
    if penalty != 0:
        lost = extcall PENALTIES.settle(claims, penalty, beneficiary)
    return lost


@internal
def _report(
    provider: address,
    id: uint256,
    outcomes: DynArray[IAggregator.Outcome, MOST_ORACLES],
    lost: DynArray[uint256, MOST_BIDS],
):
    """
    @notice Tells the provider, which can neither refuse nor be starved.
    """
    reports: DynArray[IReputation.Report, MOST_ORACLES] = []
    for i: uint256 in range(len(outcomes), bound=MOST_ORACLES):
        reports.append(
            IReputation.Report(
                oracle=outcomes[i].oracle,
                outcome=outcomes[i].outcome,
                elapsed=outcomes[i].elapsed,
                lost=lost[i],
            )
        )
    cap: uint256 = REPORT_GAS + REPORT_GAS_EACH * len(reports)
    # A call is given 63/64 of what is there at most, and silently less than it was promised.
    assert msg.gas >= cap + cap // 63 + SLACK, "agreements: too little gas"
    ignored: bool = raw_call(
        provider,
        abi_encode(
            id, reports, method_id=method_id("report(uint256,(address,uint256,uint256,uint256)[])")
        ),
        max_outsize=0,
        gas=cap,
        revert_on_failure=False,
    )


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
