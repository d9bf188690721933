# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title pool_data: what LinkPool remembers, kept in the pool's own PoolStorage
@notice Replacing LinkPool re-maps nothing (whitepaper 6.1.2). Keys, all keccak256:
        "approval.operator" + node (address), "approval.terms" + node (uint: limit * 2 + private),
        "operator" + address (uint: 0 unknown, LISTED, else the second from which it can be listed),
        "creator" (uint: address | daily << 160 | day << 176 | used that day << 208),
        "creator.limit" (uint). An address in a key is 32 bytes wide.
"""

from interfaces import ILinkPool
from interfaces import IPoolStorage
from interfaces import IPoolStorageFactory


struct Creator:
    account: address
    daily: uint256
    day: uint256
    used: uint256


# The factory's poolData(), which never changes.
STORE: immutable(IPoolStorage)

LISTED: constant(uint256) = 1

CREATOR_KEY: constant(bytes32) = keccak256("creator")
CREATOR_LIMIT_KEY: constant(bytes32) = keccak256("creator.limit")

M160: constant(uint256) = 2**160 - 1
M16: constant(uint256) = 2**16 - 1
M32: constant(uint256) = 2**32 - 1
DAILY: constant(uint256) = 160
DAY: constant(uint256) = 176
USED: constant(uint256) = 208


@deploy
def __init__(factory: address):
    STORE = IPoolStorage(staticcall IPoolStorageFactory(factory).poolData())
    assert STORE.address != empty(address), "pool: factory not initialised"


# ---- Approvals ----

@view
@internal
def _approval(nodeAddress: address) -> ILinkPool.Approval:
    operator: address = staticcall STORE.getAddress(self._key(b"approval.operator", nodeAddress))
    if operator == empty(address):
        return empty(ILinkPool.Approval)
    terms: uint256 = staticcall STORE.getUint(self._key(b"approval.terms", nodeAddress))
    return ILinkPool.Approval(operator=operator, limit=terms >> 1, isPrivate=terms & 1 != 0)


@internal
def _setApproval(nodeAddress: address, approval: ILinkPool.Approval):
    terms: uint256 = approval.limit << 1 | convert(approval.isPrivate, uint256)
    extcall STORE.setAddress(self._key(b"approval.operator", nodeAddress), approval.operator)
    extcall STORE.setUint(self._key(b"approval.terms", nodeAddress), terms)


@internal
def _deleteApproval(nodeAddress: address):
    extcall STORE.deleteAddress(self._key(b"approval.operator", nodeAddress))
    extcall STORE.deleteUint(self._key(b"approval.terms", nodeAddress))


# ---- The operators whom the creator may name ----

@view
@internal
def _operator(operator: address) -> uint256:
    return staticcall STORE.getUint(self._key(b"operator", operator))


@internal
def _setOperator(operator: address, state: uint256):
    extcall STORE.setUint(self._key(b"operator", operator), state)


@internal
def _deleteOperator(operator: address):
    extcall STORE.deleteUint(self._key(b"operator", operator))


# ---- The creator ----

@view
@internal
def _creator() -> Creator:
    word: uint256 = staticcall STORE.getUint(CREATOR_KEY)
    return Creator(
        account=convert(word & M160, address),
        daily=(word >> DAILY) & M16,
        day=(word >> DAY) & M32,
        used=word >> USED,
    )


@internal
def _setCreator(creator: Creator):
    word: uint256 = (
        convert(creator.account, uint256)
        | creator.daily << DAILY
        | creator.day << DAY
        | creator.used << USED
    )
    extcall STORE.setUint(CREATOR_KEY, word)


@view
@internal
def _creatorLimit() -> uint256:
    return staticcall STORE.getUint(CREATOR_LIMIT_KEY)


@internal
def _setCreatorLimit(limit: uint256):
    extcall STORE.setUint(CREATOR_LIMIT_KEY, limit)


@pure
@internal
def _key(name: Bytes[32], account: address) -> bytes32:
    return keccak256(concat(name, convert(account, bytes32)))
