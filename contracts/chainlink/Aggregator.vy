# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title Aggregator: asks several oracles one question and keeps their answers
@notice Sends ordinary Chainlink requests, each with its oracle's full payment. The call back only records:
        nothing goes to a PoolStorage while its custody is locked. ServiceAgreements concludes later: median,
        outcomes, refunds. LINK that came by plain transfer stays here and is nobody's. Amounts in
        juels (10**18 = 1 LINK), ratios in ppm, times in unix seconds. Whitepaper 4, 6.1.3.
@custom:invariant-a1 only the oracle that was asked answers, once, before the agreement is settled
@custom:invariant-a2 LINK leaves as the payment of a request that was posted, or back to its consumer
@custom:invariant-a3 no oracle's refusal, gas use or return data changes what others receive
@custom:invariant-a4 with a median m, an answer a is right where |a - m| <= |m| * tolerance / 10**6, rounded down
@dev Every call to an oracle has its gas capped, and the cap must be there: who sends the transaction cannot
     starve a request, and have the oracle slashed for it, nor a refund.
"""

from interfaces import IAggregator
from interfaces import IPoolStorage
from interfaces import IServiceAgreements
from modules import median
from modules import requests

implements: IAggregator

initializes: requests

exports: (
    requests.fulfil,
    requests.complete,
    requests.answerOf,
    requests.requestIdOf,
)

# Completed, but too far from the median.
WRONG: constant(uint256) = 4

AGREEMENTS: immutable(address)


@deploy
def __init__(link: address):
    """
    @notice Obeys whoever makes it: the ServiceAgreements that asks and concludes.
    @param link the LINK token
    """
    assert link.is_contract, "aggregator: LINK has no code"
    requests.__init__(link)
    AGREEMENTS = msg.sender


# ---- ServiceAgreements only ----

@external
@nonreentrant
def request(
    id: uint256,
    jobId: bytes32,
    data: Bytes[requests.MOST_DATA],
    payment: uint256,
    answerDeadline: uint256,
    oracles: DynArray[address, requests.MOST_ORACLES],
) -> uint256:
    """
    @notice Sends each oracle its request with its payment; all payments have arrived before.
    @param id of the agreement
    @param jobId the job each oracle runs
    @param data the request's parameters (CBOR)
    @param payment juels for each
    @param answerDeadline unix second up to which an answer is in time
    @param oracles whom to ask
    @return how many took it; the others' payments wait here for conclude
    @dev Reverts: "aggregator: only agreements", "aggregator: too little gas".
    """
    assert msg.sender == AGREEMENTS, "aggregator: only agreements"
    assert id <= requests.M40, "aggregator: id"
    sent: uint256 = 0
    index: uint256 = 0
    for oracle: address in oracles:
        if requests._send(id, index, oracle, payment, answerDeadline, jobId, data):
            sent += 1
        index += 1
    return sent


@external
@nonreentrant
def conclude(
    id: uint256,
    oracles: uint256,
    payment: uint256,
    startedAt: uint256,
    tolerance: uint256,
    minimumAnswers: uint256,
    consumer: address,
) -> (bool, int256, uint256, uint256, DynArray[IAggregator.Outcome, requests.MOST_ORACLES],):
    """
    @notice Ends an agreement: median of the answers in time, each oracle's outcome, refunds to the consumer.
    @param id of the agreement
    @param oracles how many were asked
    @param payment juels that each was paid
    @param startedAt unix second of the requests
    @param tolerance ppm of the median that an answer may be away from it
    @param minimumAnswers answers in time that make a result
    @param consumer who gets the refunds, by plain transfer
    @return known, median, number of answers in time, juels refunded, outcomes in the order asked
    @dev Reverts: "aggregator: only agreements", "aggregator: too little gas".
    """
    assert msg.sender == AGREEMENTS, "aggregator: only agreements"
    words: DynArray[uint256, requests.MOST_ORACLES] = []
    numbers: DynArray[int256, requests.MOST_ORACLES] = []
    in_time: DynArray[int256, requests.MOST_ORACLES] = []
    words, numbers, in_time = requests._collect(id, oracles)
    known: bool = len(in_time) >= minimumAnswers
    middle: int256 = 0
    if known:
        middle = median._median(in_time)
    requests._keep(id, words[0], known, middle)

    # All is written: from here on oracles are called, and LINK moves.
    refund: uint256 = requests._take_back(id, words, payment, startedAt)
    if refund != 0:
        assert extcall requests.LINK.transfer(consumer, refund)  # dev: LINK reverts or says yes
    outcomes: DynArray[IAggregator.Outcome, requests.MOST_ORACLES] = []
    for index: uint256 in range(oracles, bound=requests.MOST_ORACLES):
        outcome: IAggregator.Outcome = requests._outcome(
            words[index], numbers[index], startedAt
        )
        if known and outcome.outcome == requests.COMPLETED:
            if not median._is_within(outcome.answer, middle, tolerance):
                outcome.outcome = WRONG
        outcomes.append(outcome)
    return known, middle, len(in_time), refund, outcomes


# ---- Anyone ----

@external
@nonreentrant
def reclaim(id: uint256, index: uint256) -> uint256:
    """
    @notice Tries again what an oracle did not pay back when its agreement was settled, for the consumer: its
            custody may have been locked by a call back in that moment.
    @param id of the agreement
    @param index of the oracle, in the order asked
    @return juels, sent to the consumer
    @dev Reverts: "aggregator: nothing owed", and what the oracle says.
    """
    requestId: bytes32 = requests._request_id(id, index)
    oracle: address = requests._forgive(requestId, index)
    agreement: IServiceAgreements.Agreement = staticcall IServiceAgreements(
        AGREEMENTS
    ).agreement(id)
    before: uint256 = staticcall requests.LINK.balanceOf(self)
    extcall IPoolStorage(oracle).cancelOracleRequest(
        requestId,
        agreement.payment,
        method_id("fulfil(bytes32,int256)", output_type=bytes4),
        agreement.startedAt + requests.EXPIRY,
    )
    refund: uint256 = staticcall requests.LINK.balanceOf(self) - before
    assert extcall requests.LINK.transfer(
        agreement.consumer, refund
    )  # dev: LINK reverts or says yes
    log IAggregator.Reclaimed(id=id, oracle=oracle, amount=refund)
    return refund


# ---- Views ----

@view
@external
def agreements() -> address:
    """
    @notice The ServiceAgreements that asks and concludes.
    """
    return AGREEMENTS


@view
@external
def getChainlinkToken() -> address:
    """
    @notice LINK.
    """
    return requests.LINK.address
