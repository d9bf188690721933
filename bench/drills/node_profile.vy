# SPDX-License-Identifier: MIT
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title node_profile: an example of a kind of contract that the suite does not know yet
@notice What a node's operator says about the node. Kept in that node's own PoolStorage, so that a
        later version of this contract finds it. It can write there once it stands in the registry,
        under a name of its own; nothing else of the suite has to know that it exists.
"""

from interfaces import IPoolStorage
from interfaces import IPoolStorageFactory


event ProfileChanged:
    node: indexed(address)
    profile: String[256]


KEY: constant(bytes32) = keccak256("node.profile")

FACTORY: immutable(IPoolStorageFactory)


@deploy
def __init__(factory: address):
    """
    @param factory the PoolStorageFactory
    """
    FACTORY = IPoolStorageFactory(factory)


@external
def setProfile(nodeAddress: address, profile: String[256]):
    """
    @notice Operator only: says what the node is.
    @param nodeAddress the node
    @param profile any text
    """
    store: IPoolStorage = self._storage(nodeAddress)
    operator: address = staticcall store.operator()
    assert msg.sender == operator, "profile: caller is not operator"
    extcall store.setString(KEY, profile)
    log ProfileChanged(node=nodeAddress, profile=profile)


@view
@external
def profileOf(nodeAddress: address) -> String[1024]:
    """
    @param nodeAddress the node
    @return what its operator said last
    """
    return staticcall self._storage(nodeAddress).getString(KEY)


@view
@internal
def _storage(nodeAddress: address) -> IPoolStorage:
    return IPoolStorage(staticcall FACTORY.getStorageInstance(nodeAddress))
