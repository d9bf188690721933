# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title Consumer: an example of a contract that asks an oracle for a number and keeps the answer
@notice Asks any address that speaks Chainlink's oracle interface (a PoolStorage, an Operator): LINK goes there with the
    request by transferAndCall, the answer comes back to `fulfil`. Payments in juels (10**18 = 1 LINK). Whitepaper,
    section 6.1.3.1.
@dev Request data is CBOR without the map's own bytes, made off chain: `get` (URL), `path`, `times`.
"""

from interfaces import IConsumer

implements: IConsumer

# ---- What it needs of others ----

interface Link:
    def transferAndCall(to: address, amount: uint256, data: Bytes[MAX_PAYLOAD]) -> bool: nonpayable
    def transfer(to: address, amount: uint256) -> bool: nonpayable

interface Oracle:
    def cancelOracleRequest(
        requestId: bytes32, payment: uint256, callbackFunc: bytes4, expiration: uint256
    ): nonpayable

# ---- What never changes ----

MAX_DATA: constant(uint256) = 1024
MAX_PAYLOAD: constant(uint256) = 1380
EXPIRY: constant(uint256) = 300
SINGLE_WORD: constant(uint256) = 1
MULTI_WORD: constant(uint256) = 2

LINK: immutable(Link)
OWNER: immutable(address)

# ---- What it remembers ----

# `oracle` 0x0: not asked, answered or cancelled.
struct Request:
    oracle: address
    payment: uint256
    expiration: uint256

struct Answer:
    number: uint256
    time: uint256

requests: public(HashMap[bytes32, Request])
answers: public(HashMap[bytes32, Answer])
pending: public(uint256)  # requests without an answer
latest: public(bytes32)  # the request answered last
nonce: uint256


@deploy
def __init__(link: address):
    """
    @notice The deployer is the owner: only they spend the contract's LINK.
    @param link the LINK token
    """
    assert link.is_contract, "consumer: LINK has no code"
    LINK = Link(link)
    OWNER = msg.sender


# ---- Owner ----

@external
def ask(oracle: address, specId: bytes32, payment: uint256, data: Bytes[MAX_DATA]) -> bytes32:
    """
    @notice Asks by operatorRequest; the answer may have several words, the first is kept.
    @param oracle whom to ask and to pay
    @param specId the job's id
    @param payment juels, taken from this contract
    @param data the request's parameters (CBOR)
    @return the request's id
    """
    self._only_owner()
    nonce: uint256 = self._next(oracle, payment)
    payload: Bytes[MAX_PAYLOAD] = abi_encode(
        empty(address),
        empty(uint256),
        specId,
        method_id("fulfil(bytes32,uint256)", output_type=bytes4),
        nonce,
        MULTI_WORD,
        data,
        method_id=method_id("operatorRequest(address,uint256,bytes32,bytes4,uint256,uint256,bytes)"),
    )
    assert extcall LINK.transferAndCall(oracle, payment, payload)  # dev: LINK reverts or says yes
    return self._id(nonce)


@external
def askSingleWord(
    oracle: address, specId: bytes32, payment: uint256, data: Bytes[MAX_DATA]
) -> bytes32:
    """
    @notice Asks by the older oracleRequest, whose answer is one word.
    @param oracle whom to ask and to pay
    @param specId the job's id
    @param payment juels, taken from this contract
    @param data the request's parameters (CBOR)
    @return the request's id
    """
    self._only_owner()
    nonce: uint256 = self._next(oracle, payment)
    payload: Bytes[MAX_PAYLOAD] = abi_encode(
        empty(address),
        empty(uint256),
        specId,
        self,
        method_id("fulfil(bytes32,uint256)", output_type=bytes4),
        nonce,
        SINGLE_WORD,
        data,
        method_id=method_id(
            "oracleRequest(address,uint256,bytes32,address,bytes4,uint256,uint256,bytes)"
        ),
    )
    assert extcall LINK.transferAndCall(oracle, payment, payload)  # dev: LINK reverts or says yes
    return self._id(nonce)


@external
def cancel(requestId: bytes32):
    """
    @notice Takes the payment of an unanswered request back, five minutes after it was asked.
    @param requestId as returned by `ask`
    """
    self._only_owner()
    request: Request = self.requests[requestId]
    assert request.oracle != empty(address), "consumer: not pending"
    self.requests[requestId] = empty(Request)
    self.pending -= 1
    log IConsumer.Cancelled(requestId=requestId, oracle=request.oracle, payment=request.payment)
    extcall Oracle(request.oracle).cancelOracleRequest(
        requestId,
        request.payment,
        method_id("fulfil(bytes32,uint256)", output_type=bytes4),
        request.expiration,
    )


@external
def withdraw(to: address, amount: uint256):
    """
    @notice Sends LINK of this contract away.
    @param to the receiver
    @param amount juels
    """
    self._only_owner()
    assert extcall LINK.transfer(to, amount)  # dev: LINK reverts or says yes


# ---- The oracle that was asked ----

@external
def fulfil(requestId: bytes32, answer: uint256):
    """
    @notice Takes the answer of a pending request, from the oracle that was asked and nobody else.
    @param requestId as returned by `ask`
    @param answer the number asked for
    """
    assert msg.sender == self.requests[requestId].oracle, "consumer: not the oracle asked"
    self.requests[requestId] = empty(Request)
    self.answers[requestId] = Answer(number=answer, time=block.timestamp)
    self.latest = requestId
    self.pending -= 1
    log IConsumer.Answered(requestId=requestId, oracle=msg.sender, answer=answer)


# ---- Views ----

@view
@external
def link() -> address:
    """
    @notice The LINK token.
    @return its address
    """
    return LINK.address


@view
@external
def owner() -> address:
    """
    @notice Who may ask, cancel and withdraw.
    @return the deployer
    """
    return OWNER


# ---- Internals ----

@view
@internal
def _only_owner():
    assert msg.sender == OWNER, "consumer: not the owner"


@internal
def _next(oracle: address, payment: uint256) -> uint256:
    """A new request is written before LINK moves: the answer could come in the same transaction."""
    assert oracle != empty(address) and oracle != self, "consumer: no such oracle"
    nonce: uint256 = self.nonce + 1
    self.nonce = nonce
    requestId: bytes32 = self._id(nonce)
    self.requests[requestId] = Request(
        oracle=oracle, payment=payment, expiration=block.timestamp + EXPIRY
    )
    self.pending += 1
    log IConsumer.Asked(requestId=requestId, oracle=oracle, payment=payment)
    return nonce


@view
@internal
def _id(nonce: uint256) -> bytes32:
    return keccak256(concat(convert(self, bytes20), convert(nonce, bytes32)))
