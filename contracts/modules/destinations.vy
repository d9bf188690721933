# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title destinations: the whitelist of penalty contracts
@notice One list for all nodes. The delay and its publicity protect; what is checked of a target
        here is a sanity check ("resides within ChainLink" cannot be proven on chain).
        Whitepaper 6.1.3.2.
"""

from interfaces import IPoolStorageFactory
from modules import registry

uses: registry


UNKNOWN: constant(uint256) = 0
ANNOUNCED: constant(uint256) = 1
ACTIVE: constant(uint256) = 2

# Seconds in which a ready announcement can be activated.
GRACE: constant(uint256) = 14 * 86400

# EIP-1167 forwarders start like this. Shorter code than SMALLEST_CODE can only forward too.
FORWARDER: constant(Bytes[4]) = x"363d3d37"
SMALLEST_CODE: constant(uint256) = 128

# Nonzero while active: PoolStorage asks for this at every penalty, so it has a slot of its own.
activeCode: HashMap[address, bytes32]
# Nonzero while announced.
announcedCode: HashMap[address, bytes32]
readyAt: HashMap[address, uint256]

# Every target ever announced, once.
count: uint256
targets: HashMap[uint256, address]
listed: HashMap[address, bool]


@internal
def _announce(target: address, link: address, delay: uint256):
    assert self.activeCode[target] == empty(bytes32), "factory: already a destination"
    assert self.announcedCode[target] == empty(bytes32) or block.timestamp > self._lapse(
        target
    ), "factory: already announced"
    self._check(target, link)

    ready: uint256 = block.timestamp + delay
    self.announcedCode[target] = target.codehash
    self.readyAt[target] = ready
    if not self.listed[target]:
        self.listed[target] = True
        self.targets[self.count] = target
        self.count += 1
    log IPoolStorageFactory.DestinationAnnounced(
        target=target, codeHash=target.codehash, ready=ready, lapse=ready + GRACE
    )


@internal
def _activate(target: address, link: address):
    codeHash: bytes32 = self.announcedCode[target]
    assert codeHash != empty(bytes32), "factory: not announced"
    assert block.timestamp >= self.readyAt[target], "factory: not ready"
    assert block.timestamp <= self._lapse(target), "factory: announcement lapsed"
    assert target.codehash == codeHash, "factory: code changed"
    # It may have become a part of the suite, or changed its answer, while it waited.
    self._check(target, link)

    self.announcedCode[target] = empty(bytes32)
    self.readyAt[target] = 0
    self.activeCode[target] = codeHash
    registry._mark(target, registry.DESTINATION)
    log IPoolStorageFactory.DestinationActivated(target=target, codeHash=codeHash)


@internal
def _remove(target: address):
    assert self._state(target) != UNKNOWN, "factory: unknown destination"
    self.activeCode[target] = empty(bytes32)
    self.announcedCode[target] = empty(bytes32)
    self.readyAt[target] = 0
    log IPoolStorageFactory.DestinationRemoved(target=target)


@view
@internal
def _isActive(target: address) -> bool:
    """Active, with the code that was announced."""
    codeHash: bytes32 = self.activeCode[target]
    return codeHash != empty(bytes32) and codeHash == target.codehash


@view
@internal
def _destination(target: address) -> IPoolStorageFactory.Destination:
    state: uint256 = self._state(target)
    if state != ANNOUNCED:
        return IPoolStorageFactory.Destination(
            target=target, state=state, codeHash=self.activeCode[target], ready=0, lapse=0
        )
    return IPoolStorageFactory.Destination(
        target=target,
        state=state,
        codeHash=self.announcedCode[target],
        ready=self.readyAt[target],
        lapse=self._lapse(target),
    )


@view
@internal
def _destinationAt(index: uint256) -> IPoolStorageFactory.Destination:
    assert index < self.count, "factory: index out of range"
    return self._destination(self.targets[index])


@view
@internal
def _state(target: address) -> uint256:
    if self.activeCode[target] != empty(bytes32):
        return ACTIVE
    if self.announcedCode[target] != empty(bytes32):
        return ANNOUNCED
    return UNKNOWN


@view
@internal
def _lapse(target: address) -> uint256:
    return self.readyAt[target] + GRACE


@view
@internal
def _check(target: address, link: address):
    roles: uint256 = registry.rolesOf[target]
    assert roles == 0 or roles == registry.DESTINATION, "factory: address is taken"
    assert target.is_contract, "factory: no code"
    assert not registry._isDelegated(target), "factory: delegated account"
    assert target.codesize >= SMALLEST_CODE, "factory: proxy"
    assert slice(target.code, 0, 4) != FORWARDER, "factory: proxy"
    assert self._tokenOf(target) == convert(link, bytes32), "factory: not for this LINK"


@view
@internal
def _tokenOf(target: address) -> bytes32:
    """What target answers to getChainlinkToken(); zero unless it answers exactly one word."""
    success: bool = False
    answer: Bytes[64] = b""
    success, answer = raw_call(
        target,
        method_id("getChainlinkToken()"),
        max_outsize=64,
        is_static_call=True,
        revert_on_failure=False,
    )
    if not success or len(answer) != 32:
        return empty(bytes32)
    return extract32(answer, 0)
