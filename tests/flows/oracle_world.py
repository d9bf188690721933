# SPDX-License-Identifier: MIT
"""A consumer, a data source and nodes on a test's chain."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from linkpool.adapters.prices import PriceSource
from linkpool.chain.artefacts import artefact
from linkpool.chain.connection import Connection
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.sender import Sender
from linkpool.chain.suite import Suite
from linkpool.deployment import Manifest
from linkpool.net import HttpClient
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.node import OracleNode
from linkpool.oracle.spec import load, template
from linkpool.story.consumer import Consumer
from linkpool.units import Juels, link
from tests.flows.program import DEV, Program

OWNER, OPERATOR, USER, NODE = 0, 1, 2, 9
LOCAL_JOB = template("get-uint256-local")
PRICE = Juels(10**17 + 7)


@dataclass
class World:
    """Everything a test of nodes needs; runs started with `start` end with the world."""

    suite: Suite
    consumer: Consumer
    source: PriceSource
    http: HttpClient
    folder: Path
    running: list[tuple[OracleNode, asyncio.Event, asyncio.Task[None]]] = field(
        default_factory=list
    )

    def sender(self, key: int) -> Sender:
        return Sender(self.suite.connection, DEV[key], poll=0.02)

    def node(self, *, job: str = LOCAL_JOB, folder: str = "node", key: int = NODE) -> OracleNode:
        return OracleNode(
            self.suite,
            self.sender(key),
            job=job,
            folder=self.folder / folder,
            http=self.http,
            poll=0.05,
        )

    def start(self, node: OracleNode) -> OracleNode:
        stop = asyncio.Event()
        self.running.append((node, stop, asyncio.create_task(node.run(stop))))
        return node

    async def stop(self) -> None:
        """All nodes, in order."""
        for _, stop, _ in self.running:
            stop.set()
        tasks = [task for _, _, task in self.running]
        self.running.clear()
        await asyncio.gather(*tasks)

    async def approve(self, key: int = NODE) -> None:
        call = self.suite.link_pool.approve_node(
            DEV[key].address, DEV[OPERATOR].address, link("1000"), private=False
        )
        await self.sender(OWNER).send(call)

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


@asynccontextmanager
async def world(program: Program, folder: Path) -> AsyncIterator[World]:
    factory = Manifest.load(program.manifest()).address("PoolStorageFactory")
    async with (
        await Connection.open(program.anvil.url) as connection,
        PriceSource() as source,
        HttpClient() as http,
    ):
        suite = await Suite.open(connection, factory)
        creation = artefact("Consumer").creation(suite.link.address)
        created = (await Sender(connection, DEV[USER], poll=0.02).send(creation)).created
        assert created is not None
        made = World(suite, Consumer(connection, created), source, http, folder)
        await made.sender(OWNER).send(suite.link.transfer(created, link("10")))
        try:
            yield made
        finally:
            await made.stop()


async def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)


async def until_answered(world: World, *requests: bytes, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not all([await world.number(request) for request in requests]):
        assert time.monotonic() < end, [node.state for node, _, _ in world.running]
        await asyncio.sleep(0.02)
