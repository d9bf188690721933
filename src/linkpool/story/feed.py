# SPDX-License-Identifier: MIT
"""From the chain into the books: every event of the pool, in order, each block once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Event, Log
from linkpool.chain.contracts import Contract, PoolStorage, Reputation
from linkpool.chain.suite import AgreementSuite, Suite
from linkpool.economics import Terms
from linkpool.story.books import Account, Books, opening
from linkpool.story.exchange import Exchange, Network

WINDOW: Final = 2_000
# Those of which the time of their block decides something.
TIMED: Final = ("AgreementStarted", "AnswerRecorded", "PenaltySlashed", "Staked", "Withdrawal")


class Feed:
    """Follows one suite, and the network around it, from its first block. `watched` are those
    whose LINK is accounted for.
    """

    def __init__(
        self,
        suite: Suite,
        network: AgreementSuite,
        reputation: Reputation,
        watched: Sequence[ChecksumAddress] = (),
    ) -> None:
        self.suite = suite
        self.network = network
        around = Network(
            agreements=network.agreements.address,
            aggregator=network.aggregator.address,
            penalties=network.penalties.address,
            reputation=reputation.address,
        )
        exchange = Exchange(around, purses=dict.fromkeys(watched, 0))
        self.books = Books(suite.link.address, suite.owners.address, exchange=exchange)
        self.block = -1
        self._around: list[Contract] = [
            network.agreements,
            network.aggregator,
            network.penalties,
            reputation,
        ]
        self._storages: dict[ChecksumAddress, PoolStorage] = {}

    async def follow(self) -> int:
        """Enters what is new; returns the block that the books stand at."""
        head = await self.suite.connection.block_number()
        for first in range(self.block + 1, head + 1, WINDOW):
            last = min(first + WINDOW - 1, head)
            self.books.enter(await self._events(first, last))
            self.block = last
        return self.block

    async def _events(self, first: int, last: int) -> list[Event]:
        suite = self.suite
        fixed: list[Contract] = [suite.factory, suite.link, suite.owners, *self._around]
        contracts = [*fixed, *self._storages.values()]
        logs = await self._logs(contracts, first, last)
        new = [
            PoolStorage(suite.connection, event.fields["store"])
            for event in suite.factory.decode_logs(logs)
            if event.name == "StorageCreated"
        ]
        if new:
            self.books.delay = (await suite.factory.state()).delay
            logs += await self._logs(new, first, last)
            contracts += new
        by_address = {contract.address: contract for contract in contracts}
        decoded = [by_address[log.address].codec.event(log) for log in logs]
        events = sorted((e for e in decoded if e), key=lambda event: (event.block, event.index))
        for storage in new:
            self._storages[storage.address] = storage
            self.books.open(await self._account(storage, first))
        return await self._timed(events)

    async def _timed(self, events: list[Event]) -> list[Event]:
        """Some of them with the time of their block."""
        blocks = sorted({event.block for event in events if event.name in TIMED})
        asked = (self.suite.connection.timestamp(block) for block in blocks)
        times = dict(zip(blocks, await asyncio.gather(*asked), strict=True))
        return [
            replace(event, fields={**event.fields, "time": times[event.block]})
            if event.name in TIMED
            else event
            for event in events
        ]

    async def _logs(self, contracts: Sequence[Contract], first: int, last: int) -> list[Log]:
        return await self.suite.connection.logs(
            addresses=[contract.address for contract in contracts], first=first, last=last
        )

    async def _account(self, storage: PoolStorage, first: int) -> Account:
        """The node's terms before block `first`: those of now, without the changes since."""
        now = await self.suite.connection.block_number()
        state = await self.suite.node_state(await storage.node_address(), block=now)
        terms = Terms(
            makers=state.makers,
            cost=state.operational_cost,
            ceiling=await storage.cost_ceiling(block=now),
        )
        today = Account(storage=storage.address, wallet=state.operations_wallet, terms=terms)
        changes = await storage.events("TermChanged", "TermActivated", first=first, last=now)
        return opening(changes, today)
