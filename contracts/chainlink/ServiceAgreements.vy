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
from interfaces import IPenalties
from interfaces import IReputation
from interfaces import IServiceAgreements
from modules import agreements_bids as bidding
from modules import agreements_book as book

implements: IServiceAgreements

initializes: book
initializes: bidding[book := book]

exports: (
    book.agreementCount,
    book.agreement,
    book.settleTime,
    book.ANSWER_TIME,
    book.LATE_TIME,
    book.MINIMUM_PAYMENT,
    book.penalties,
    book.aggregator,
    book.getChainlinkToken,
    bidding.bid,
    bidding.bids,
)

# Bytes that create a part, at most.
MOST_CODE: constant(uint256) = 16_384
# Ppm of the penalty that a late answer costs; a missing or wrong one costs all of it.
LATE_SHARE: public(constant(uint256)) = 500_000

# Gas of a report to a provider, and what stands between the check and the call.
REPORT_GAS: constant(uint256) = 30_000
REPORT_GAS_EACH: constant(uint256) = 40_000
SLACK: constant(uint256) = 15_000

# Outcomes; missed (2) and wrong (4) cost the whole penalty.
COMPLETED: constant(uint256) = 1
LATE: constant(uint256) = 3


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
    penalties: address = raw_create(penaltiesCode, link, margin)
    aggregator: address = raw_create(aggregatorCode, link)
    book.__init__(link, penalties, aggregator, answerTime, lateTime, minimumPayment)


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
    assert msg.sender == book.LINK.address, "agreements: only LINK"
    terms: IServiceAgreements.Terms = abi_decode(data, IServiceAgreements.Terms)
    book._check(terms)
    assert (
        amount == terms.oracles * terms.payment
    ), "agreements: amount is not oracles x payment"
    book._post(sender, terms)


# ---- Anyone ----

@external
@nonreentrant
def start(id: uint256, jobId: bytes32, data: Bytes[book.MOST_DATA]):
    """
    @notice Chooses the best bids, frees the others and asks the oracles. From bidDeadline on, while
            ANSWER_TIME is left before answerDeadline.
    @param id of the agreement
    @param jobId as posted
    @param data as posted
    @dev Reverts: "agreements: not open", "agreements: bidding goes on", "agreements: too few bids",
         "agreements: too late to start", "agreements: not what was posted", "aggregator: too little gas".
    """
    head: uint256 = book._open(id)
    deal: uint256 = book.deals[id]
    oracles: uint256 = (head >> book.ORACLES) & book.M8
    assert block.timestamp >= book._bid_deadline(deal), "agreements: bidding goes on"
    assert (head >> book.BIDS) & book.M8 >= oracles, "agreements: too few bids"
    answer_deadline: uint256 = book._answer_deadline(deal)
    assert (
        block.timestamp + book.ANSWER_TIME <= answer_deadline
    ), "agreements: too late to start"
    assert book.digests[id] == book._digest(
        id, head, deal, jobId, data
    ), "agreements: not what was posted"

    book.heads[id] = book._with_state(head, book.STARTED) | (block.timestamp << book.STARTED_AT)
    chosen: DynArray[address, book.MOST_ORACLES] = []
    losers: DynArray[IPenalties.Slash, bidding.MOST_BIDS] = []
    chosen, losers = bidding._choose(id, head)
    log IServiceAgreements.AgreementStarted(id=id, oracles=chosen)

    bidding._free(losers, (deal >> book.PENALTY) & book.M90)
    payment: uint256 = deal & book.M90
    assert extcall book.LINK.transfer(
        book.AGGREGATOR.address, oracles * payment
    )  # dev: LINK reverts or says yes
    extcall book.AGGREGATOR.request(id, jobId, data, payment, answer_deadline, chosen)


