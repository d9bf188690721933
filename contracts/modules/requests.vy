# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title requests
@notice The requests that Aggregator sends: a word for each and its answer, LINK on its way out with a request and
        back from who did not answer.
@dev Every call to an oracle has its gas capped, and the cap must be there: who sends the transaction cannot
     starve a request, and have the oracle slashed for it, nor a refund.
"""

from interfaces import IAggregator
from interfaces import ILinkToken

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

# Outcomes; whether a completed one is wrong the median says.
COMPLETED: constant(uint256) = 1
MISSED: constant(uint256) = 2
LATE: constant(uint256) = 3

LINK: immutable(ILinkToken)

# ---- What it remembers ----

sent: HashMap[bytes32, uint256]
# The first request's, once settled: the median.
answers: HashMap[bytes32, int256]


@deploy
def __init__(link: address):
    LINK = ILinkToken(link)


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
    word: uint256 = self.sent[requestId]
    # 0x0 calls nobody, so an unknown request is nobody's.
    assert (convert(msg.sender, uint256) == word & M160), "aggregator: not the oracle asked"
    assert (word >> STATE) & M7 == ASKED, "aggregator: already answered or settled"
    late: bool = block.timestamp > (word >> TIME) & M40
    state: uint256 = ANSWERED
    if late:
        state = LATE_ANSWER
    self.sent[requestId] = self._at(word, state)
    self.answers[requestId] = answer
    log IAggregator.AnswerRecorded(
        id=(word >> ID) & M40, oracle=msg.sender, answer=answer, late=late
    )


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
        state: uint256 = (self.sent[self._request_id(id, index)] >> STATE) & M7
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
    word: uint256 = self.sent[first]
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


# ---- One request ----

@view
@internal
def _request_id(id: uint256, index: uint256) -> bytes32:
    assert id <= M40, "aggregator: id"
    assert index < MOST_ORACLES, "aggregator: index"
    return self._hash(id * NONCES + index)


@view
@internal
def _hash(nonce: uint256) -> bytes32:
    """
    @notice The id of the request with this nonce, as every Chainlink oracle makes it.
    """
    return keccak256(concat(convert(self, bytes20), convert(nonce, bytes32)))


@view
@internal
def _check_gas(cap: uint256):
    # A call is given 63/64 of what is there at most, and silently less than it was promised.
    assert msg.gas >= cap + cap // 63 + SLACK, "aggregator: too little gas"


@internal
def _send(
    id: uint256,
    index: uint256,
    oracle: address,
    payment: uint256,
    answerDeadline: uint256,
    jobId: bytes32,
    data: Bytes[MOST_DATA],
) -> bool:
    """
    @notice Asks one oracle of an agreement.
    @return whether it took the request; else its payment is still here
    """
    nonce: uint256 = unsafe_add(id * NONCES, index)
    requestId: bytes32 = self._hash(nonce)
    word: uint256 = (
        convert(oracle, uint256) | (id << ID) | (answerDeadline << TIME) | (index << INDEX)
    )
    # Written before the oracle is called.
    self.sent[requestId] = word | (ASKED << STATE)
    if self._ask(oracle, payment, jobId, nonce, data):
        log IAggregator.Requested(id=id, oracle=oracle, requestId=requestId)
        return True
    self.sent[requestId] = word | (REFUSED << STATE)
    log IAggregator.RequestRefused(id=id, oracle=oracle)
    return False


@internal
def _ask(
    oracle: address,
    payment: uint256,
    jobId: bytes32,
    nonce: uint256,
    data: Bytes[MOST_DATA],
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
        method_id=method_id(
            "operatorRequest(address,uint256,bytes32,bytes4,uint256,uint256,bytes)"
        ),
    )
    call: Bytes[MOST_PAYLOAD + 164] = abi_encode(
        oracle,
        payment,
        payload,
        method_id=method_id("transferAndCall(address,uint256,bytes)"),
    )
    self._check_gas(REQUEST_GAS)
    # LINK says yes or reverts.
    return raw_call(
        LINK.address,
        call,
        max_outsize=0,
        gas=REQUEST_GAS,
        revert_on_failure=False,
    )


# ---- Settling ----

@internal
def _collect(
    id: uint256, oracles: uint256
) -> (
    DynArray[uint256, MOST_ORACLES],
    DynArray[int256, MOST_ORACLES],
    DynArray[int256, MOST_ORACLES],
):
    """
    @notice Reads what became of each request and forgets it.
    @return requests as they were, answers (0 where there is none), answers in time
    """
    words: DynArray[uint256, MOST_ORACLES] = []
    numbers: DynArray[int256, MOST_ORACLES] = []
    in_time: DynArray[int256, MOST_ORACLES] = []
    for index: uint256 in range(oracles, bound=MOST_ORACLES):
        requestId: bytes32 = self._hash(unsafe_add(id * NONCES, index))
        word: uint256 = self.sent[requestId]
        state: uint256 = (word >> STATE) & M7
        number: int256 = 0
        # The first one's place is the result's.
        if index != 0:
            self.sent[requestId] = 0
        if state >= ANSWERED:
            number = self.answers[requestId]
            if index != 0:
                self.answers[requestId] = 0
        if state == ANSWERED:
            in_time.append(number)
        words.append(word)
        numbers.append(number)
    return words, numbers, in_time


@internal
def _keep(id: uint256, word: uint256, known: bool, median: int256):
    """
    @notice Writes an agreement's result in the place of its first request and answer.
    """
    ended: uint256 = self._at(word, ENDED)
    if known:
        ended |= KNOWN
    first: bytes32 = self._hash(id * NONCES)
    self.sent[first] = ended
    # Else it is empty already.
    if known or (word >> STATE) & M7 >= ANSWERED:
        self.answers[first] = median


@internal
def _take_back(
    id: uint256,
    words: DynArray[uint256, MOST_ORACLES],
    payment: uint256,
    startedAt: uint256,
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
            requestId: bytes32 = self._hash(unsafe_add(id * NONCES, index))
            if not self._cancel(requestId, word, payment, startedAt + EXPIRY):
                # Owed from now on; beside the first one's debt stands the result.
                debt: uint256 = self._at(word, OWING)
                if index == 0:
                    debt = self.sent[requestId] ^ ((ENDED ^ OWING) << STATE)
                self.sent[requestId] = debt
        index = unsafe_add(index, 1)
    if cancelled:
        # It can only have grown: this contract is locked and has given nobody an allowance.
        refund += staticcall LINK.balanceOf(self) - before
    return refund


@internal
def _cancel(requestId: bytes32, word: uint256, payment: uint256, expiration: uint256) -> bool:
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
def _outcome(word: uint256, answer: int256, startedAt: uint256) -> IAggregator.Outcome:
    """
    @notice What became of a request by its state alone.
    """
    state: uint256 = (word >> STATE) & M7
    outcome: uint256 = MISSED
    elapsed: uint256 = 0
    if state == ANSWERED or state == LATE_ANSWER:
        outcome = COMPLETED
        if state == LATE_ANSWER:
            outcome = LATE
        elapsed = ((word >> TIME) & M40) - startedAt
    return IAggregator.Outcome(
        oracle=convert(word & M160, address),
        outcome=outcome,
        answer=answer,
        elapsed=elapsed,
    )


@internal
def _forgive(requestId: bytes32, index: uint256) -> address:
    """
    @notice Nothing is owed any more; what is left of the first request is the result.
    @return the oracle that owed
    """
    word: uint256 = self.sent[requestId]
    assert (word >> STATE) & M7 == OWING, "aggregator: nothing owed"
    settled: uint256 = 0
    if index == 0:
        settled = word ^ ((OWING ^ ENDED) << STATE)
    self.sent[requestId] = settled
    return convert(word & M160, address)


@view
@internal
def _at(word: uint256, state: uint256) -> uint256:
    """
    @notice A request in its next state, of this moment.
    """
    kept: uint256 = (word & (2**TIME - 1)) | ((word >> INDEX) << INDEX)
    return kept | (block.timestamp << TIME) | (state << STATE)
