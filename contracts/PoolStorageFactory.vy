# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
# pragma evm-version prague
# pragma optimize gas
"""
@title PoolStorageFactory
@notice Creates every node's PoolStorage and finds it again, keeps which contract of the suite is
        in use, and the whitelist of penalty destinations. Immutable itself. Holds no LINK.
        Times in unix seconds. Whitepaper 6.1, 6.1.2, 6.1.3.2 and 6.4.2.
@custom:invariant-p4 after seal() a contract of the suite changes through the timelock only, into the code that was announced, and a penalty destination works only after the delay, before it lapses, while there is an owner
@custom:invariant-p5 the whitelist is public, enumerable and can be narrowed at once; a target has lasting code of its own, answers with this LINK, and is refused at every send once its code differs from what was announced
@custom:invariant-p16 LINK and PoolOwners are immutables, the whitelist is native state of this contract: no logic can write any of them
@custom:invariant-p17 a node's PoolStorage, once created, is found here for ever: the list is append-only
@custom:kill removeDestination() takes a penalty destination away at once; nothing here can stop a withdrawal
"""

from interfaces import IPoolStorage
from interfaces import IPoolStorageFactory
from interfaces import ITimelock
from modules import destinations
from modules import registry

implements: IPoolStorageFactory

initializes: registry
initializes: destinations[registry := registry]


LINK: immutable(address)
POOL_OWNERS: immutable(address)
TIMELOCK: immutable(address)
DELAY: immutable(uint256)
DEPLOYER: immutable(address)

# The code that every PoolStorage runs; its address is written once.
template: address
# The PoolStorage instance that holds the addresses of the suite: written by this contract only.
registryStore: address
# The PoolStorage instance without a node: the pool's own data, written by logic.
dataStore: address
closed: bool

stores: HashMap[uint256, address]
storeCount: uint256


@deploy
def __init__(link: address, poolOwners: address, timelock: address):
    """
    @param link Chainlink's LinkToken
    @param poolOwners where every node's makers' fees go
    @param timelock holder of the owner and of the delay
    """
    assert link.is_contract, "factory: no LINK"
    assert poolOwners.is_contract, "factory: no PoolOwners"
    LINK = link
    POOL_OWNERS = poolOwners
    TIMELOCK = timelock
    DELAY = staticcall ITimelock(timelock).delay()
    DEPLOYER = msg.sender
    for account: address in [empty(address), link, poolOwners, timelock, self]:
        registry._mark(account, registry.CORE)


# ---- Deployer, until sealed ----

@external
def initialise(implementation: address):
    """
    @notice Deployer only, once: takes the code of every PoolStorage and creates the two
            instances without a node, `poolStorage()` and `poolData()`.
    @param implementation a PoolStorage deployed for this factory
    @dev Reverts: "factory: caller is not deployer", "factory: already initialised",
         "factory: another factory's code", "factory: address is taken".
    """
    assert msg.sender == DEPLOYER, "factory: caller is not deployer"
    assert self.template == empty(address), "factory: already initialised"
    assert registry._isFree(implementation), "factory: address is taken"
    ours: address = staticcall IPoolStorage(implementation).factory()
    assert ours == self, "factory: another factory's code"

    self.template = implementation
    self.registryStore = create_minimal_proxy_to(implementation)
    self.dataStore = create_minimal_proxy_to(implementation)
    for account: address in [implementation, self.registryStore, self.dataStore]:
        registry._mark(account, registry.CORE)
    for store: address in [self.registryStore, self.dataStore]:
        extcall IPoolStorage(store).initialise(empty(IPoolStorage.NodeTerms))


@external
def seal():
    """
    @notice Deployer only, once, for ever: from here on only the timelock writes the registry, the
            deployer has no power left, and nodes can be created.
    @dev Reverts: "factory: caller is not deployer", "factory: not initialised",
         "factory: already sealed".
    """
    assert msg.sender == DEPLOYER, "factory: caller is not deployer"
    assert self.template != empty(address), "factory: not initialised"
    assert not self.closed, "factory: already sealed"
    self.closed = True
    log IPoolStorageFactory.Sealed(registry=self.registryStore)


# ---- Deployer until sealed, then the timelock only ----

