# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title oracle
@notice The address as an oracle of the ChainLink network (6.1.3.1): requests, answers and refunds of
        Chainlink's Operator, without its doors for LINK (P1, P11). Every call back goes to the sender of the
        LINK, after all is written, with custody locked (P12).
"""

from interfaces import IPoolStorage
from modules import ledger

uses: ledger

# Time a requester waits before taking the payment back, as in Chainlink's Operator.
EXPIRY: constant(uint256) = 300
CALLBACK_GAS: constant(uint256) = 400_000
MOST_DATA: constant(uint256) = 4096
# Selector, eight words, the length of the inner data, that data.
MOST_PAYLOAD: constant(uint256) = 4 + 9 * 32 + MOST_DATA

# Selectors, as numbers.
ORACLE_REQUEST: constant(uint256) = 1_078_106_438
OPERATOR_REQUEST: constant(uint256) = 1_013_793_209

# The code behind every clone: parsing runs there in a memory of its own.
IMPLEMENTATION: immutable(address)

# requestId -> hash of what was agreed, with the data version in its lowest byte
commitments: HashMap[bytes32, uint256]
senders: DynArray[address, 16]
is_sender: HashMap[address, bool]
# Who pays how much, as LINK said it, for the parsing frame.
requester: transient(address)
payment: transient(uint256)


@deploy
def __init__():
    IMPLEMENTATION = self


# ---- Requests ----

@internal
def _admit(method: uint256, size: uint256, sender: address, amount: uint256):
    """
    @notice A paid request is about to be parsed; the first two words of its payload are these true ones,
            whatever they say. Refuses what is no request, or too long.
    """
    most: uint256 = MOST_PAYLOAD
    if method == OPERATOR_REQUEST:
        # One word less before the data.
        most = MOST_PAYLOAD - 32
    elif method != ORACLE_REQUEST:
        ledger._refuse("storage: unknown payload")
    if size > most:
        ledger._refuse("storage: request over 4 KiB")
    self.requester = sender
    self.payment = amount


@internal
def _request(
    specId: bytes32,
    callback: address,
    function: bytes4,
    nonce: uint256,
    version: uint256,
    data: Bytes[4096],
):
    """
    @notice Commits to a request and books its payment as escrow.
    """
    # Set by onTokenTransfer around this frame only, where LINK is the caller and nobody else is called.
    sender: address = self.requester
    if sender == empty(address):
        ledger._refuse("storage: only LINK")
    amount: uint256 = self.payment
    policy: uint256 = ledger._enabled_policy()
    if amount < (policy << 90) >> 180:
        ledger._refuse("storage: below minimum payment")
    if callback != sender:
        ledger._refuse("storage: callback not the sender")
    if ledger._is_barred(sender):
        ledger._refuse("storage: not a requester")
    self._check_version(version, 255)
    id: bytes32 = keccak256(concat(convert(sender, bytes20), convert(nonce, bytes32)))
    if self.commitments[id] != 0:
        ledger._refuse("storage: request id in use")
    expiration: uint256 = block.timestamp + EXPIRY
    self.commitments[id] = self._commitment(amount, sender, function, expiration) | version
    ledger.dues = unsafe_add(ledger.dues, amount)
    log IPoolStorage.OracleRequest(
        specId=specId,
        requester=sender,
        requestId=id,
        payment=amount,
        callbackAddr=sender,
        callbackFunctionId=function,
        cancelExpiration=expiration,
        dataVersion=version,
        data=data,
    )


@internal
@pure
def _commitment(
    payment: uint256, callback: address, function: bytes4, expiration: uint256
) -> uint256:
    digest: bytes32 = keccak256(
        concat(
            convert(payment, bytes32),
            convert(callback, bytes20),
            function,
            convert(expiration, bytes32),
        )
    )
    # Never 0: bit 8 marks a commitment that stands; the version goes below it.
    return ((convert(digest, uint256) >> 9) << 9) | 256


@internal
@pure
def _check_version(version: uint256, highest: uint256):
    if version > highest:
        ledger._refuse("storage: data version")


@internal
@pure
def _check(
    commitment: uint256, payment: uint256, callback: address, function: bytes4, expiration: uint256
):
    # They may differ in the version only.
    if commitment ^ self._commitment(payment, callback, function, expiration) > 255:
        ledger._refuse("storage: no such request")


# ---- LINK, through onTokenTransfer only ----

@external
def oracleRequest(
    sender: address,
    payment: uint256,
    specId: bytes32,
    callbackAddress: address,
    callbackFunctionId: bytes4,
    nonce: uint256,
    dataVersion: uint256,
    data: Bytes[4096],
):
    """
    @notice A Chainlink request, single word answers. Reached by LINK.transferAndCall with this payload
            (6.1.3.1); sender and payment are what LINK says, callbackAddress must be the sender.
    @param sender ignored: LINK says who it is
    @param payment ignored: LINK says how much it is, in juels
    @param specId the job
    @param callbackAddress the sender of the LINK
    @param callbackFunctionId selector called with the answer
    @param nonce tells two requests of one sender apart
    @param dataVersion 1 for single words, 2 for any
    @param data CBOR for the job, at most 4 KiB
    @dev Reverts: "storage: only LINK", "storage: node is disabled", "storage: below minimum
         payment", "storage: callback not the sender", "storage: not a requester", "storage:
         request id in use".
    """
    self._request(specId, callbackAddress, callbackFunctionId, nonce, dataVersion, data)


@external
def operatorRequest(
    sender: address,
    payment: uint256,
    specId: bytes32,
    callbackFunctionId: bytes4,
    nonce: uint256,
    dataVersion: uint256,
    data: Bytes[4096],
):
    """
    @notice A Chainlink request, multi word answers; as oracleRequest, called back at the sender.
    @param sender ignored: LINK says who it is
    @param payment ignored: LINK says how much it is, in juels
    @param specId the job
    @param callbackFunctionId selector called with the answer
    @param nonce tells two requests of one sender apart
    @param dataVersion 1 for single words, 2 for any
    @param data CBOR for the job, at most 4 KiB
    @dev Reverts: as oracleRequest.
    """
    self._request(specId, self.requester, callbackFunctionId, nonce, dataVersion, data)


# ---- Answers ----

@internal
def _answer(
    requestId: bytes32,
    payment: uint256,
    callback: address,
    function: bytes4,
    expiration: uint256,
    version: uint256,
    answer: Bytes[4096],
) -> bool:
    """
    @notice Ends a commitment before anybody is called; its payment becomes income less the cost (6.1.4).
    """
    ledger._only_open()
    node: uint256 = ledger.node
    if msg.sender != convert(node & ledger.M160, address) and not self.is_sender[msg.sender]:
        ledger._refuse("storage: not authorised")
    commitment: uint256 = self.commitments[requestId]
    self._check(commitment, payment, callback, function, expiration)
    self._check_version(commitment & 255, version)
    # Whoever was sent a penalty is never called, even if they asked before (P12).
    if ledger.is_target[callback]:
        ledger._refuse("storage: a penalty contract")
    self.commitments[requestId] = 0
    dues: uint256 = ledger.dues
    ceiling: uint256 = unsafe_div(
        unsafe_mul(payment, (dues >> ledger.CEILING) & ledger.M20), ledger.PPM
    )
    cost: uint256 = min(node >> ledger.COST, ceiling)
    ledger.dues = unsafe_add(unsafe_sub(dues, payment), unsafe_add(cost << 93, cost))
    log IPoolStorage.OracleResponse(requestId=requestId)
    if msg.gas < CALLBACK_GAS:
        ledger._refuse("storage: under 400,000 gas")
    ledger.locked = True
    success: bool = raw_call(
        callback, concat(function, answer), max_outsize=0, revert_on_failure=False
    )
    ledger.locked = False
    return success


@external
def fulfillOracleRequest(
    requestId: bytes32,
    payment: uint256,
    callbackAddress: address,
    callbackFunctionId: bytes4,
    expiration: uint256,
    data: bytes32,
) -> bool:
    """
    @notice Answers a request with one word. For the node and its authorised senders. The node is paid
            whether or not the consumer takes the answer.
    @param requestId keccak256(sender . nonce)
    @param payment juels
    @param callbackAddress as logged
    @param callbackFunctionId selector called with the answer
    @param expiration unix second from which it can be cancelled
    @param data the answer
    @return Whether the consumer's function succeeded
    @dev Reverts: "storage: not authorised", "storage: no such request", "storage: data
         version", "storage: a penalty contract", "storage: under 400,000 gas".
    """
    return self._answer(
        requestId,
        payment,
        callbackAddress,
        callbackFunctionId,
        expiration,
        1,
        abi_encode(requestId, data),
    )


@external
def fulfillOracleRequest2(
    requestId: bytes32,
    payment: uint256,
    callbackAddress: address,
    callbackFunctionId: bytes4,
    expiration: uint256,
    data: Bytes[8192],
) -> bool:
    """
    @notice Answers a request with any words, the first of which is the request id; at most 4 KiB.
    @param requestId keccak256(sender . nonce)
    @param payment juels
    @param callbackAddress as logged
    @param callbackFunctionId selector called with the answer
    @param expiration unix second from which it can be cancelled
    @param data the answer, 32 bytes to 4 KiB
    @return Whether the consumer's function succeeded
    @dev Reverts: as fulfillOracleRequest; "storage: answer over 4 KiB", "storage: first word
         not the id".
    """
    if len(data) > MOST_DATA:
        ledger._refuse("storage: answer over 4 KiB")
    if len(data) < 32 or extract32(data, 0) != requestId:
        ledger._refuse("storage: first word not the id")
    return self._answer(
        requestId,
        payment,
        callbackAddress,
        callbackFunctionId,
        expiration,
        2,
        convert(data, Bytes[4096]),
    )


# ---- The requester ----

@internal
def _cancel(requestId: bytes32, payment: uint256, function: bytes4, expiration: uint256):
    ledger._only_open()
    self._check(self.commitments[requestId], payment, msg.sender, function, expiration)
    if block.timestamp < expiration:
        ledger._refuse("storage: not expired")
    self.commitments[requestId] = 0
    ledger.dues = unsafe_sub(ledger.dues, payment)
    log IPoolStorage.CancelOracleRequest(requestId=requestId)
    ledger._pay(msg.sender, payment)


@external
def cancelOracleRequest(
    requestId: bytes32, payment: uint256, callbackFunc: bytes4, expiration: uint256
):
    """
    @notice Pays an expired request back to its requester, who calls. Always works (P11, P17).
    @param requestId keccak256(sender . nonce)
    @param payment juels
    @param callbackFunc selector, as requested
    @param expiration unix second from which it can be cancelled
    @dev Reverts: "storage: no such request", "storage: not expired".
    """
    self._cancel(requestId, payment, callbackFunc, expiration)


@external
def cancelOracleRequestByRequester(
    nonce: uint256, payment: uint256, callbackFunc: bytes4, expiration: uint256
):
    """
    @notice As cancelOracleRequest, by the request's nonce.
    @param nonce tells two requests of one sender apart
    @param payment juels
    @param callbackFunc selector, as requested
    @param expiration unix second from which it can be cancelled
    @dev Reverts: as cancelOracleRequest.
    """
    id: bytes32 = keccak256(concat(convert(msg.sender, bytes20), convert(nonce, bytes32)))
    self._cancel(id, payment, callbackFunc, expiration)


# ---- Operator ----

@external
def setAuthorizedSenders(senders: DynArray[address, 16]):
    """
    @notice Replaces who may answer beside the node itself; they can do nothing else.
    @param senders at most 16
    """
    ledger._only_operator()
    for old: address in self.senders:
        self.is_sender[old] = False
    for new: address in senders:
        self.is_sender[new] = True
    self.senders = senders
    log IPoolStorage.AuthorizedSendersChanged(senders=senders, changedBy=msg.sender)


# ---- Views ----

@internal
@view
def _may_answer(account: address) -> bool:
    return self.is_sender[account] or account == ledger._node()


@view
@external
def isAuthorizedSender(node: address) -> bool:
    """
    @notice Whether an address may answer requests.
    @param node any address
    @return True if so
    """
    return self._may_answer(node)


@view
@external
def getAuthorizationStatus(node: address) -> bool:
    """
    @notice isAuthorizedSender, by the name of Chainlink's older oracles.
    @param node any address
    @return True if so
    """
    return self._may_answer(node)


@view
@external
def getAuthorizedSenders() -> DynArray[address, 17]:
    """
    @notice The node, then the operator's list.
    """
    found: DynArray[address, 17] = [ledger._node()]
    for sender: address in self.senders:
        found.append(sender)
    return found


@view
@external
def getChainlinkToken() -> address:
    """
    @notice LINK.
    """
    return ledger.LINK.address


@view
@external
def EXPIRY_TIME() -> uint256:
    """
    @notice Seconds after which an unanswered request can be cancelled.
    """
    return EXPIRY


@view
@external
def typeAndVersion() -> String[32]:
    """
    @notice What stands at this address.
    """
    return "PoolStorage 1.0.0"