@external
@nonreentrant
def cancel(id: uint256):
    """
    @notice Ends an agreement that can never start: pays the consumer back, frees all collateral.
    @param id of the agreement
    @dev Reverts: "agreements: not open", "agreements: can still be started".
    """
    head: uint256 = book._open(id)
    deal: uint256 = book.deals[id]
    oracles: uint256 = (head >> book.ORACLES) & book.M8
    few: bool = (
        head >> book.BIDS
    ) & book.M8 < oracles and block.timestamp >= book._bid_deadline(deal)
    late: bool = block.timestamp + book.ANSWER_TIME > book._answer_deadline(deal)
    assert few or late, "agreements: can still be started"

    book.heads[id] = book._with_state(head, book.CANCELLED)
    refund: uint256 = oracles * (deal & book.M90)
    log IServiceAgreements.AgreementCancelled(id=id, refund=refund)
    bidding._free_all(id, head, (deal >> book.PENALTY) & book.M90)
    assert extcall book.LINK.transfer(
        book.consumers[id], refund
    )  # dev: LINK reverts or says yes


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
    head: uint256 = book.heads[id]
    assert (head >> book.STATE) & book.M8 == book.STARTED, "agreements: not started"
    deal: uint256 = book.deals[id]
    oracles: uint256 = (head >> book.ORACLES) & book.M8
    if block.timestamp < book._settle_time(head, deal):
        assert staticcall book.AGGREGATOR.complete(
            id, oracles
        ), "agreements: answers may still come"

    known: bool = False
    answer: int256 = 0
    answers: uint256 = 0
    refund: uint256 = 0
    outcomes: DynArray[IAggregator.Outcome, book.MOST_ORACLES] = []
    known, answer, answers, refund, outcomes = extcall book.AGGREGATOR.conclude(
        id,
        oracles,
        deal & book.M90,
        book._started_at(head),
        (head >> book.TOLERANCE) & book.M20,
        (head >> book.MINIMUM) & book.M8,
        book.consumers[id],
    )
    # Written once it is known: till here this contract is locked and the Aggregator has nothing left to conclude,
    # and who reads the state from inside an oracle's call is told no wrong one.
    state: uint256 = book.UNANSWERED
    if known:
        state = book.SETTLED
    book.heads[id] = book._with_state(head, state)
    penalty: uint256 = (deal >> book.PENALTY) & book.M90
    lost: DynArray[uint256, bidding.MOST_BIDS] = []
    if penalty != 0:
        claims: DynArray[IPenalties.Slash, book.MOST_ORACLES] = []
        for outcome: IAggregator.Outcome in outcomes:
            claims.append(
                IPenalties.Slash(
                    depositor=outcome.oracle,
                    reference=bidding._reference(id, outcome.oracle),
                    slash=self._lost(outcome.outcome, penalty),
                )
            )
        lost = extcall book.PENALTIES.settle(claims, penalty, book._beneficiary(id, head))
    slashed: uint256 = 0
    reports: DynArray[IReputation.Report, book.MOST_ORACLES] = []
    for i: uint256 in range(len(outcomes), bound=book.MOST_ORACLES):
        outcome: IAggregator.Outcome = outcomes[i]
        loss: uint256 = 0
        if penalty != 0:
            loss = lost[i]
        slashed += loss
        log IServiceAgreements.OutcomeRecorded(
            id=id,
            oracle=outcome.oracle,
            outcome=outcome.outcome,
            answer=outcome.answer,
            elapsed=outcome.elapsed,
            slashed=loss,
        )
        reports.append(
            IReputation.Report(
                oracle=outcome.oracle,
                outcome=outcome.outcome,
                elapsed=outcome.elapsed,
                lost=loss,
            )
        )
    log IServiceAgreements.AgreementSettled(
        id=id,
        known=known,
        answer=answer,
        answers=answers,
        refund=refund,
        slashed=slashed,
    )
    provider: address = book._provider(id, head)
    if provider != empty(address):
        self._report(provider, id, reports)


# ---- Internal ----

@pure
@internal
def _lost(outcome: uint256, penalty: uint256) -> uint256:
    """
    @notice What of the penalty an outcome costs.
    """
    if outcome == COMPLETED:
        return 0
    if outcome == LATE:
        return penalty * LATE_SHARE // book.PPM
    return penalty


@internal
def _report(
    provider: address,
    id: uint256,
    reports: DynArray[IReputation.Report, book.MOST_ORACLES],
):
    """
    @notice Tells the provider, which can neither refuse nor be starved.
    """
    cap: uint256 = REPORT_GAS + REPORT_GAS_EACH * len(reports)
    # A call is given 63/64 of what is there at most, and silently less than it was promised.
    assert msg.gas >= cap + cap // 63 + SLACK, "agreements: too little gas"
    ignored: bool = raw_call(
        provider,
        abi_encode(
            id,
            reports,
            method_id=method_id("report(uint256,(address,uint256,uint256,uint256)[])"),
        ),
        max_outsize=0,
        gas=cap,
        revert_on_failure=False,
    )
