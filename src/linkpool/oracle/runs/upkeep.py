# SPDX-License-Identifier: MIT
"""What a host does from time to time: reconcile with the chain, reap, ask for prices, count."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final, Protocol

from linkpool.chain.calls import Log
from linkpool.chain.connection import Connection
from linkpool.errors import ChainUnavailable
from linkpool.follower import Follower, events
from linkpool.oracle.runs import intake, reaper, reconciler
from linkpool.oracle.runs.gate import Costs
from linkpool.oracle.runs.inputs import TOPICS
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.prices import Prices
from linkpool.oracle.runs.reads import Reads
from linkpool.oracle.runs.reconciler import Standing
from linkpool.oracle.runs.runner import Runner
from linkpool.oracle.runs.shadow import Shadow
from linkpool.oracle.world import HttpClient
from linkpool.store.database import Database
from linkpool.telemetry import logger

LOG: Final = logger("oracle.upkeep")
EVERY: Final = 5.0  # seconds between two looks at the database
RANGE: Final = 1_000  # blocks in one question for logs
BEHIND: Final = 2  # blocks below the head that are still settling


class Host(Protocol):
    runner: Runner
    counters: Any

    async def take_up(self, found: Sequence[Log]) -> int: ...


class Upkeep:
    """Its loop ends with the host's."""

    def __init__(
        self,
        connection: Connection,
        database: Database,
        follower: Follower,
        http: HttpClient,
        limits: RunLimits,
    ) -> None:
        self.reads = Reads(connection)
        self.standing = Standing()
        self.queue = 0
        self.costs: Costs | None = None
        self._connection = connection
        self._database = database
        self._follower = follower
        self._limits = limits
        self._prices = Prices(connection, http, limits)
        self._shadow = Shadow(connection, database)
        self._reconciled = 0.0

    async def run(self, over: asyncio.Event, host: Host) -> None:
        while not over.is_set():
            try:
                await self.look(host)
            except ChainUnavailable as error:
                LOG.warning("upkeep.no_chain", why=str(error))
            try:
                await asyncio.wait_for(over.wait(), EVERY)
            except TimeoutError:
                pass

    async def look(self, host: Host) -> None:
        now = time.time()
        late, before = self._limits.late_seconds, now - self._limits.reap_hours * 3600
        self.standing = await self._database.read(
            lambda c: reconciler.standing(c, now=now, late_seconds=late)
        )
        self.queue = await self._database.read(lambda c: events.depth(c, intake.CONSUMER))
        await self._database.write(lambda c: reaper.reap(c, before=before))
        self.costs = await self._prices.costs(now)
        if now - self._reconciled >= self._limits.reconcile_seconds:
            await self.reconcile(host)
            self._reconciled = now
        if any(job.shadow for job in host.runner.book.jobs.values()):
            await self._shadow.look(now)

    async def reconcile(self, host: Host) -> None:
        """Both halves: chain beside logs, logs beside runs. Not while history is being read."""
        head = self._follower.head
        contracts = sorted(c for c in host.runner.book.contracts)
        if head is None or head.behind or not contracts:
            return
        last = head.number - BEHIND
        first = max(0, last - self._limits.reconcile_blocks)
        lost: list[Log] = []
        for start in range(first, last + 1, RANGE):
            found = await self._connection.logs(
                addresses=contracts,
                topics=[TOPICS],
                first=start,
                last=min(start + RANGE - 1, last),
            )
            lost += await self._database.read(partial(reconciler.unknown, found=found))
        if lost:
            host.counters.reread += len(lost)
            since = min(log.block for log in lost)
            LOG.error("logs.missing", count=len(lost), since=since)
            await self._follower.replay(since)
        if await self._database.read(lambda c: events.depth(c, intake.CONSUMER)):
            return
        ours = [c for c in contracts if not host.runner.book.only_shadow(c)]
        missed = await self._database.read(
            lambda c: reconciler.without_run(c, ours, first=first, last=last)
        )
        if missed:
            LOG.error("requests.missed", count=len(missed))
            await host.take_up(missed)
