# SPDX-License-Identifier: MIT
"""The nodes of a process: each has a key, and a PoolStorage once it is registered.

A node registers itself, by its own key, when the pool's owner has approved it. That is an intent
like any other: a restart in the middle changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, func, select

from linkpool.chain.addresses import ZERO
from linkpool.chain.sender import preview
from linkpool.chain.suite import Suite
from linkpool.errors import TxReverted, Unfunded, UsageError
from linkpool.store.database import Database
from linkpool.store.tables import intents
from linkpool.telemetry import logger
from linkpool.transactions.intents import Intent, IntentState

LOG: Final = logger("oracle")
LOST: Final = (IntentState.FAILED, IntentState.CANCELLED)


@dataclass(slots=True)
class HostedNode:
    """`state` is for people: starting, waiting for approval, registering, serving, …"""

    address: ChecksumAddress
    storage: ChecksumAddress | None = None
    state: str = "starting"

    def say(self, state: str, **facts: str) -> None:
        """Logs a change of state, once."""
        if state != self.state:
            self.state = state
            LOG.info(f"node.{state.replace(' ', '_')}", node=self.address, **facts)


class Manager(Protocol):
    def enqueue(self, connection: Connection, intent: Intent) -> bool: ...


class Registration:
    """Finds the storage of each node, and registers those that may be."""

    def __init__(
        self,
        suite: Suite,
        database: Database,
        manager: Manager,
        accounts: Iterable[ChecksumAddress],
    ) -> None:
        self.nodes = {account: HostedNode(account) for account in accounts}
        self._suite = suite
        self._database = database
        self._manager = manager

    @property
    def storages(self) -> dict[ChecksumAddress, ChecksumAddress]:
        """Node by its PoolStorage."""
        return {n.storage: n.address for n in self.nodes.values() if n.storage is not None}

    @property
    def complete(self) -> bool:
        return all(node.storage is not None for node in self.nodes.values())

    async def look(self) -> list[HostedNode]:
        """The nodes whose storage was found now. ChainUnavailable where no RPC answers."""
        waiting = [node for node in self.nodes.values() if node.storage is None]
        there = await asyncio.gather(*(self._look(node) for node in waiting))
        return [node for node, is_there in zip(waiting, there, strict=True) if is_there]

    async def _look(self, node: HostedNode) -> bool:
        try:
            node.storage = (await self._suite.storage(node.address)).address
            return True
        except UsageError:
            pass
        try:
            await self._register(node)
        except (TxReverted, Unfunded) as error:
            node.say("cannot register", error=str(error))
        return False

    async def _register(self, node: HostedNode) -> None:
        pool = self._suite.link_pool
        if (await pool.approval_of(node.address)).operator == ZERO:
            hint = f"the pool's owner has to run: linkpool node approve {node.address}"
            node.say("waiting for approval", hint=hint)
            return
        call = pool.register_node()
        limit = (await preview(self._suite.connection, call, sender=node.address)).limit

        def write(connection: Connection) -> None:
            intent = Intent(
                key=_key(connection, node.address),
                account=node.address,
                to=call.to,
                data=call.data,
                gas=limit,
                what=call.what,
            )
            self._manager.enqueue(connection, intent)

        await self._database.write(write)
        node.say("registering")


def _key(connection: Connection, node: ChecksumAddress) -> str:
    """A new one only where the one before has come to nothing for good."""
    key = f"register:{node}"
    lost = select(func.count()).where(intents.c.key.like(f"{key}%"), intents.c.state.in_(LOST))
    before = connection.scalar(lost) or 0
    return f"{key}:{before}" if before else key
