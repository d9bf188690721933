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
from interfaces import ILinkToken
from interfaces import IPoolStorage
from interfaces import IServiceAgreements

implements: IAggregator

# ---- What never changes ----

MOST_ORACLES: constant(uint256) = 31
# An agreement's requests have the nonces id * NONCES + index.
NONCES: constant(uint256) = 32
MOST_DATA: constant(uint256) = 1024
# Selector, seven words, the length of the data, the data.
MOST_PAYLOAD: constant(uint256) = 4 + 8 * 32 + MOST_DATA
# Chainlink's: answers of any length, the request's id first.
VERSION: constant(uint256) = 2
# Seconds after which a request can be cancelled, in every Chainlink oracle.
EXPIRY: constant(uint256) = 300
PPM: constant(uint256) = 1_000_000

# Gas of one request and of one refund at most, and what stands between a check and its call.
REQUEST_GAS: constant(uint256) = 300_000
CANCEL_GAS: constant(uint256) = 150_000
SLACK: constant(uint256) = 15_000

# request: oracle 160 | id 40 | answerDeadline, then time of the answer 40 | state 7 | known 1 | index 8
# Once settled nothing is left of those without a debt but the first: it holds the result, its time the settling's.
M7: constant(uint256) = 2**7 - 1
M40: constant(uint256) = 2**40 - 1
M160: constant(uint256) = 2**160 - 1
ID: constant(uint256) = 160
TIME: constant(uint256) = 200
STATE: constant(uint256) = 240
INDEX: constant(uint256) = 248
KNOWN: constant(uint256) = 2**247
# States of a request.
ASKED: constant(uint256) = 1
REFUSED: constant(uint256) = 2
ANSWERED: constant(uint256) = 3
LATE_ANSWER: constant(uint256) = 4
ENDED: constant(uint256) = 5
OWING: constant(uint256) = 6  # ended, the oracle did not pay back

# Outcomes.
COMPLETED: constant(uint256) = 1
MISSED: constant(uint256) = 2
LATE: constant(uint256) = 3
WRONG: constant(uint256) = 4

LINK: immutable(ILinkToken)
AGREEMENTS: immutable(address)

# ---- What it remembers ----

requests: HashMap[bytes32, uint256]
# The first request's, once settled: the median.
answers: HashMap[bytes32, int256]


@deploy
def __init__(link: address):
    """
    @notice Obeys whoever makes it: the ServiceAgreements that asks and concludes.
    @param link the LINK token
    """
    assert link.is_contract, "aggregator: LINK has no code"
    LINK = ILinkToken(link)
    AGREEMENTS = msg.sender


# ---- An oracle that was asked ----

@external
@nonreentrant
def fulfil(requestId: bytes32, answer: int256):
    """
    @notice The call back: records the answer and its time, nothing else.
    @param requestId keccak256(this contract . nonce)
    @param answer the number asked for
    @dev Reverts: "aggregator: not the oracle asked", "aggregator: already answered or settled".
    """
    word: uint256 = self.requests[requestId]
    # 0x0 calls nobody, so an unknown request is nobody's.
    assert convert(msg.sender, uint256) == word & M160, "aggregator: not the oracle asked"
    assert (word >> STATE) & M7 == ASKED, "aggregator: already answered or settled"
    late: bool = block.timestamp > (word >> TIME) & M40
    state: uint256 = ANSWERED
    if late:
        state = LATE_ANSWER
    self.requests[requestId] = self._at(word, state)
    self.answers[requestId] = answer
    log IAggregator.AnswerRecorded(
        id=(word >> ID) & M40, oracle=msg.sender, answer=answer, late=late
    )


# ---- ServiceAgreements only ----

