# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title registry: who is what in the suite, one word for each address
@notice PoolStorage asks this at every first stake and every request, so an address's roles and,
        for a node, its PoolStorage share one slot: bits 0 to 7 are roles, the rest is an address.
        Whitepaper 6.4.2.
"""

# A node's PoolStorage.
STORAGE: constant(uint256) = 1
# A node's own address; its PoolStorage lies in the bits above.
NODE: constant(uint256) = 2
# A contract of the suite in use: may write data and ask for transitions.
LOGIC: constant(uint256) = 4
# Was an active penalty destination once; never cleared.
DESTINATION: constant(uint256) = 8
# 0x0, LINK, PoolOwners, timelock, factory, implementation, registry and pool data.
CORE: constant(uint256) = 16

ADDRESS_SHIFT: constant(uint256) = 8

# What an account that has delegated its code (EIP-7702) starts with; no deployed code can
# start with this first byte (EIP-3541).
DELEGATED: constant(Bytes[3]) = x"ef0100"
DELEGATED_SIZE: constant(uint256) = 23

rolesOf: HashMap[address, uint256]


@internal
def _mark(account: address, role: uint256):
    self.rolesOf[account] |= role


@internal
def _unmark(account: address, role: uint256):
    self.rolesOf[account] &= ~role


@internal
def _markNode(nodeAddress: address, store: address):
    self.rolesOf[nodeAddress] = convert(store, uint256) << ADDRESS_SHIFT | NODE


@view
@internal
def _has(account: address, role: uint256) -> bool:
    return self.rolesOf[account] & role != 0


@view
@internal
def _isFree(account: address) -> bool:
    """Has no part in the suite at all."""
    return self.rolesOf[account] == 0


@view
@internal
def _storageOf(nodeAddress: address) -> address:
    """0x0 for an address that is no node."""
    return convert(self.rolesOf[nodeAddress] >> ADDRESS_SHIFT, address)


@view
@internal
def _isDelegated(account: address) -> bool:
    """An EIP-7702 account: its key can change what it does at any time."""
    return account.codesize == DELEGATED_SIZE and slice(account.code, 0, 3) == DELEGATED
