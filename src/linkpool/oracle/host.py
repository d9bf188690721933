# SPDX-License-Identifier: MIT
"""One process with any number of nodes and jobs: requests in, answers out, each exactly once.

What is to be done is in the database: logs that no run was made of, runs that wait, transactions
that are not final. Each look takes the next step of everything; stopped anywhere, the next start
goes on from there.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection as Sql
from sqlalchemy import delete, insert, select

from linkpool.chain.accounts import Signer
from linkpool.chain.addresses import address
from linkpool.chain.rpc import Standing as Endpoint
from linkpool.chain.suite import Suite
from linkpool.errors import ChainUnavailable, UsageError
from linkpool.follower import Follower, Head, events
from linkpool.net import HttpClient
from linkpool.oracle.bridges import Bridges
from linkpool.oracle.registration import HostedNode, Registration
from linkpool.oracle.runs import adoption, intake, jobs, records, resumption, settlement
from linkpool.oracle.runs.admission import Terms
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
from linkpool.store.tables import meta
from linkpool.telemetry import logger
from linkpool.transactions import TransactionManager
from linkpool.units import Juels

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


class OracleHost:
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
        self.suite = suite
        self.database = database
        self.follower = follower
        self.manager = manager
        self.counters = HostCounters()
        self.registration = Registration(suite, database, manager, signers)
        self.failures: deque[tuple[ChecksumAddress, str]] = deque(maxlen=REMEMBERED)
        """Node and reason of runs that failed, newest last."""
        self._limits = limits
        self.outside = outside
        self._least = confirmations
        self._templates = tuple(templates)
        self._accounts = dict(signers)
        self._news = asyncio.Event()
        self.runner = Runner(
            suite.connection,
            database,
            outside=self._world,
            enqueue=manager.enqueue,
            accounts=self._accounts,
            limits=limits,
            stored=self._stored,
        )
        self.upkeep = Upkeep(suite.connection, database, follower, outside.http, limits)
        manager.on_change = self._changed

    # ---- Its life ----

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set. A lost chain is waited for."""
        await self.database.write(lambda c: events.join(c, intake.CONSUMER))
        found = await self.database.write(records.recover)
        if found:
            LOG.info("runs.recovered", count=found)
        await self._reload()
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
            self._news.set()
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
        self._news.set()

    async def _look_at_news(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await self._news.wait()
            self._news.clear()
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
        for job in self.runner.book.jobs.values():
            if job.shadow:
                await self._patient(over, partial(self._watch, job.spec.contract))
        while not over.is_set():
            try:
                for node in await self.registration.look():
                    await self._serve(node)
                if self.registration.complete:
                    await over.wait()
            except ChainUnavailable as error:
                self._say_all("no chain", error=str(error))
            await _pause(over, PAUSE)

    async def _serve(self, node: HostedNode) -> None:
        """Its logs are followed, its jobs are there."""
        assert node.storage is not None
        await self._watch(node.storage)
        await self.database.write(partial(_note, nodes=self.registration.nodes.values()))
        for text in self._templates:
            if jobs.fits(text, node.storage):
                await self.add_job(text, node=node.address)
        node.say("serving", storage=node.storage)

    async def _watch(self, contract: ChecksumAddress) -> None:
        """Another node's contract from now on: what it answered long ago is no comparison."""
        head = await self.suite.connection.block_number()
        back = self._limits.backfill if contract in self.registration.storages else 0
        await self.follower.watch(contract, since=max(0, head - back))

    def _say_all(self, state: str, **facts: str) -> None:
        for node in self.registration.nodes.values():
            node.say(state, **facts)

    # ---- For operators ----

    @property
    def terms(self) -> Terms:
        """What is asked of requests now."""
        least = self._limits.minimum_confirmations
        return Terms(
            confirmations=self._least if least is None else least,
            minimum=Juels(self._limits.minimum_payment),
            costs=self.upkeep.costs,
        )

    async def add_job(self, toml: str, *, node: str | None = None, shadow: bool = False) -> int:
        """The job's number. `node` may be left out where there is one only, or where the job names
        its contract. Requests for it that are open are taken up.
        """
        chosen = None if node is None else address(node)
        contract = None if shadow else self._contract(toml, chosen)
        owner = None if contract is None else self.registration.storages.get(contract)
        account = chosen or owner or next(iter(self._accounts), None)
        if account is None:
            raise UsageError("no node runs here: start one with `linkpool oracle run`")
        chain_id = self.suite.connection.chain_id

        def write(connection: Sql) -> int:
            number = jobs.add(
                connection, toml, node=account, contract=contract, chain_id=chain_id, shadow=shadow
            )
            book = jobs.read(connection)
            terms = intake.with_bridges(connection, book, self.terms)
            adoption.adopt(connection, book.jobs[number], terms)
            return number

        number = await self.database.write(write)
        await self._reload()
        await self._watch(self.runner.book.jobs[number].spec.contract)
        await self.runner.fill()
        return number

    def _contract(self, toml: str, node: str | None) -> ChecksumAddress:
        storages = self.registration.storages
        if node is not None:
            found = next((s for s, owner in storages.items() if owner == node), None)
            if found is None:
                raise UsageError(f"{node} is no registered node of this process")
            return found
        fitting = [storage for storage in storages if jobs.fits(toml, storage)]
        if len(fitting) != 1:
            names = ", ".join(sorted(storages.values())) or "none is registered yet"
            raise UsageError(f"which node is the job for? say its address ({names})")
        return fitting[0]

    async def archive_job(self, job: int) -> None:
        """No more requests for it; what is under way is finished."""
        await self.database.write(lambda c: jobs.archive(c, job))
        await self._reload()

    async def run_job(self, job: int, variables: Mapping[str, Any]) -> int:
        """A manual run; its number."""
        if job not in self.runner.book.jobs:
            raise UsageError(f"there is no job {job}: see `linkpool job list`")
        number = await self.database.write(
            lambda c: records.add_manual(c, job, variables, now=time.time())
        )
        self._news.set()
        return number

    async def retry(self, run: int) -> None:
        """Once more, for a run that failed and whose request is still open."""
        await self.database.write(lambda c: records.retry(c, run))
        self._news.set()

    async def resume(self, task_run: str, *, value: Any = None, error: str | None = None) -> bool:
        """What an adapter brings later; False where no task waits for it, or will."""
        book = self.runner.book
        kept = await self.database.write(
            lambda c: resumption.keep(
                c, task_run, value=value, error=error, book=book, now=time.time()
            )
        )
        self._news.set()
        return kept

    async def bridge_of(self, task_run: str) -> str | None:
        """The bridge that the task waits for; None where there is no such task."""
        book = self.runner.book
        return await self.database.read(lambda c: resumption.bridge_of(c, task_run, book))

    async def replay(self, block: int) -> None:
        """Reads the chain again from that block on; only what is missing is added."""
        await self.follower.replay(block)

    async def take_up(self, found: Sequence[Any]) -> int:
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

    async def _reload(self) -> None:
        self.runner.book = await self.database.read(jobs.read)


def _note(connection: Sql, nodes: Iterable[HostedNode]) -> None:
    """For programs that read the database when no node runs: which nodes it has served."""
    listed = [{"node": n.address, "contract": n.storage} for n in nodes if n.storage is not None]
    known = connection.scalar(select(meta.c.value).where(meta.c.key == NODES))
    named = {one["node"] for one in listed}
    listed += [one for one in json.loads(known or "[]") if one["node"] not in named]
    connection.execute(delete(meta).where(meta.c.key == NODES))
    connection.execute(insert(meta).values(key=NODES, value=json.dumps(listed)))


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