@external
def setContract(name: String[32], new: address, codeHash: bytes32):
    """
    @notice Puts a contract of the suite in place of another, for every node at once; the old one
            is powerless from then on. Any name works, a kind of contract unknown today included.
            Whitepaper 6.4.2.
    @param name its name as in the whitepaper's Figure 5, 1 to 32 bytes
    @param new contract that serves under this name only and has no other part in the suite;
           0x0 leaves the name empty
    @param codeHash of the code at `new`, so that what is announced is code and not an address;
           empty where `new` is 0x0
    @dev Reverts: "factory: caller is not timelock", "factory: caller is not deployer",
         "factory: not initialised", "factory: empty name", "factory: same contract",
         "factory: address is taken", "factory: no code", "factory: delegated account",
         "factory: other code".
    """
    if self.closed:
        assert msg.sender == TIMELOCK, "factory: caller is not timelock"
    else:
        assert msg.sender == DEPLOYER, "factory: caller is not deployer"
    assert self.registryStore != empty(address), "factory: not initialised"
    assert len(name) != 0, "factory: empty name"
    old: address = self._contract(name)
    assert new != old, "factory: same contract"

    store: IPoolStorage = IPoolStorage(self.registryStore)
    if old != empty(address):
        registry._unmark(old, registry.LOGIC)
        extcall store.deleteBool(self._logicKey(old))
    if new == empty(address):
        assert codeHash == empty(bytes32), "factory: other code"
        extcall store.deleteAddress(self._contractKey(name))
    else:
        assert registry._isFree(new), "factory: address is taken"
        assert new.is_contract, "factory: no code"
        assert not registry._isDelegated(new), "factory: delegated account"
        assert new.codehash == codeHash, "factory: other code"
        registry._mark(new, registry.LOGIC)
        extcall store.setBool(self._logicKey(new), True)
        extcall store.setAddress(self._contractKey(name), new)
    log IPoolStorageFactory.ContractChanged(name=name, old=old, new=new)


# ---- NodeFactory ----

@external
def createStorage(terms: IPoolStorage.NodeTerms) -> address:
    """
    @notice NodeFactory only, once sealed: creates and initialises a node's PoolStorage. An
            address has one for ever.
    @param terms what the node starts with; amounts in juels, ratios in ppm
    @return address of the new PoolStorage
    @dev Reverts: "factory: not sealed", "factory: caller not NodeFactory",
         "factory: address is taken", "factory: node is a contract", and what PoolStorage says of
         the terms.
    """
    assert self.closed, "factory: not sealed"
    assert msg.sender == self._contract("NodeFactory"), "factory: caller not NodeFactory"
    assert registry._isFree(terms.nodeAddress), "factory: address is taken"
    # A node's own address is a key. A contract so marked could never ask a node, serve or be whitelisted.
    assert not terms.nodeAddress.is_contract, "factory: node is a contract"

    store: address = create_minimal_proxy_to(self.template)
    index: uint256 = self.storeCount
    self.stores[index] = store
    self.storeCount = index + 1
    # In this order: a node that names its own future storage must not take that mark away.
    registry._markNode(terms.nodeAddress, store)
    registry._mark(store, registry.STORAGE)
    extcall IPoolStorage(store).initialise(terms)
    log IPoolStorageFactory.StorageCreated(node=terms.nodeAddress, store=store, index=index)
    return store


# ---- Owner ----

@external
def announceDestination(target: address):
    """
    @notice Owner only: announces a penalty contract; it can be activated once the delay is over.
            A lapsed announcement may be repeated. Whitepaper 6.1.3.2.
    @param target contract with at least 128 bytes of code of its own (no EIP-7702 account, no
           EIP-1167 proxy) whose getChainlinkToken() is this LINK and that has no other part in
           the suite
    @dev Reverts: "factory: caller is not owner", "factory: already a destination",
         "factory: already announced", "factory: address is taken", "factory: no code",
         "factory: delegated account", "factory: proxy", "factory: not for this LINK".
    """
    self._onlyOwner()
    destinations._announce(target, LINK, DELAY)


@external
def removeDestination(target: address):
    """
    @notice Owner only, at once: no penalty leaves for this target any more, announced or active.
            What it holds can still come back. Whitepaper 6.1.3.2.
    @param target destination to be removed
    @dev Reverts: "factory: caller is not owner", "factory: unknown destination".
    """
    self._onlyOwner()
    destinations._remove(target)


# ---- Anyone ----

@external
def activateDestination(target: address):
    """
    @notice Anyone: activates an announced destination after the delay, within 14 days, while
            there is an owner, if it still is what was announced. Whitepaper 6.1.3.2.
    @param target announced destination
    @dev Reverts: "factory: no owner", "factory: not announced", "factory: not ready",
         "factory: announcement lapsed", "factory: code changed", and what announcing says of
         the target.
    """
    assert self._owner() != empty(address), "factory: no owner"
    destinations._activate(target, LINK)


# ---- Views: the suite ----

@view
@external
def getStorageInstance(nodeAddress: address) -> address:
    """
    @notice The PoolStorage of a node. Whitepaper 6.1.2.2.
    @param nodeAddress the node's own address
    @return its PoolStorage, for ever the same
    @dev Reverts: "factory: unknown node".
    """
    store: address = registry._storageOf(nodeAddress)
    assert store != empty(address), "factory: unknown node"
    return store