@external
@nonreentrant
def request(
    id: uint256,
    jobId: bytes32,
    data: Bytes[MOST_DATA],
    payment: uint256,
    answerDeadline: uint256,
    oracles: DynArray[address, MOST_ORACLES],
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
    sent: uint256 = 0
    index: uint256 = 0
    for oracle: address in oracles:
        requestId: bytes32 = self._request_id(id, index)
        word: uint256 = (
            convert(oracle, uint256)
            | (id << ID)
            | (answerDeadline << TIME)
            | (index << INDEX)
        )
        # Written before the oracle is called.
        self.requests[requestId] = word | (ASKED << STATE)
        if self._ask(oracle, payment, jobId, id * NONCES + index, data):
            sent += 1
            log IAggregator.Requested(id=id, oracle=oracle, requestId=requestId)
        else:
            self.requests[requestId] = word | (REFUSED << STATE)
            log IAggregator.RequestRefused(id=id, oracle=oracle)
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
) -> (bool, int256, uint256, uint256, DynArray[IAggregator.Outcome, MOST_ORACLES]):
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
    words: DynArray[uint256, MOST_ORACLES] = []
    numbers: DynArray[int256, MOST_ORACLES] = []
    in_time: DynArray[int256, MOST_ORACLES] = []
    words, numbers, in_time = self._collect(id, oracles)
    known: bool = len(in_time) >= minimumAnswers
    median: int256 = 0
    if known:
        median = self._median(in_time)
    self._keep(self._request_id(id, 0), words[0], known, median)

    # All is written: from here on oracles are called, and LINK moves.
    refund: uint256 = self._take_back(id, words, payment, startedAt + EXPIRY)
    if refund != 0:
        assert extcall LINK.transfer(consumer, refund)  # dev: LINK reverts or says yes
    outcomes: DynArray[IAggregator.Outcome, MOST_ORACLES] = []
    for index: uint256 in range(oracles, bound=MOST_ORACLES):
        word: uint256 = words[index]
        outcome: uint256 = self._outcome((word >> STATE) & M7)
        elapsed: uint256 = 0
        if outcome != MISSED:
            elapsed = ((word >> TIME) & M40) - startedAt
        if known and outcome == COMPLETED:
            if not self._is_within(numbers[index], median, tolerance):
                outcome = WRONG
        outcomes.append(
            IAggregator.Outcome(
                oracle=convert(word & M160, address),
                outcome=outcome,
                answer=numbers[index],
                elapsed=elapsed,
            )
        )
    return known, median, len(in_time), refund, outcomes


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
    requestId: bytes32 = self._request_id(id, index)
    word: uint256 = self.requests[requestId]
    assert (word >> STATE) & M7 == OWING, "aggregator: nothing owed"
    self._end(requestId, index)
    agreement: IServiceAgreements.Agreement = staticcall IServiceAgreements(
        AGREEMENTS
    ).agreement(id)
    before: uint256 = staticcall LINK.balanceOf(self)
    extcall IPoolStorage(convert(word & M160, address)).cancelOracleRequest(
        requestId,
        agreement.payment,
        method_id("fulfil(bytes32,int256)", output_type=bytes4),
        agreement.startedAt + EXPIRY,
    )
    refund: uint256 = staticcall LINK.balanceOf(self) - before
    assert extcall LINK.transfer(agreement.consumer, refund)  # dev: LINK reverts or says yes
    log IAggregator.Reclaimed(
        id=id, oracle=convert(word & M160, address), amount=refund
    )
    return refund


# ---- Views ----

@view
@external
def complete(id: uint256, oracles: uint256) -> bool:
    """
    @notice Whether all of the first `oracles` have answered, in time or late; a refused one has not.
    @param id of an agreement that is not settled
    @param oracles how many were asked
    @return True if so
    """
    for index: uint256 in range(oracles, bound=MOST_ORACLES):
        state: uint256 = (self.requests[self._request_id(id, index)] >> STATE) & M7
        if state != ANSWERED and state != LATE_ANSWER:
            return False
    return True


@view
@external
def answerOf(id: uint256) -> (bool, int256, uint256):
    """
    @notice The result of a settled agreement.
    @param id of the agreement
    @return whether there is an answer, the median, unix second it was settled (0: not yet)
    """
    first: bytes32 = self._request_id(id, 0)
    word: uint256 = self.requests[first]
    if (word >> STATE) & M7 < ENDED:
        return False, 0, 0
    return word & KNOWN != 0, self.answers[first], (word >> TIME) & M40


