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
# Selector, two overwritten words, six more, the length of the inner data.
MOST_PAYLOAD: constant(uint256) = 4 + 9 * 32 + MOST_DATA

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
def _receive(sender: address, amount: uint256, data: Bytes[65536]):
    """
    @notice A paid request; the first two words of its payload are the true ones, whatever they say.
    """
    assert len(data) <= MOST_PAYLOAD, "storage: request data over 4 KiB"
    self.requester = sender
    self.payment = amount
    raw_call(IMPLEMENTATION, data, is_delegate_call=True)
    self.requester = empty(address)


@internal
def _request(
    callback: address, function: bytes4, nonce: uint256, version: uint256
) -> (address, bytes32, uint256, uint256):
    """
    @notice Commits to a request and books its payment as escrow.
    @return requester, request id, payment in juels, when it can be cancelled
    """
    assert msg.sender == ledger.LINK.address, "storage: only LINK"
    sender: address = self.requester
    # LINK itself calls nothing but onTokenTransfer; this frame exists below it only.
    assert sender != empty(address)  # dev: not below onTokenTransfer
    amount: uint256 = self.payment
    policy: uint256 = ledger.policy
    assert policy & ledger.ENABLED != 0, "storage: node is disabled"
    assert (
        amount >= (policy >> ledger.PAYMENT) & ledger.M76
    ), "storage: below the minimum payment"
    assert callback == sender, "storage: callback not the sender"
    assert not staticcall ledger.FACTORY.isBarred(
        sender, skip_contract_check=True
    ), "storage: not a requester's address"
    assert version < 256, "storage: data version over 255"
    id: bytes32 = keccak256(concat(convert(sender, bytes20), convert(nonce, bytes32)))
    assert self.commitments[id] == 0, "storage: request id in use"
    expiration: uint256 = block.timestamp + EXPIRY
    self.commitments[id] = self._commitment(amount, sender, function, expiration) | version
    ledger.dues = unsafe_add(ledger.dues, amount)
    return sender, id, amount, expiration


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
    # Never 0 below the version: bit 8 marks a commitment that stands.
    return (convert(digest, uint256) & ~convert(511, uint256)) | 256


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
    """
    requester: address = empty(address)
    id: bytes32 = empty(bytes32)
    amount: uint256 = 0
    expiration: uint256 = 0
    requester, id, amount, expiration = self._request(
        callbackAddress, callbackFunctionId, nonce, dataVersion
    )
    log IPoolStorage.OracleRequest(
        specId=specId,
        requester=requester,
        requestId=id,
        payment=amount,
        callbackAddr=requester,
        callbackFunctionId=callbackFunctionId,
        cancelExpiration=expiration,
        dataVersion=dataVersion,
        data=data,
    )


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
    """
    requester: address = empty(address)
    id: bytes32 = empty(bytes32)
    amount: uint256 = 0
    expiration: uint256 = 0
    requester, id, amount, expiration = self._request(
        self.requester, callbackFunctionId, nonce, dataVersion
    )
    log IPoolStorage.OracleRequest(
        specId=specId,
        requester=requester,
        requestId=id,
        payment=amount,
        callbackAddr=requester,
        callbackFunctionId=callbackFunctionId,
        cancelExpiration=expiration,
        dataVersion=dataVersion,
        data=data,
    )


# ---- Answers ----

@internal
def _answer(
    requestId: bytes32,
    payment: uint256,
    callback: address,
    function: bytes4,
    expiration: uint256,
    version: uint256,
):
    """
    @notice Ends a commitment before anybody is called; its payment becomes income less the cost (6.1.4).
    """
    ledger._only_open()
    node: uint256 = ledger.node
    if msg.sender != convert(node & ledger.M160, address):
        assert self.is_sender[msg.sender], "storage: not an authorized sender"
    commitment: uint256 = self.commitments[requestId]
    assert (
        commitment & ~convert(255, uint256)
        == self._commitment(payment, callback, function, expiration)
    ), "storage: no such request"
    assert commitment & 255 <= version, "storage: data version not served"
    # The constants and whoever was sent a penalty are never called, whenever they asked (P12).
    assert not ledger.is_target[callback], "storage: a penalty contract"
    self.commitments[requestId] = 0
    dues: uint256 = ledger.dues
    cost: uint256 = min(
        node >> 160,
        unsafe_div(
            unsafe_mul(payment, (dues >> ledger.CEILING) & ledger.M20), ledger.PPM
        ),
    )
    ledger.dues = unsafe_add(
        unsafe_sub(dues, payment), unsafe_mul(cost, ledger.ONE_OPERATIONS + 1)
    )
    log IPoolStorage.OracleResponse(requestId=requestId)
    assert msg.gas >= CALLBACK_GAS, "storage: under 400,000 gas left"
    ledger.locked = True


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
    @return Whether the consumer's function succeeded
    """
    self._answer(requestId, payment, callbackAddress, callbackFunctionId, expiration, 1)
    success: bool = raw_call(
        callbackAddress,
        concat(callbackFunctionId, requestId, data),
        max_outsize=0,
        revert_on_failure=False,
    )
    ledger.locked = False
    return success


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
    @return Whether the consumer's function succeeded
    """
    assert len(data) <= MOST_DATA, "storage: answer over 4 KiB"
    assert len(data) >= 32, "storage: first word is not the id"
    assert convert(slice(data, 0, 32), bytes32) == requestId, "storage: first word is not the id"
    self._answer(requestId, payment, callbackAddress, callbackFunctionId, expiration, 2)
    success: bool = raw_call(
        callbackAddress,
        concat(callbackFunctionId, data),
        max_outsize=0,
        revert_on_failure=False,
    )
    ledger.locked = False
    return success


# ---- The requester ----

@internal
def _cancel(requestId: bytes32, payment: uint256, function: bytes4, expiration: uint256):
    ledger._only_open()
    assert (
        self.commitments[requestId] & ~convert(255, uint256)
        == self._commitment(payment, msg.sender, function, expiration)
    ), "storage: no such request"
    assert block.timestamp >= expiration, "storage: not expired"
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
    """
    self._cancel(requestId, payment, callbackFunc, expiration)


@external
def cancelOracleRequestByRequester(
    nonce: uint256, payment: uint256, callbackFunc: bytes4, expiration: uint256
):
    """
    @notice As cancelOracleRequest, by the request's nonce.
    """
    id: bytes32 = keccak256(concat(convert(msg.sender, bytes20), convert(nonce, bytes32)))
    self._cancel(id, payment, callbackFunc, expiration)


# ---- Operator ----

@external
def setAuthorizedSenders(senders: DynArray[address, 16]):
    """
    @notice Replaces who may answer beside the node itself; they can do nothing else.
    """
    assert msg.sender == ledger.operator, "storage: only the operator"
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
    return self.is_sender[account] or account == convert(ledger.node & ledger.M160, address)


@view
@external
def isAuthorizedSender(node: address) -> bool:
    """
    @notice Whether an address may answer requests.
    """
    return self._may_answer(node)


@view
@external
def getAuthorizationStatus(node: address) -> bool:
    """
    @notice isAuthorizedSender, by the name of Chainlink's older oracles.
    """
    return self._may_answer(node)


@view
@external
def getAuthorizedSenders() -> DynArray[address, 17]:
    """
    @notice The node, then the operator's list.
    """
    found: DynArray[address, 17] = [convert(ledger.node & ledger.M160, address)]
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