@view
@external
def poolStorage() -> address:
    """
    @notice The instance that holds the suite's addresses (the registry), under the keys
            keccak256("contract." + name) and keccak256("logic." + 20 address bytes).
            Whitepaper 6.4.2.
    @return a PoolStorage that only this contract writes and that takes no LINK
    """
    return self.registryStore


@view
@external
def poolData() -> address:
    """
    @notice The instance that holds the pool's own data, so that replacing LinkPool re-maps
            nothing. Whitepaper 6.1.2.
    @return a PoolStorage without a node whose data any logic contract may write
    """
    return self.dataStore


@view
@external
def getContract(name: String[32]) -> address:
    """
    @notice The contract in use under a name, as the registry has it.
    @param name for instance "Node"
    @return its address, 0x0 where the name is empty
    """
    return self._contract(name)


@view
@external
def isLogic(account: address) -> bool:
    """
    @notice Whether a contract of the suite in use: it may write data and policy and ask a
            PoolStorage for transitions.
    @param account any address
    @return True if so
    """
    return registry._has(account, registry.LOGIC)


@view
@external
def isStorage(account: address) -> bool:
    """
    @notice Whether a node's PoolStorage. The two instances without a node are not.
    @param account any address
    @return True if so
    """
    return registry._has(account, registry.STORAGE)


@view
@external
def isBarred(account: address) -> bool:
    """
    @notice Whether an address has any part in the suite, now or (destinations) ever: such a one
            can hold no stake and be no consumer. 0x0 is barred.
    @param account any address
    @return True if so
    """
    return registry.rolesOf[account] != 0


@view
@external
def storageCount() -> uint256:
    """
    @notice How many nodes were created.
    @return number of nodes; it never falls
    """
    return self.storeCount


@view
@external
def storageAt(index: uint256) -> address:
    """
    @notice The PoolStorage of the node created after `index` others.
    @param index from 0 to storageCount() - 1
    @return its address
    @dev Reverts: "factory: index out of range".
    """
    assert index < self.storeCount, "factory: index out of range"
    return self.stores[index]


# ---- Views: penalty destinations ----

@view
@external
def isDestination(target: address) -> bool:
    """
    @notice Whether a penalty may leave for this target now: active, and its code is still the
            code that was announced. Asked at every send. Whitepaper 6.1.3.2.
    @param target any address
    @return True if so
    """
    return destinations._isActive(target)


@view
@external
def destination(target: address) -> IPoolStorageFactory.Destination:
    """
    @notice What is recorded of a target. Whitepaper 6.1.3.2.
    @param target any address
    @return state 0 (unknown or removed), 1 (announced; activable from ready to lapse) or 2
            (active), and the code hash it must keep
    """
    return destinations._destination(target)


@view
@external
def destinationCount() -> uint256:
    """
    @notice How many different targets were ever announced.
    @return number of entries of the list; it never falls
    """
    return destinations.count


@view
@external
def destinationAt(index: uint256) -> IPoolStorageFactory.Destination:
    """
    @notice One entry of the list of all targets ever announced, removed ones included.
    @param index from 0 to destinationCount() - 1
    @return as destination()
    @dev Reverts: "factory: index out of range".
    """
    return destinations._destinationAt(index)


# ---- Views: constants of the suite ----

@view
@external
def owner() -> address:
    """
    @notice The one owner of the suite, who lives in the timelock.
    @return its address, 0x0 once renounced
    """
    return self._owner()


@view
@external
def delay() -> uint256:
    """
    @notice Seconds that every new power waits.
    @return seconds
    """
    return DELAY


@view
@external
def timelock() -> address:
    """
    @notice The timelock: the only writer of the registry once sealed.
    @return its address
    """
    return TIMELOCK


@view
@external
def link() -> address:
    """
    @notice Chainlink's LinkToken.
    @return its address
    """
    return LINK


@view
@external
def poolOwners() -> address:
    """
    @notice Where every node's makers' fees go.
    @return its address
    """
    return POOL_OWNERS


@view
@external
def implementation() -> address:
    """
    @notice The code that every PoolStorage runs.
    @return its address, 0x0 before initialise()
    """
    return self.template


@view
@external
def isSealed() -> bool:
    """
    @notice Whether the deployer has given up every power.
    @return True if so, for ever
    """
    return self.closed


# ---- Internal ----

@view
@internal
def _owner() -> address:
    return staticcall ITimelock(TIMELOCK).owner()


@view
@internal
def _onlyOwner():
    # The owner is never 0x0 here: nobody calls from 0x0.
    assert msg.sender == self._owner(), "factory: caller is not owner"


@view
@internal
def _contract(name: String[32]) -> address:
    return staticcall IPoolStorage(self.registryStore).getAddress(self._contractKey(name))


@pure
@internal
def _contractKey(name: String[32]) -> bytes32:
    return keccak256(concat("contract.", name))


@pure
@internal
def _logicKey(account: address) -> bytes32:
    return keccak256(concat(b"logic.", convert(account, bytes20)))
