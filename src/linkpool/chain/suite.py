# SPDX-License-Identifier: MIT
"""The whole suite behind one address: the factory knows every other contract, as of today's
registry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import is_created_by
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import (
    Aggregator,
    LinkPool,
    LinkToken,
    Node,
    NodeFactory,
    NodeStaking,
    Penalties,
    PoolOwners,
    PoolStorage,
    PoolStorageFactory,
    Reputation,
    ServiceAgreements,
    Timelock,
)
from linkpool.chain.facts import NodeState, StakeState
from linkpool.errors import CheckFailed, TxReverted, UsageError

# A factory's first two creations are the registry and the pool's data.
_FIRST_STORAGE = 3
# Far above what a pool can have; a count that an endpoint invents ends somewhere.
_MOST_STORAGES = 100_000


@dataclass(frozen=True, slots=True)
class Suite:
    """Bindings of one deployment, logic contracts as registered when it was opened."""

    connection: Connection
    factory: PoolStorageFactory
    link: LinkToken
    owners: PoolOwners
    timelock: Timelock
    link_pool: LinkPool
    node_factory: NodeFactory
    node: Node
    node_staking: NodeStaking

    @classmethod
    async def open(cls, connection: Connection, factory: ChecksumAddress) -> Self:
        """Ask the factory for everything else."""
        root = PoolStorageFactory(connection, factory)
        return cls(
            connection=connection,
            factory=root,
            link=LinkToken(connection, await root.link()),
            owners=PoolOwners(connection, await root.pool_owners()),
            timelock=Timelock(connection, await root.timelock()),
            link_pool=LinkPool(connection, await root.get_contract("LinkPool")),
            node_factory=NodeFactory(connection, await root.get_contract("NodeFactory")),
            node=Node(connection, await root.get_contract("Node")),
            node_staking=NodeStaking(connection, await root.get_contract("NodeStaking")),
        )

    async def storage(self, node: ChecksumAddress) -> PoolStorage:
        """The PoolStorage of a node: LINK is sent there, so its address is not merely believed but
        has to be one that this factory creates at.

        Raises:
            UsageError: The node is unknown.
            CheckFailed: The endpoint names an address that the factory never made.
        """
        try:
            place = await self.factory.storage_of(node)
        except TxReverted:
            raise UsageError(f"{node} is no node of this pool: see `linkpool node list`") from None
        made = min(await self.factory.storage_count(), _MOST_STORAGES)
        nonces = range(_FIRST_STORAGE, _FIRST_STORAGE + made)
        if not is_created_by(self.factory.address, place, nonces):
            raise CheckFailed(
                f"the RPC says that the storage of {node} is {place}, which the pool's factory "
                f"{self.factory.address} never made: use another RPC"
            )
        return PoolStorage(self.connection, place)

    async def node_state(self, node: ChecksumAddress, *, block: int | None = None) -> NodeState:
        """In one read from LinkPool; from the node's own storage where LinkPool does not answer.

        Raises:
            UsageError: The node is unknown.
            CheckFailed: LinkPool, which can be replaced, names another storage than the factory.
        """
        storage = await self.storage(node)
        try:
            state = await self.link_pool.node(node, block=block)
        except (TxReverted, UsageError):
            return await storage.state(block=block)
        if state.storage != storage.address:
            raise CheckFailed(
                f"LinkPool {self.link_pool.address} says that the storage of {node} is "
                f"{state.storage}; it is {storage.address}: see `linkpool upgrade history`"
            )
        return state

    async def stake_state(
        self, node: ChecksumAddress, staker: ChecksumAddress, *, block: int | None = None
    ) -> StakeState:
        """One staker's position, income that has arrived included in `withdrawable`."""
        storage = await self.storage(node)
        at = await self.connection.block_number() if block is None else block
        return StakeState(
            block=at,
            node=node,
            storage=storage.address,
            staker=staker,
            stake=await storage.stake_of(staker, block=at),
            shares=await storage.shares_of(staker, block=at),
            withdrawable=await storage.withdrawable(staker, block=at),
            allowed=await storage.staker_allowed(staker, block=at),
            wallet=await self.link.balance_of(staker, block=at),
        )


@dataclass(frozen=True, slots=True)
class AgreementSuite:
    """Bindings of one ChainLink network around pools: bids, collateral, answers, reputation."""

    connection: Connection
    link: LinkToken
    agreements: ServiceAgreements
    penalties: Penalties
    aggregator: Aggregator

    @classmethod
    async def open(cls, connection: Connection, agreements: ChecksumAddress) -> Self:
        """Ask ServiceAgreements for everything else."""
        root = ServiceAgreements(connection, agreements)
        return cls(
            connection=connection,
            link=LinkToken(connection, await root.link()),
            agreements=root,
            penalties=Penalties(connection, await root.penalties()),
            aggregator=Aggregator(connection, await root.aggregator()),
        )

    def provider(self, place: ChecksumAddress) -> Reputation:
        """A reputation provider; there may be many."""
        return Reputation(self.connection, place)

    @property
    def places(self) -> tuple[ChecksumAddress, ...]:
        """LINK and the network's own: none of them can be paid."""
        return (
            self.link.address,
            self.agreements.address,
            self.penalties.address,
            self.aggregator.address,
        )
