# SPDX-License-Identifier: MIT
"""One process with any number of nodes and jobs: requests in, answers out, each exactly once.

What is to be done is in the database: logs that no run was made of, runs that wait, transactions
that are not final. Each look takes the next step of everything; stopped anywhere, the next start
goes on from there.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from eth_typing import ChecksumAddress

from linkpool.chain.accounts import Signer
from linkpool.chain.calls import Log
from linkpool.chain.rpc import Standing as Endpoint
from linkpool.chain.suite import Suite
from linkpool.errors import ChainUnavailable
from linkpool.follower import Follower, Head, events
from linkpool.net import HttpClient
from linkpool.oracle.bridges import Bridges
from linkpool.oracle.desk import Desk
from linkpool.oracle.registration import Registration
from linkpool.oracle.runs import intake, jobs, records, settlement, standing
from linkpool.oracle.runs.counters import HostCounters, kind_of
from linkpool.oracle.runs.jobs import Job
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.reconciler import Standing
from linkpool.oracle.runs.records import Claim, Outcome
from linkpool.oracle.runs.runner import Runner
from linkpool.oracle.runs.states import State
from linkpool.oracle.runs.upkeep import Upkeep
from linkpool.oracle.world import RunIdentity, World
from linkpool.store.database import Database
from linkpool.telemetry import logger
from linkpool.transactions import TransactionManager

LOG: Final = logger("oracle")
NODES: Final = "nodes"  # key of the table meta
PATIENCE: Final = 5.0  # seconds that runs get at the end
PAUSE: Final = 0.5
REMEMBERED: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """For health. `chain`: an RPC answers. `queue`: events that wait to become runs."""

    nodes: tuple[tuple[ChecksumAddress, ChecksumAddress | None, str], ...]
    chain: bool
    head: int | None
    behind: int
    queue: int
    active: int
    requests: Standing
    broken_jobs: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What tasks may touch besides the chain."""

    http: HttpClient
    bridges: Bridges


class Companion(Protocol):
    """Something that runs beside the host, on its database and its keys."""

    async def run(self, over: asyncio.Event) -> None:
        """Until `over`; its error ends the host."""
        ...

    def wake(self) -> None:
        """There is a new head, and its logs are in the database."""
        ...