@view
@external
def requestIdOf(id: uint256, index: uint256) -> bytes32:
    """
    @notice The id of a request.
    @param id of the agreement
    @param index of the oracle, 0 to 30, in the order asked
    @return keccak256(this contract . nonce)
    @dev Reverts: "aggregator: id", "aggregator: index".
    """
    return self._request_id(id, index)


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
    return LINK.address


# ---- Requests ----

@view
@internal
def _request_id(id: uint256, index: uint256) -> bytes32:
    assert id <= M40, "aggregator: id"
    assert index < MOST_ORACLES, "aggregator: index"
    nonce: uint256 = id * NONCES + index
    return keccak256(concat(convert(self, bytes20), convert(nonce, bytes32)))


@view
@internal
def _check_gas(cap: uint256):
    # A call is given 63/64 of what is there at most, and silently less than it was promised.
    assert msg.gas >= cap + cap // 63 + SLACK, "aggregator: too little gas"


@internal
def _ask(
    oracle: address, payment: uint256, jobId: bytes32, nonce: uint256, data: Bytes[MOST_DATA]
) -> bool:
    """
    @notice LINK with a request, to an oracle that may refuse it: then the LINK stays.
    """
    payload: Bytes[MOST_PAYLOAD] = abi_encode(
        empty(address),
        empty(uint256),
        jobId,
        method_id("fulfil(bytes32,int256)", output_type=bytes4),
        nonce,
        VERSION,
        data,
        method_id=method_id("operatorRequest(address,uint256,bytes32,bytes4,uint256,uint256,bytes)"),
    )
    call: Bytes[MOST_PAYLOAD + 164] = abi_encode(
        oracle, payment, payload, method_id=method_id("transferAndCall(address,uint256,bytes)")
    )
    self._check_gas(REQUEST_GAS)
    # LINK says yes or reverts.
    return raw_call(
        LINK.address, call, max_outsize=0, gas=REQUEST_GAS, revert_on_failure=False
    )


# ---- Settling ----

@internal
def _collect(id: uint256, oracles: uint256) -> (
    DynArray[uint256, MOST_ORACLES],
    DynArray[int256, MOST_ORACLES],
    DynArray[int256, MOST_ORACLES],
):
    """
    @notice Reads what became of each request and forgets it; who did not answer owes the payment.
    @return requests as they were, answers (0 where there is none), answers in time
    """
    words: DynArray[uint256, MOST_ORACLES] = []
    numbers: DynArray[int256, MOST_ORACLES] = []
    in_time: DynArray[int256, MOST_ORACLES] = []
    for index: uint256 in range(oracles, bound=MOST_ORACLES):
        requestId: bytes32 = self._request_id(id, index)
        word: uint256 = self.requests[requestId]
        state: uint256 = (word >> STATE) & M7
        number: int256 = 0
        if state >= ANSWERED:
            number = self.answers[requestId]
        # The first one's place is the result's.
        if index != 0:
            if state == ASKED:
                self.requests[requestId] = self._at(word, OWING)
            else:
                self.requests[requestId] = 0
            if state >= ANSWERED:
                self.answers[requestId] = 0
        if state == ANSWERED:
            in_time.append(number)
        words.append(word)
        numbers.append(number)
    return words, numbers, in_time


@internal
def _keep(first: bytes32, word: uint256, known: bool, median: int256):
    """
    @notice Writes an agreement's result in the place of its first request and answer.
    """
    was: uint256 = (word >> STATE) & M7
    state: uint256 = ENDED
    if was == ASKED:
        state = OWING
    ended: uint256 = self._at(word, state)
    if known:
        ended |= KNOWN
    self.requests[first] = ended
    # Else it is empty already.
    if known or was >= ANSWERED:
        self.answers[first] = median


@internal
def _end(requestId: bytes32, index: uint256):
    """
    @notice Nothing is owed any more; what is left of the first request is the result.
    """
    if index == 0:
        self.requests[requestId] = self.requests[requestId] ^ ((OWING ^ ENDED) << STATE)
    else:
        self.requests[requestId] = 0


