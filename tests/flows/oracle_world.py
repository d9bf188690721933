# SPDX-License-Identifier: MIT
"""A consumer, a data source and hosts with nodes on a test's chain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from linkpool.adapters.prices import PriceSource
from linkpool.chain.artefacts import artefact
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.sender import Sender
from linkpool.chain.suite import Suite
from linkpool.deployment import Manifest
from linkpool.oracle.assembly import Limits, assembled
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.host import OracleHost
from linkpool.oracle.registration import HostedNode
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.spec import load, template
from linkpool.store.database import Database
from linkpool.store.tables import metadata, runs
from linkpool.story.consumer import Consumer
from linkpool.transactions import TransactionLimits
from linkpool.units import Juels, link
from tests.flows.processes import PATIENCE
from tests.flows.program import DEV, Program

OWNER, OPERATOR, USER, NODE = 0, 1, 2, 9
LOCAL_JOB = template("get-uint256-local")
PRICE = Juels(10**17 + 7)


@dataclass
class Running:
    """A host in this process, with its database."""

    host: OracleHost
    database: Database
    stop: asyncio.Event
    task: asyncio.Task[None]

    @property
    def node(self) -> HostedNode:
        """Of a host with one."""
        [node] = self.host.registration.nodes.values()
        return node

    @property
    def state(self) -> str:
        return self.node.state

    async def rows(self) -> list[Any]:
        """Its runs, oldest first."""
        query = select(runs).order_by(runs.c.id)
        return await self.database.read(lambda c: c.execute(query).all())

    async def end(self) -> None:
        self.stop.set()
        await self.task

    async def crash(self) -> None:
        """As if it were killed: nothing is finished, nothing is said."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@dataclass
class World:
    """Everything a test of nodes needs; what was started with `start` ends with the world."""

    suite: Suite
    consumer: Consumer
    source: PriceSource
    folder: Path
    running: list[Running] = field(default_factory=list)

    def sender(self, key: int) -> Sender:
        return Sender(self.suite.connection, DEV[key], poll=0.02)

    async def start(
        self,
        *,
        job: str | Sequence[str] = LOCAL_JOB,
        folder: str = "node",
        keys: Sequence[int] = (NODE,),
        limits: Limits | None = None,
    ) -> Running:
        """A host on the database of `folder`."""
        place = self.folder / folder
        place.mkdir(parents=True, exist_ok=True)
        database = Database.open(f"sqlite:///{place / 'state.db'}")
        database.write_now(metadata.create_all)
        chosen = limits or Limits(
            transactions=TransactionLimits(finality=5),
            runs=RunLimits(reconcile_seconds=1),
        )
        started: asyncio.Future[OracleHost] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()

        async def live() -> None:
            try:
                async with assembled(
                    self.suite,
                    database,
                    [DEV[key] for key in keys],
                    limits=chosen,
                    templates=[job] if isinstance(job, str) else list(job),
                ) as host:
                    started.set_result(host)
                    await host.run(stop)
            finally:
                database.close()

        task = asyncio.create_task(live())
        running = Running(await started, database, stop, task)
        self.running.append(running)
        return running

    async def stop(self) -> None:
        """All hosts, in order."""
        every, self.running = self.running, []
        for running in every:
            running.stop.set()
        await asyncio.gather(*(running.task for running in every))

    async def approve(self, key: int = NODE) -> None:
        call = self.suite.link_pool.approve_node(
            DEV[key].address, DEV[OPERATOR].address, link("1000"), private=False
        )
        await self.sender(OWNER).send(call)

    async def serving(self, **options: Any) -> Running:
        """An approved node that has registered itself."""
        await self.approve()
        running = await self.start(**options)
        await until(lambda: running.state == "serving")
        return running

    async def storage(self, key: int = NODE) -> PoolStorage:
        return await self.suite.storage(DEV[key].address)

    async def ask(
        self, url: str = "", *, path: str = "ETH,USD", job: str = LOCAL_JOB, words: int = 2
    ) -> bytes:
        """One request; its id."""
        storage = await self.storage()
        fields = {"get": url or f"{self.source.url}/ETH/USD", "path": path, "times": 100}
        spec_id = load(job, contract=storage.address).spec_ids[0]
        how = self.consumer.ask if words > 1 else self.consumer.ask_single_word
        call = how(storage.address, spec_id, PRICE, encode_request(fields))
        receipt = await self.sender(USER).send(call)
        [asked] = [e for e in self.consumer.decode_logs(receipt.logs) if e.name == "Asked"]
        request: bytes = asked.fields["requestId"]
        return request

    async def answers(self) -> list[bytes]:
        """The requests that were answered on chain, one entry for each OracleResponse."""
        storage = await self.storage()
        head = await self.suite.connection.block_number()
        events = await storage.events("OracleResponse", first=0, last=head)
        return [event.fields["requestId"] for event in events]

    async def number(self, request: bytes) -> int:
        return (await self.consumer.answer(request)).number


Story = Callable[[World], Awaitable[None]]
Play = Callable[[Story], None]


@asynccontextmanager
async def world(program: Program, folder: Path) -> AsyncIterator[World]:
    factory = Manifest.load(program.manifest()).address("PoolStorageFactory")
    async with (
        await Connection.open(program.anvil.url) as connection,
        PriceSource() as source,
    ):
        suite = await Suite.open(connection, factory)
        creation = artefact("Consumer").creation(suite.link.address)
        created = (await Sender(connection, DEV[USER], poll=0.02).send(creation)).created
        assert created is not None
        made = World(suite, Consumer(connection, created), source, folder)
        await made.sender(OWNER).send(suite.link.transfer(created, link("10")))
        try:
            yield made
        finally:
            await made.stop()


def player(program: Program, folder: Path) -> Play:
    """Runs a story in a world on the program's chain."""

    def run(story: Story) -> None:
        async def told() -> None:
            async with world(program, folder) as made:
                await story(made)

        asyncio.run(told())

    return run


async def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def eventually(true: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.05)


async def until_answered(world: World, *requests: bytes, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not all([await world.number(request) for request in requests]):
        for running in world.running:
            if running.task.done():
                running.task.result()
        assert time.monotonic() < end, [(r.state, await r.rows()) for r in world.running]
        await asyncio.sleep(0.02)
