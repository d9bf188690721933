# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title NodeFactory
@notice The logic that creates a node: fixes the terms that every node starts with. Keeps no data
        and holds no LINK. Amounts in juels (10**18 = 1 LINK), ratios in ppm (1_000_000 = 100 %).
        Whitepaper 6.1, Figure 5.
@custom:kill the timelock takes it out of the registry: no new nodes, nothing else changes
"""

from interfaces import INodeFactory
from interfaces import IPoolStorage
from interfaces import IPoolStorageFactory

implements: INodeFactory


# Defaults: 50 % of the minimum payment runs the node, 25 % of what is left is the makers'.
MAKERS_PERCENTAGE: constant(uint256) = 250_000
COST_CEILING: constant(uint256) = 500_000
MINIMUM_PAYMENT: constant(uint256) = 10**17
OPERATIONAL_COST: constant(uint256) = 5 * 10**16
MINIMUM_STAKE: constant(uint256) = 10**18

FACTORY: immutable(IPoolStorageFactory)


@deploy
def __init__(factory: address):
    """
    @param factory the PoolStorageFactory
    """
    FACTORY = IPoolStorageFactory(factory)


@external
def createNode(
    nodeAddress: address, operator: address, stakeLimit: uint256, isPrivate: bool
) -> address:
    """
    @notice LinkPool only: creates a node with the default terms. The operations wallet is the
            operator at first. Whitepaper 6.1.
    @param nodeAddress the node's own address, new to the suite
    @param operator the person or company behind the node; never the node's own key
    @param stakeLimit juels that the node takes at most
    @param isPrivate whether only allowed stakers may stake
    @return the node's PoolStorage
    @dev Reverts: "creation: caller is not LinkPool", "creation: operator is the node",
         "creation: operator is barred", and what the factory and PoolStorage say.
    """
    linkPool: address = staticcall FACTORY.getContract("LinkPool")
    assert msg.sender == linkPool, "creation: caller is not LinkPool"
    assert operator != nodeAddress, "creation: operator is the node"
    barred: bool = staticcall FACTORY.isBarred(operator)
    assert not barred, "creation: operator is barred"

    store: address = extcall FACTORY.createStorage(
        IPoolStorage.NodeTerms(
            nodeAddress=nodeAddress,
            operator=operator,
            operationsWallet=operator,
            isPrivate=isPrivate,
            limit=stakeLimit,
            minimumStake=MINIMUM_STAKE,
            minimumPayment=MINIMUM_PAYMENT,
            operationalCost=OPERATIONAL_COST,
            costCeiling=COST_CEILING,
            makersPercentage=MAKERS_PERCENTAGE,
        )
    )
    log INodeFactory.NodeCreated(
        node=nodeAddress, store=store, operator=operator, limit=stakeLimit, isPrivate=isPrivate
    )
    return store


@view
@external
def factory() -> address:
    """
    @notice The PoolStorageFactory.
    @return its address
    """
    return FACTORY.address