@internal
def _take_back(
    id: uint256, words: DynArray[uint256, MOST_ORACLES], payment: uint256, expiration: uint256
) -> uint256:
    """
    @notice Cancels the requests without an answer; none of their oracles can make this revert.
    @return juels of them and of the refused ones, now here for the consumer
    """
    refund: uint256 = 0
    before: uint256 = 0
    index: uint256 = 0
    cancelled: bool = False
    for word: uint256 in words:
        state: uint256 = (word >> STATE) & M7
        if state == REFUSED:
            refund += payment
        elif state == ASKED:
            if not cancelled:
                before = staticcall LINK.balanceOf(self)
                cancelled = True
            requestId: bytes32 = self._request_id(id, index)
            if self._cancel(requestId, word, payment, expiration):
                self._end(requestId, index)
        index += 1
    if cancelled:
        # It can only have grown: this contract is locked and has given nobody an allowance.
        refund += staticcall LINK.balanceOf(self) - before
    return refund


@internal
def _cancel(
    requestId: bytes32, word: uint256, payment: uint256, expiration: uint256
) -> bool:
    call: Bytes[132] = abi_encode(
        requestId,
        payment,
        method_id("fulfil(bytes32,int256)", output_type=bytes4),
        expiration,
        method_id=method_id("cancelOracleRequest(bytes32,uint256,bytes4,uint256)"),
    )
    self._check_gas(CANCEL_GAS)
    return raw_call(
        convert(word & M160, address),
        call,
        max_outsize=0,
        gas=CANCEL_GAS,
        revert_on_failure=False,
    )


@pure
@internal
def _outcome(state: uint256) -> uint256:
    if state == ANSWERED:
        return COMPLETED
    if state == LATE_ANSWER:
        return LATE
    return MISSED


@view
@internal
def _at(word: uint256, state: uint256) -> uint256:
    """
    @notice A request in its next state, of this moment.
    """
    kept: uint256 = (word & (2**TIME - 1)) | ((word >> INDEX) << INDEX)
    return kept | (block.timestamp << TIME) | (state << STATE)


# ---- Arithmetic ----

@pure
@internal
def _median(numbers: DynArray[int256, MOST_ORACLES]) -> int256:
    """
    @notice The middle one; the mean of the middle two, rounded down, where their number is even.
    @param numbers at least one, in any order
    """
    ranked: DynArray[int256, MOST_ORACLES] = numbers
    for i: uint256 in range(1, len(ranked), bound=MOST_ORACLES):
        number: int256 = ranked[i]
        place: uint256 = i
        for ignored: uint256 in range(MOST_ORACLES):
            if place == 0 or ranked[place - 1] <= number:
                break
            ranked[place] = ranked[place - 1]
            place -= 1
        ranked[place] = number
    middle: uint256 = len(ranked) // 2
    high: int256 = ranked[middle]
    if len(ranked) % 2 == 1:
        return high
    low: int256 = ranked[middle - 1]
    half: uint256 = self._distance(low, high) // 2
    # low + half lies between the two: as bits it cannot go wrong.
    return convert(convert(unsafe_add(self._bits(low), half), bytes32), int256)


@pure
@internal
def _is_within(answer: int256, median: int256, tolerance: uint256) -> bool:
    size: uint256 = self._distance(0, median)
    # size * tolerance // PPM without its overflow: tolerance is PPM at most.
    most: uint256 = size // PPM * tolerance + size % PPM * tolerance // PPM
    return self._distance(answer, median) <= most


@pure
@internal
def _distance(a: int256, b: int256) -> uint256:
    """
    @notice |a - b|: two's complement, so exact for all numbers.
    """
    if a < b:
        return unsafe_sub(self._bits(b), self._bits(a))
    return unsafe_sub(self._bits(a), self._bits(b))


@pure
@internal
def _bits(number: int256) -> uint256:
    return convert(convert(number, bytes32), uint256)
