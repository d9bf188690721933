# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title LinkPool
@notice Entry point: who may create nodes, and everything about them in one call. Keeps its data in
        the pool's own PoolStorage and holds no LINK. Amounts in juels (10**18 = 1 LINK), ratios
        in ppm (1_000_000 = 100 %). Whitepaper 6.1, Figure 5.
@custom:invariant-p4 an operator joins the creator's list only after the delay, before it lapses, while there is an owner, and leaves it at once
@custom:invariant-p5 the whitelist can be read here, page by page
@custom:kill the timelock takes it out of the registry: no new nodes, nothing else changes
"""

from interfaces import ILinkPool
from interfaces import INodeFactory
from interfaces import IPoolStorage
from interfaces import IPoolStorageFactory
from modules import pool_data

implements: ILinkPool

initializes: pool_data


# Seconds in which a ready announcement can be activated.
GRACE: constant(uint256) = 14 * 86400
DAY: constant(uint256) = 86400
MOST_DAILY: constant(uint256) = 1000
PAGE: constant(uint256) = 100
# More than all LINK there is; the widest limit that a PoolStorage keeps.
HIGHEST_LIMIT: constant(uint256) = 2**90 - 1

FACTORY: immutable(IPoolStorageFactory)


@deploy
def __init__(factory: address):
    """
    @param factory the PoolStorageFactory
    """
    FACTORY = IPoolStorageFactory(factory)
    pool_data.__init__(factory)


# ---- Owner, or the creator within its daily number ----

@external
def createNode(
    nodeAddress: address, operator: address, stakeLimit: uint256, isPrivate: bool
) -> address:
    """
    @notice Owner, or the creator within its daily number: creates a node with the default terms.
            The creator names only operators of the owner's list and creates only public nodes
            with the owner's `creatorLimit()`. An approved address is created as approved or not
            at all. Whitepaper 6.1.
    @param nodeAddress the node's own address, new to the suite
    @param operator the person or company behind the node
    @param stakeLimit juels that the node takes at most
    @param isPrivate whether only allowed stakers may stake
    @return the node's PoolStorage
    @dev Reverts: "pool: not owner or creator", "pool: daily number reached",
         "pool: operator not on the list", "pool: not the creator's terms", "pool: not as approved",
         "pool: no owner", "pool: no NodeFactory", and what NodeFactory ("creation: ...") and
         PoolStorageFactory say.
    """
    if msg.sender != staticcall FACTORY.owner():
        self._useCreator(operator, stakeLimit, isPrivate)

    approval: ILinkPool.Approval = pool_data._approval(nodeAddress)
    if approval.operator != empty(address):
        assert (
            approval.operator == operator
            and approval.limit == stakeLimit
            and approval.isPrivate == isPrivate
        ), "pool: not as approved"
        return self._createApproved(nodeAddress, approval)
    return self._create(nodeAddress, operator, stakeLimit, isPrivate)


# ---- Owner ----

@external
def approveNode(nodeAddress: address, operator: address, stakeLimit: uint256, isPrivate: bool):
    """
    @notice Owner only: approves a node before its first boot, in place of an earlier approval of
            the same address. Whitepaper 6.1.
    @param nodeAddress the node's own address, new to the suite
    @param operator the person or company behind the node
    @param stakeLimit juels that the node takes at most
    @param isPrivate whether only allowed stakers may stake
    @dev Reverts: "pool: caller is not owner", "pool: address is taken", "pool: limit too high",
         "pool: operator is the node", "pool: operator is barred".
    """
    self._onlyOwner()
    assert not staticcall FACTORY.isBarred(nodeAddress), "pool: address is taken"
    assert operator != nodeAddress, "pool: operator is the node"
    assert not staticcall FACTORY.isBarred(operator), "pool: operator is barred"
    assert stakeLimit <= HIGHEST_LIMIT, "pool: limit too high"
    pool_data._setApproval(
        nodeAddress,
        ILinkPool.Approval(operator=operator, limit=stakeLimit, isPrivate=isPrivate),
    )
    log ILinkPool.NodeApproved(
        node=nodeAddress, operator=operator, limit=stakeLimit, isPrivate=isPrivate
    )


@external
def revokeApproval(nodeAddress: address):
    """
    @notice Owner only, at once: takes an approval back.
    @param nodeAddress approved and not yet created
    @dev Reverts: "pool: caller is not owner", "pool: not approved".
    """
    self._onlyOwner()
    approval: ILinkPool.Approval = pool_data._approval(nodeAddress)
    assert approval.operator != empty(address), "pool: not approved"
    pool_data._deleteApproval(nodeAddress)
    log ILinkPool.NodeApprovalRevoked(node=nodeAddress)


@external
def setCreator(creator: address, daily: uint256):
    """
    @notice Owner only, at once: names the key that may create nodes, and how many a day (days of
            UTC). Today's number starts again.
    @param creator the keeper's key, 0x0 for none
    @param daily nodes a day, at most 1000
    @dev Reverts: "pool: caller is not owner", "pool: daily number too high".
    """
    self._onlyOwner()
    assert daily <= MOST_DAILY, "pool: daily number too high"
    old: pool_data.Creator = pool_data._creator()
    pool_data._setCreator(pool_data.Creator(account=creator, daily=daily, day=0, used=0))
    log ILinkPool.CreatorChanged(old=old.account, new=creator, daily=daily)


@external
def setCreatorLimit(stakeLimit: uint256):
    """
    @notice Owner only, at once: sets the stake limit of nodes that the creator creates.
    @param stakeLimit juels
    @dev Reverts: "pool: caller is not owner", "pool: limit too high".
    """
    self._onlyOwner()
    assert stakeLimit <= HIGHEST_LIMIT, "pool: limit too high"
    old: uint256 = pool_data._creatorLimit()
    pool_data._setCreatorLimit(stakeLimit)
    log ILinkPool.CreatorLimitChanged(old=old, new=stakeLimit)


@external
def announceOperator(operator: address):
    """
    @notice Owner only: announces an operator whom the creator may name once the delay is over. A
            lapsed announcement may be repeated.
    @param operator a person's or company's address
    @dev Reverts: "pool: caller is not owner", "pool: operator is barred",
         "pool: already an operator", "pool: already announced".
    """
    self._onlyOwner()
    assert not staticcall FACTORY.isBarred(operator), "pool: operator is barred"
    state: uint256 = pool_data._operator(operator)
    assert state != pool_data.LISTED, "pool: already an operator"
    assert state == 0 or block.timestamp > state + GRACE, "pool: already announced"

    ready: uint256 = block.timestamp + staticcall FACTORY.delay()
    pool_data._setOperator(operator, ready)
    log ILinkPool.OperatorAnnounced(operator=operator, ready=ready, lapse=ready + GRACE)


@external
def removeOperator(operator: address):
    """
    @notice Owner only, at once: the creator may not name this operator any more. Nodes that exist
            are not touched.
    @param operator announced or active
    @dev Reverts: "pool: caller is not owner", "pool: unknown operator".
    """
    self._onlyOwner()
    assert pool_data._operator(operator) != 0, "pool: unknown operator"
    pool_data._deleteOperator(operator)
    log ILinkPool.OperatorRemoved(operator=operator)


# ---- Anyone ----

@external
def activateOperator(operator: address):
    """
    @notice Anyone: puts an announced operator on the list after the delay, within 14 days, while
            there is an owner.
    @param operator announced operator
    @dev Reverts: "pool: not announced", "pool: not ready", "pool: announcement lapsed",
         "pool: no owner".
    """
    ready: uint256 = pool_data._operator(operator)
    assert ready > pool_data.LISTED, "pool: not announced"
    assert block.timestamp >= ready, "pool: not ready"
    assert block.timestamp <= ready + GRACE, "pool: announcement lapsed"
    self._needsOwner()
    pool_data._setOperator(operator, pool_data.LISTED)
    log ILinkPool.OperatorActivated(operator=operator)


# ---- The node's own key ----

@external
def registerNode() -> address:
    """
    @notice The node's own key, at first boot: creates the node as approved, while there is an
            owner. Whitepaper 6.1.
    @return the node's PoolStorage
    @dev Reverts: "pool: not approved", "pool: no owner", "pool: no NodeFactory", and what
         NodeFactory ("creation: ...") and PoolStorageFactory say.
    """
    approval: ILinkPool.Approval = pool_data._approval(msg.sender)
    assert approval.operator != empty(address), "pool: not approved"
    return self._createApproved(msg.sender, approval)


# ---- Views: nodes ----

@view
@external
def getNode(nodeAddress: address) -> ILinkPool.NodeInfo:
    """
    @notice Everything about one node.
    @param nodeAddress the node's own address
    @return see NodeInfo
    @dev Reverts: "factory: unknown node".
    """
    store: IPoolStorage = self._storage(nodeAddress)
    policy: IPoolStorage.Policy = staticcall store.policy()
    open: DynArray[uint256, 10] = staticcall store.openPenalties()
    return ILinkPool.NodeInfo(
        nodeAddress=nodeAddress,
        poolStorage=store.address,
        operator=staticcall store.operator(),
        operationsWallet=staticcall store.operationsWallet(),
        enabled=policy.enabled,
        isPrivate=policy.isPrivate,
        limit=policy.limit,
        minimumStake=policy.minimumStake,
        totalStaked=staticcall store.totalStaked(),
        liquid=staticcall store.liquid(),
        atRisk=staticcall store.atRisk(),
        stakers=staticcall store.stakerCount(),
        pendingIncome=staticcall store.pendingIncome(),
        ownersDue=staticcall store.ownersDue(),
        operationsDue=staticcall store.operationsDue(),
        escrowed=staticcall store.escrowed(),
        makersPercentage=staticcall store.makersPercentage(),
        operationalCost=staticcall store.operationalCost(),
        minimumPayment=staticcall store.minimumPayment(),
        openPenalties=len(open),
        lossAllowance=staticcall store.lossAllowance(),
    )


@view
@external
def getNodes(offset: uint256, limit: uint256) -> DynArray[address, 100]:
    """
    @notice A page of the nodes' own addresses, in the order of creation.
    @param offset how many to skip
    @param limit size of the page; more than 100 gives 100
    @return at most `limit` addresses, fewer only at the end
    """
    page: DynArray[address, PAGE] = []
    size: uint256 = self._pageSize(staticcall FACTORY.storageCount(), offset, limit)
    for i: uint256 in range(size, bound=PAGE):
        store: address = staticcall FACTORY.storageAt(offset + i)
        page.append(staticcall IPoolStorage(store).nodeAddress())
    return page


@view
@external
def nodeCount() -> uint256:
    """
    @notice How many nodes there are.
    @return number of nodes; it never falls
    """
    return staticcall FACTORY.storageCount()


@view
@external
def getStake(nodeAddress: address, staker: address) -> uint256:
    """
    @notice A staker's stake on a node as booked; pending income is not in it.
    @param nodeAddress the node's own address
    @param staker any address
    @return juels
    @dev Reverts: "factory: unknown node".
    """
    return staticcall self._storage(nodeAddress).stakeOf(staker)


# ---- Views: penalty destinations ----

@view
@external
def whitelist(offset: uint256, limit: uint256) -> DynArray[address, 100]:
    """
    @notice Penalty destinations that LINK can leave for now, among `limit` entries of the
            factory's list of all targets ever announced (`destinationCount()`, `destinationAt(i)`).
            Whitepaper 6.1.3.2.
    @param offset how many entries of that list to skip
    @param limit how many entries to look at; more than 100 gives 100
    @return those of them that are active with the code that was announced
    """
    page: DynArray[address, PAGE] = []
    size: uint256 = self._pageSize(staticcall FACTORY.destinationCount(), offset, limit)
    for i: uint256 in range(size, bound=PAGE):
        entry: IPoolStorageFactory.Destination = staticcall FACTORY.destinationAt(offset + i)
        if staticcall FACTORY.isDestination(entry.target):
            page.append(entry.target)
    return page


@view
@external
def isWhitelisted(target: address) -> bool:
    """
    @notice Whether LINK can leave for a target now. Whitepaper 6.1.3.2.
    @param target any address
    @return True if it is active with the code that was announced
    """
    return staticcall FACTORY.isDestination(target)


# ---- Views: who may create ----

@view
@external
def approvalOf(nodeAddress: address) -> ILinkPool.Approval:
    """
    @notice What the owner approved for an address and is not yet created.
    @param nodeAddress any address
    @return operator 0x0 where nothing is approved; limit in juels
    """
    return pool_data._approval(nodeAddress)


@view
@external
def creator() -> address:
    """
    @notice The key that may create nodes besides the owner.
    @return its address, 0x0 for none
    """
    creator: pool_data.Creator = pool_data._creator()
    return creator.account


@view
@external
def creatorAllowance() -> uint256:
    """
    @notice How many nodes the creator may still create today (UTC).
    @return number of nodes
    """
    return self._left(pool_data._creator())


@view
@external
def creatorLimit() -> uint256:
    """
    @notice The stake limit that nodes of the creator have.
    @return juels; 0 until the owner sets it
    """
    return pool_data._creatorLimit()


@view
@external
def isOperator(operator: address) -> bool:
    """
    @notice Whether the creator may name this operator.
    @param operator any address
    @return True if so
    """
    return pool_data._operator(operator) == pool_data.LISTED


@view
@external
def operatorReady(operator: address) -> uint256:
    """
    @notice From when on an announced operator can be activated, for 14 days.
    @param operator any address
    @return unix second; 0 where nothing is announced
    """
    state: uint256 = pool_data._operator(operator)
    if state == pool_data.LISTED:
        return 0
    return state


@view
@external
def factory() -> address:
    """
    @notice The PoolStorageFactory.
    @return its address
    """
    return FACTORY.address


# ---- Internal ----

@internal
def _useCreator(operator: address, stakeLimit: uint256, isPrivate: bool):
    """Counts one creation by the creator; anybody else may not create."""
    creator: pool_data.Creator = pool_data._creator()
    assert msg.sender == creator.account, "pool: not owner or creator"
    left: uint256 = self._left(creator)
    assert left != 0, "pool: daily number reached"
    assert pool_data._operator(operator) == pool_data.LISTED, "pool: operator not on the list"
    ordinary: bool = stakeLimit == pool_data._creatorLimit() and not isPrivate
    assert ordinary, "pool: not the creator's terms"

    creator.day = block.timestamp // DAY
    creator.used = creator.daily - left + 1
    pool_data._setCreator(creator)


@internal
def _createApproved(nodeAddress: address, approval: ILinkPool.Approval) -> address:
    """Uses an approval up; what is pending does not work without an owner."""
    self._needsOwner()
    pool_data._deleteApproval(nodeAddress)
    return self._create(nodeAddress, approval.operator, approval.limit, approval.isPrivate)


@internal
def _create(
    nodeAddress: address, operator: address, stakeLimit: uint256, isPrivate: bool
) -> address:
    nodeFactory: address = staticcall FACTORY.getContract("NodeFactory")
    assert nodeFactory != empty(address), "pool: no NodeFactory"
    return extcall INodeFactory(nodeFactory).createNode(
        nodeAddress, operator, stakeLimit, isPrivate
    )


@view
@internal
def _left(creator: pool_data.Creator) -> uint256:
    if creator.day != block.timestamp // DAY:
        return creator.daily
    return creator.daily - creator.used


@pure
@internal
def _pageSize(count: uint256, offset: uint256, limit: uint256) -> uint256:
    if offset >= count:
        return 0
    return min(min(count - offset, limit), PAGE)


@view
@internal
def _storage(nodeAddress: address) -> IPoolStorage:
    return IPoolStorage(staticcall FACTORY.getStorageInstance(nodeAddress))


@view
@internal
def _onlyOwner():
    # The owner is never 0x0 here: nobody calls from 0x0.
    assert msg.sender == staticcall FACTORY.owner(), "pool: caller is not owner"


@view
@internal
def _needsOwner():
    assert staticcall FACTORY.owner() != empty(address), "pool: no owner"
