# SPDX-License-Identifier: MIT
"""A manager between a simulated chain and a database in memory."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from linkpool.chain.testing import SimulatedChain, SimulatedSigner
from linkpool.store.database import Database
from linkpool.transactions import Intent, Outcome, TransactionLimits, TransactionManager, outcome
from linkpool.units import Wei
from tests.linkpool.databases import in_memory

TARGET = SimulatedSigner.named("target").address
LIMITS = TransactionLimits(finality=3, in_flight=8, max_fee=100 * 10**9)


@dataclass
class World:
    """Everything a test turns. `node` sends."""

    limits: TransactionLimits = LIMITS
    database: Database = field(default_factory=in_memory)
    chain: SimulatedChain = field(default_factory=SimulatedChain)
    signer: SimulatedSigner = field(default_factory=lambda: SimulatedSigner.named("node"))

    def __post_init__(self) -> None:
        self._times = itertools.count(1_000)
        self.manager = self.restarted()

    def restarted(self) -> TransactionManager:
        """Another process: nothing of the memory, all of the database."""
        self.manager = TransactionManager(
            self.chain,
            self.database,
            {self.signer.address: self.signer},
            self.limits,
            clock=lambda: float(next(self._times)),
        )
        return self.manager

    def intent(self, key: str, **changes: Any) -> Intent:
        fields: dict[str, Any] = {
            "key": key,
            "account": self.signer.address,
            "to": TARGET,
            "data": key.encode(),
            "value": Wei(0),
            "gas": 100_000,
            "what": "test",
        }
        return Intent(**fields | changes)

    async def enqueue(self, key: str, **changes: Any) -> bool:
        intent = self.intent(key, **changes)
        return await self.database.write(lambda c: self.manager.enqueue(c, intent))

    async def send(self, key: str, **changes: Any) -> None:
        """Enqueued and looked at."""
        await self.enqueue(key, **changes)
        await self.manager.step()

    async def outcome(self, key: str) -> Outcome:
        found = await self.database.read(lambda c: outcome(c, key))
        assert found is not None
        return found

    async def mine(self, count: int = 1) -> None:
        """Each block looked at."""
        for _ in range(count):
            self.chain.mine()
            await self.manager.step()

    def executed(self) -> list[str]:
        """The data of what the node's account has on chain, in order."""
        return [one.data.decode() for one in self.chain.transactions(self.signer.address)]


async def started(**given: Any) -> World:
    """A world whose manager knows its account."""
    world = World(**given)
    await world.manager.start()
    return world


async def sent(key: str, **given: Any) -> World:
    """A world in which this intent has been sent."""
    world = await started(**given)
    await world.send(key)
    return world