class OracleHost(Desk):
    """Composed in linkpool.cli; `run` until it is told to stop."""

    def __init__(
        self,
        suite: Suite,
        database: Database,
        follower: Follower,
        manager: TransactionManager,
        *,
        signers: Mapping[ChecksumAddress, Signer],
        outside: Outside,
        limits: RunLimits,
        confirmations: int = 0,
        templates: Sequence[str] = (),
    ) -> None:
        """`confirmations`: what the network asks for. `templates`: job files for every node."""
        self.manager = manager
        self.outside = outside
        self.counters = HostCounters()
        self.failures: deque[tuple[ChecksumAddress, str]] = deque(maxlen=REMEMBERED)
        """Node and reason of runs that failed, newest last."""
        self.companions: list[Companion] = []
        self._templates = {text: jobs.named_contract(text) for text in templates}
        super().__init__(
            suite,
            database,
            follower,
            Registration(suite, database, manager, signers),
            Runner(
                suite.connection,
                database,
                outside=self._world,
                enqueue=manager.enqueue,
                accounts=signers.keys(),
                limits=limits,
                stored=self._stored,
            ),
            Upkeep(suite.connection, database, follower, outside.http, limits),
            limits=limits,
            confirmations=confirmations,
        )
        manager.on_change = self._changed
        manager.unwanted.append(partial(standing.unwanted, suite.connection, database))

    # ---- Its life ----

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set. A lost chain is waited for."""
        await self.database.write(lambda c: events.join(c, intake.CONSUMER))
        found = await self.database.write(records.recover)
        if found:
            LOG.info("runs.recovered", count=found)
        await self.reload()
        await self._patient(stop, self.manager.start)
        if stop.is_set():
            return
        over = asyncio.Event()
        loops = [
            self.follower.run(over, on_head=self._on_head),
            self.manager.run(over, self._heads()),
            self.runner.deliver(),
            self._look_at_nodes(over),
            self._look_at_news(over),
            self.upkeep.run(over, self),
            *(one.run(over) for one in self.companions),
        ]
        tasks = [asyncio.create_task(one) for one in loops]
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()  # a loop ends by an error only
            await self.runner.finish(PATIENCE)
        finally:
            over.set()
            self.news.set()
            for one in self.companions:
                one.wake()
            await _ended([*tasks, stopping], PATIENCE)
        for node in self.registration.nodes.values():
            node.say("stopped")

    async def _heads(self) -> Any:
        async for head in self.suite.connection.heads():
            yield head

    async def _patient(
        self, stop: asyncio.Event, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        """`work`, again while no RPC answers."""
        while not stop.is_set():
            try:
                await work()
                return
            except ChainUnavailable as error:
                self._say_all("no chain", error=str(error))
                await _pause(stop, PAUSE)

    # ---- Each look ----

    async def _on_head(self, head: Head) -> None:
        self.runner.head = head.number
        for one in self.companions:
            one.wake()
        await self._again_later(self._intake)
        await self._again_later(self._look)

    async def _again_later(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A database or an RPC that is away for a moment: the next look does it."""
        try:
            await work()
        except ChainUnavailable as error:
            LOG.warning("host.waiting", why=str(error))

    async def _intake(self) -> None:
        while True:
            take = partial(intake.take, book=self.runner.book, terms=self.terms, now=time.time())
            taken = await self.database.write(take)
            self._count(taken)
            if taken.events < intake.BATCH:
                return

    def _count(self, taken: intake.Taken) -> None:
        self.runner.drop(taken.stopped)
        if taken.replaced:
            self.manager.wake()
        self.counters.received += taken.received
        self.counters.answered += len(taken.answered)
        for reason in taken.refused:
            self.counters.refused[kind_of(reason)] += 1
            LOG.info("request.refused", why=reason)

    async def _look(self) -> None:
        """Ends what is deep enough, starts what is due."""
        head = self.runner.head
        if head is None:
            return
        settled = await self.database.write(
            lambda c: settlement.settle(c, head=head, now=time.time())
        )
        self.counters.again += len(settled.again)
        for job, state in settled.ended:
            self.counters.runs[job, state] += 1
        for reason in settled.errored:
            LOG.warning("run.failed", why=reason)
        await self.runner.fill()

    async def _changed(self, _keys: Sequence[str]) -> None:
        """Transactions have moved on."""
        self.news.set()

    async def _look_at_news(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await self.news.wait()
            self.news.clear()
            await self._again_later(self._look)

    async def _stored(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            claim = outcome.claim
            if outcome.state is not State.SENDING and outcome.state is not State.SUSPENDED:
                self.counters.runs[claim.job, outcome.state] += 1
            for task in outcome.tasks:
                self.counters.tasks[task.kind, task.state] += 1
            if outcome.state is State.ERRORED:
                job = self.runner.book.jobs.get(claim.job)
                reason = outcome.reason or ""
                LOG.warning("run.failed", run=claim.id, request=claim.request, why=reason)
                if job is not None:
                    self.failures.append((job.node, reason))
        await self.runner.fill()

    def _world(self, job: Job, claim: Claim) -> World:
        return World(
            http=self.outside.http,
            chain=self.upkeep.reads,
            bridges=self.outside.bridges,
            run=RunIdentity(str(job.id), str(claim.id)),
        )

    # ---- Nodes ----

    async def _look_at_nodes(self, over: asyncio.Event) -> None:
        """Until every node serves."""
        others = [job.spec.contract for job in self.runner.book.jobs.values() if job.shadow]
        await self._patient(over, partial(self.watch, others))
        while not over.is_set():
            try:
                found = await self.registration.look()
                if found:
                    await self.serve(found, self._templates)
                if self.registration.complete:
                    await over.wait()
            except ChainUnavailable as error:
                self._say_all("no chain", error=str(error))
            await _pause(over, PAUSE)

    def _say_all(self, state: str, **facts: str) -> None:
        for node in self.registration.nodes.values():
            node.say(state, **facts)

    async def take_up(self, found: Sequence[Log]) -> int:
        """Requests without a run; how many have one now."""
        book, terms = self.runner.book, self.terms
        taken = await self.database.write(
            lambda c: intake.take_up(c, found, book, terms, now=time.time())
        )
        self._count(taken)
        self.counters.missed += taken.received
        return taken.received

    @property
    def state(self) -> HostState:
        head = self.follower.head
        usable = (Endpoint.HEALTHY, Endpoint.UNKNOWN)
        return HostState(
            nodes=tuple((n.address, n.storage, n.state) for n in self.registration.nodes.values()),
            chain=any(one.standing in usable for one in self.suite.connection.endpoints),
            head=None if head is None else head.number,
            behind=0 if head is None else head.behind,
            queue=self.upkeep.queue,
            active=self.runner.active,
            requests=self.upkeep.standing,
            broken_jobs=self.runner.book.broken,
        )


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        pass


async def _ended(tasks: Sequence[asyncio.Task[Any]], seconds: float) -> None:
    """Those that see the stop by themselves get a moment for it."""
    await asyncio.wait(tasks, timeout=0.2)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=seconds)
