# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title Node
@notice What owners, operators and stakers do with any node: checks who asks and tells the node's
        PoolStorage, which checks everything else itself. Keeps no data and holds no LINK.
        Amounts in juels (10**18 = 1 LINK), ratios in ppm (1_000_000 = 100 %).
        Whitepaper 6.1, Figures 5 and 8.
@custom:invariant-p1 withdrawStake pays its caller only
@custom:invariant-p4 raising what waits is announced here and applied by activate..., by anyone, after the delay
@custom:invariant-p10 anyone may distribute and activate
@custom:kill the timelock takes it out of the registry: every way out of PoolStorage stays open without it
"""

from interfaces import INode
from interfaces import IPoolStorage
from interfaces import IPoolStorageFactory

implements: INode


PPM: constant(uint256) = 1_000_000

# PoolStorage's numbers of its terms.
MAKERS_PERCENTAGE: constant(uint256) = 0
COST_CEILING: constant(uint256) = 1
OPERATIONS_WALLET: constant(uint256) = 2
OPERATIONAL_COST: constant(uint256) = 3
MINIMUM_PAYMENT: constant(uint256) = 4

FACTORY: immutable(IPoolStorageFactory)


@deploy
def __init__(factory: address):
    """
    @param factory the PoolStorageFactory
    """
    FACTORY = IPoolStorageFactory(factory)


# ---- The staker ----

@external
def withdrawStake(nodeAddress: address, amount: uint256) -> uint256:
    """
    @notice Pays the caller out of the caller's own stake. Whitepaper 6.1.2.2, Figure 8.
    @param nodeAddress the node
    @param amount juels, or 2**256-1 for all that can leave now
    @return juels paid
    """
    return extcall self._storage(nodeAddress).release(
        msg.sender, amount, skip_contract_check=True
    )


# ---- Anyone ----

@external
def distribute(nodeAddress: address) -> (uint256, uint256):
    """
    @notice Pays what is due to PoolOwners and to the operations wallet; stakers were credited by
            settling. Whitepaper 6.1.4.
    @param nodeAddress the node
    @return juels paid to PoolOwners, juels paid to the operations wallet
    """
    return extcall self._storage(nodeAddress).distribute(skip_contract_check=True)


@external
def activateMakersPercentage(nodeAddress: address):
    """
    @notice Applies an announced higher makers' percentage, once the delay is over and before it
            lapses, while there is an owner. What arrived before is shared at the old one.
    @param nodeAddress the node
    """
    extcall self._storage(nodeAddress).activateTerm(MAKERS_PERCENTAGE)


@external
def activateCostCeiling(nodeAddress: address):
    """
    @notice Applies an announced higher ceiling of the operational cost, once the delay is over and
            before it lapses, while there is an owner.
    @param nodeAddress the node
    """
    extcall self._storage(nodeAddress).activateTerm(COST_CEILING)


@external
def activateOperationsWallet(nodeAddress: address):
    """
    @notice Applies an announced operations wallet, once the delay is over and before it lapses,
            while there is an owner.
    @param nodeAddress the node
    """
    extcall self._storage(nodeAddress).activateTerm(OPERATIONS_WALLET)


# ---- Owner (the operator too where said) ----

@external
def setStakeLimit(nodeAddress: address, limit: uint256):
    """
    @notice Owner only: sets what the node takes at most. It never restricts a withdrawal.
    @param nodeAddress the node
    @param limit juels
    @dev Reverts: "node: caller is not owner".
    """
    self._onlyOwner()
    store: IPoolStorage = self._storage(nodeAddress)
    policy: IPoolStorage.Policy = staticcall store.policy()
    policy.limit = limit
    extcall store.setPolicy(policy)


@external
def setEnabled(nodeAddress: address, enabled: bool):
    """
    @notice The owner, or to disable the operator too: a disabled node takes no stakes and no
            requests. It never restricts a withdrawal.
    @param nodeAddress the node
    @param enabled whether the node works
    @dev Reverts: "node: caller is not owner", "node: not owner or operator".
    """
    store: IPoolStorage = self._storage(nodeAddress)
    if enabled:
        self._onlyOwner()
    else:
        self._onlyOwnerOrOperator(store)
    policy: IPoolStorage.Policy = staticcall store.policy()
    policy.enabled = enabled
    extcall store.setPolicy(policy)


@external
def setPrivate(nodeAddress: address, isPrivate: bool):
    """
    @notice Owner only: whether only allowed stakers may stake.
    @param nodeAddress the node
    @param isPrivate True for a private node
    @dev Reverts: "node: caller is not owner".
    """
    self._onlyOwner()
    store: IPoolStorage = self._storage(nodeAddress)
    policy: IPoolStorage.Policy = staticcall store.policy()
    policy.isPrivate = isPrivate
    extcall store.setPolicy(policy)


@external
def setStakerAllowed(nodeAddress: address, staker: address, allowed: bool):
    """
    @notice Owner only: who may stake while the node is private.
    @param nodeAddress the node
    @param staker any address
    @param allowed whether it may stake
    @dev Reverts: "node: caller is not owner".
    """
    self._onlyOwner()
    extcall self._storage(nodeAddress).setStakerAllowed(staker, allowed)


@external
def setMinimumStake(nodeAddress: address, minimum: uint256):
    """
    @notice Owner only: sets the smallest new position. It never restricts a withdrawal.
    @param nodeAddress the node
    @param minimum juels
    @dev Reverts: "node: caller is not owner".
    """
    self._onlyOwner()
    store: IPoolStorage = self._storage(nodeAddress)
    policy: IPoolStorage.Policy = staticcall store.policy()
    policy.minimumStake = minimum
    extcall store.setPolicy(policy)


@external
def setMakersPercentage(nodeAddress: address, ppm: uint256):
    """
    @notice Owner only: a lower share of the profit for PoolOwners works at once, a higher one is
            announced. What arrived before is shared at the old one.
    @param nodeAddress the node
    @param ppm share of the profit, at most 500_000
    @dev Reverts: "node: caller is not owner".
    """
    self._onlyOwner()
    extcall self._storage(nodeAddress).setTerm(MAKERS_PERCENTAGE, ppm)


@external
def setCostCeiling(nodeAddress: address, ppm: uint256):
    """
    @notice Owner only: a lower ceiling of the operational cost works at once, a higher one is
            announced.
    @param nodeAddress the node
    @param ppm share of a payment that the operational cost takes at most
    @dev Reverts: "node: caller is not owner".
    """
    self._onlyOwner()
    extcall self._storage(nodeAddress).setTerm(COST_CEILING, ppm)


@external
def setOperationalCost(nodeAddress: address, juels: uint256):
    """
    @notice Owner or operator, at once: what each answered request pays for running the node,
            within the ceiling. Whitepaper 6.1.4.
    @param nodeAddress the node
    @param juels cost of one request
    @dev Reverts: "node: not owner or operator".
    """
    store: IPoolStorage = self._storage(nodeAddress)
    self._onlyOwnerOrOperator(store)
    extcall store.setTerm(OPERATIONAL_COST, juels)


@external
def setMinimumPayment(nodeAddress: address, juels: uint256):
    """
    @notice Owner or operator, at once: the least that a request must pay.
    @param nodeAddress the node
    @param juels payment of one request
    @dev Reverts: "node: not owner or operator".
    """
    store: IPoolStorage = self._storage(nodeAddress)
    self._onlyOwnerOrOperator(store)
    extcall store.setTerm(MINIMUM_PAYMENT, juels)


@external
def setOperationsWallet(nodeAddress: address, wallet: address):
    """
    @notice Owner only: announces who is paid the operational cost.
    @param nodeAddress the node
    @param wallet any address that PoolStorage accepts
    @dev Reverts: "node: caller is not owner".
    """
    self._onlyOwner()
    extcall self._storage(nodeAddress).setTerm(OPERATIONS_WALLET, convert(wallet, uint256))


@external
def cancelAnnouncement(nodeAddress: address, term: uint256):
    """
    @notice Owner only, at once: forgets what was announced.
    @param nodeAddress the node
    @param term 0 makers' percentage, 1 cost ceiling, 2 operations wallet
    @dev Reverts: "node: caller is not owner".
    """
    self._onlyOwner()
    extcall self._storage(nodeAddress).cancelTerm(term)


# ---- Operator ----

@external
def sendPenalty(
    nodeAddress: address, target: address, amount: uint256, reference: bytes32
) -> uint256:
    """
    @notice Operator only: sends LINK of the stake to a whitelisted penalty contract, within the
            loss allowance. Whitepaper 6.1.3.2.
    @param nodeAddress the node
    @param target active penalty destination
    @param amount juels
    @param reference word that names the penalty at the target, used once
    @return id of the record
    @dev Reverts: "node: caller is not operator".
    """
    store: IPoolStorage = self._storage(nodeAddress)
    operator: address = staticcall store.operator()
    assert msg.sender == operator, "node: caller is not operator"
    return extcall store.sendPenalty(target, amount, reference)


# ---- Views ----

@view
@external
def pendingDistribution(nodeAddress: address) -> (uint256, uint256, uint256):
    """
    @notice What distribute() would pay now, and what the stakers would be credited by it.
            Whitepaper 6.1.4.
    @param nodeAddress the node
    @return juels for the operations wallet, juels for PoolOwners, juels for the stakers together
    """
    store: IPoolStorage = self._storage(nodeAddress)
    income: uint256 = staticcall store.pendingIncome()
    cut: uint256 = income
    # Without a staker all of it is the owners' (P8).
    if staticcall store.totalShares() != 0:
        cut = income * staticcall store.makersPercentage() // PPM
    due: uint256 = staticcall store.ownersDue() + cut
    pledged: uint256 = staticcall store.ownersPledged()
    return staticcall store.operationsDue(), due - min(due, pledged), income - cut


@view
@external
def penaltyCount(nodeAddress: address) -> uint256:
    """
    @notice How many penalties the node ever sent.
    @param nodeAddress the node
    @return number of records
    """
    return staticcall self._storage(nodeAddress).penaltyCount()


@view
@external
def penaltyAt(nodeAddress: address, index: uint256) -> IPoolStorage.Penalty:
    """
    @notice One penalty as recorded.
    @param nodeAddress the node
    @param index from 0 to penaltyCount() - 1
    @return the record; amounts in juels, weight in ppm
    @dev Reverts: "node: index out of range".
    """
    store: IPoolStorage = self._storage(nodeAddress)
    count: uint256 = staticcall store.penaltyCount()
    assert index < count, "node: index out of range"
    return staticcall store.penaltyById(index + 1)


@view
@external
def allowStake(nodeAddress: address, staker: address, amount: uint256) -> bool:
    """
    @notice Asked by a PoolStorage whose policy says so. It can only refuse a stake; this version
            refuses none, a later one may.
    @param nodeAddress the node
    @param staker who would be credited
    @param amount juels
    @return True
    """
    return True


@view
@external
def factory() -> address:
    """
    @notice The PoolStorageFactory.
    @return its address
    """
    return FACTORY.address


# ---- Internal ----

@view
@internal
def _storage(nodeAddress: address) -> IPoolStorage:
    return IPoolStorage(
        staticcall FACTORY.getStorageInstance(nodeAddress, skip_contract_check=True)
    )


@view
@internal
def _onlyOwner():
    # The owner is never 0x0 here: nobody calls from 0x0.
    assert msg.sender == staticcall FACTORY.owner(), "node: caller is not owner"


@view
@internal
def _onlyOwnerOrOperator(store: IPoolStorage):
    if msg.sender != staticcall store.operator():
        assert msg.sender == staticcall FACTORY.owner(), "node: not owner or operator"
