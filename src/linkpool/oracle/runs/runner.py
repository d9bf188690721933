# SPDX-License-Identifier: MIT
"""Runs claimed from the database, executed side by side, their answers tried and enqueued.

A run is the database's until it is claimed and again once its outcome is stored; what happens in
between has no effect outside but asking data sources, so that a crash costs a repetition only.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from eth_typing import ChecksumAddress
from sqlalchemy import Connection as Sql

from linkpool.errors import ChainUnavailable, UsageError
from linkpool.oracle import pipeline
from linkpool.oracle.results import Run
from linkpool.oracle.runs import inputs, judgement, records, settlement
from linkpool.oracle.runs.jobs import Book, Job
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.records import Claim, Enqueue, Outcome
from linkpool.oracle.runs.rehearsal import FIRST_PAUSE, LONGEST_PAUSE, TRIES, Chain, Rehearsal
from linkpool.oracle.runs.states import State
from linkpool.oracle.world import World
from linkpool.store.database import Database
from linkpool.telemetry import logger
from linkpool.transactions.intents import Intent

LOG: Final = logger("oracle.runs")
TOGETHER: Final = 128  # outcomes stored in one transaction


Outside = Callable[[Job, Claim], World]
Stored = Callable[[Sequence[Outcome]], Awaitable[None]]


@dataclass(slots=True)
class Done:
    """An outcome on its way into the database."""

    outcome: Outcome
    refusals: Mapping[str, int] = field(default_factory=dict)


class Runner:
    """One per process. `enqueue` is the transaction manager's."""

    def __init__(
        self,
        chain: Chain,
        database: Database,
        *,
        outside: Outside,
        enqueue: Enqueue,
        accounts: Collection[ChecksumAddress],
        limits: RunLimits,
        stored: Stored,
    ) -> None:
        self.book = Book((), {})
        self.head: int | None = None
        """The newest block whose logs are in the database."""
        self._chain = chain
        self._rehearsal = Rehearsal(chain)
        self._database = database
        self._outside = outside
        self._enqueue = enqueue
        self._accounts = accounts
        self._limits = limits
        self._stored = stored
        self._active: dict[int, asyncio.Task[None]] = {}
        self._claims: dict[int, Claim] = {}
        """Of each run that is not stored yet."""
        self._outbox: asyncio.Queue[Done] = asyncio.Queue()
        self._filling = asyncio.Lock()
        self.closed = False

    @property
    def active(self) -> int:
        """Runs that are claimed and not stored."""
        return len(self._claims)

    # ---- Claims ----

    async def fill(self) -> int:
        """Claims what is due, as far as there is room; how many runs that were."""
        head = self.head or 0
        async with self._filling:
            room = self._limits.parallel - self.active
            if room <= 0 or self.closed:
                return 0
            active = Counter(claim.job for claim in self._claims.values())
            claims = await self._database.write(lambda c: self._claimed(c, head, room, active))
            for claim in claims:
                self._start(claim)
            return len(claims)

    def _claimed(self, connection: Sql, head: int, room: int, active: Counter[int]) -> list[Claim]:
        claims = settlement.resumable(connection, head=head, most=room)
        if len(claims) < room:
            claims += records.claim(
                connection,
                head=head,
                most=room - len(claims),
                active=active,
                per_job=self._limits.parallel_per_job,
            )
        return claims

    def _start(self, claim: Claim) -> None:
        self._claims[claim.id] = claim
        task = asyncio.create_task(self._run(claim), name=f"run {claim.id}")
        self._active[claim.id] = task

    def drop(self, ids: Collection[int]) -> None:
        """Their requests are over: what is under way for them leads nowhere."""
        for run in ids:
            self._claims.pop(run, None)
            task = self._active.pop(run, None)
            if task is not None:
                task.cancel()

    # ---- One run ----

    async def _run(self, claim: Claim) -> None:
        try:
            outcome = await self._outcome(claim)
            records.require_storable(outcome)
        except Exception as error:  # a fault of ours must not keep its request, or the others
            LOG.exception("run.broken", run=claim.id, request=claim.request)
            reason = f"a fault of this program: {type(error).__name__}: {error}"
            outcome = Outcome(claim=claim, state=State.ERRORED, tasks=(), reason=reason)
        self._outbox.put_nowait(Done(outcome))

    async def _outcome(self, claim: Claim) -> Outcome:
        job = self.book.jobs.get(claim.job)
        if job is None:
            reason = "its job was deleted"
            return Outcome(claim=claim, state=State.ERRORED, tasks=(), reason=reason)
        run = await self._executed(job, claim)
        return judgement.judge(
            job, claim, run, accounts=self._accounts, chain_id=self._chain.chain_id
        )

    async def _executed(self, job: Job, claim: Claim) -> Run:
        """Repeated while no RPC answers: that is not the request's fault."""
        pause = FIRST_PAUSE
        while True:
            try:
                variables = await self._variables(job, claim)
                run = await pipeline.run(
                    job.spec.graph,
                    variables,
                    self._outside(job, claim),
                    deadline=job.spec.deadline,
                    known=claim.known,
                )
                if not run.try_later:
                    return run
                reason = str(run.error)
            except ChainUnavailable as error:
                reason = str(error)
            LOG.warning("run.postponed", run=claim.id, why=reason)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _variables(self, job: Job, claim: Claim) -> dict[str, Any]:
        found = inputs.variables(claim.input, job.spec, job=job.id)
        texts = [text for task in job.spec.graph.tasks for text in task.attributes.values()]
        if claim.block_hash is not None and inputs.wants_roots(texts):
            header = await self._chain.rpc("eth_getBlockByHash", claim.block_hash, False)
            if header is None:
                raise ChainUnavailable(f"the RPC does not have block {claim.block_hash} yet")
            found["jobRun"] |= inputs.roots(header)
        return found

    # ---- Outcomes ----

    async def deliver(self) -> None:
        """Stores what is done, for ever: as many together as are there."""
        while True:
            done = [await self._outbox.get()]
            while len(done) < TOGETHER and not self._outbox.empty():
                done.append(self._outbox.get_nowait())
            mine = [one for one in done if self._is_mine(one.outcome.claim)]
            agreed = [one for one in await self._tried(mine) if self._is_mine(one.claim)]
            if agreed:
                await self._store(agreed)

    def _is_mine(self, claim: Claim) -> bool:
        """Not dropped meanwhile, nor dropped and claimed anew."""
        return self._claims.get(claim.id) is claim

    async def _store(self, outcomes: list[Outcome]) -> None:
        stored = await self._written(outcomes)
        for outcome in outcomes:
            if self._is_mine(outcome.claim):
                del self._claims[outcome.claim.id]
                self._active.pop(outcome.claim.id, None)
        await self._stored(stored)

    async def _written(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Waits for a database that is away. What cannot be enqueued fails alone."""
        while True:
            store = partial(
                records.store, outcomes=outcomes, enqueue=self._enqueue, now=time.time()
            )
            try:
                return await self._database.write(store)
            except ChainUnavailable as error:
                LOG.warning("runs.postponed", count=len(outcomes), why=str(error))
                await asyncio.sleep(FIRST_PAUSE)
            except UsageError as error:
                if len(outcomes) > 1:
                    return [one for each in outcomes for one in await self._written([each])]
                [outcome] = outcomes
                if not outcome.intents:
                    raise
                outcomes = [judgement.failed(outcome, outcome.intents[0].key, str(error))]

    async def _tried(self, done: Sequence[Done]) -> list[Outcome]:
        """Those whose answers the contracts would take, and those that failed; a refusal is
        believed once it was repeated, because the RPC may be behind.
        """
        intents = [(one, intent) for one in done for intent in one.outcome.intents]
        refused: dict[int, tuple[Intent, str]] = {}
        for (one, intent), reason in zip(
            intents, await self._rehearsal.refusals([i for _, i in intents], self.head), strict=True
        ):
            if reason:
                refused.setdefault(one.outcome.claim.id, (intent, reason))
        agreed = []
        for one in done:
            found = refused.get(one.outcome.claim.id)
            if found is None:
                agreed.append(one.outcome)
                continue
            intent, reason = found
            seen = one.refusals.get(intent.key, 0) + 1
            if seen >= TRIES:
                text = f"the contract refuses: {reason}"
                agreed.append(judgement.failed(one.outcome, intent.key, text))
            else:
                again = Done(one.outcome, {**one.refusals, intent.key: seen})
                loop = asyncio.get_running_loop()
                loop.call_later(FIRST_PAUSE, self._outbox.put_nowait, again)
        return agreed

    # ---- The end ----

    async def finish(self, seconds: float) -> None:
        """No more claims; what is under way gets that long, the rest waits for the next start."""
        self.closed = True
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._claims and loop.time() < end:
            await asyncio.sleep(0.02)
        left = list(self._claims)
        tasks = [task for task in self._active.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._claims.clear()
        self._active.clear()
        if left:
            await self._database.write(lambda c: records.give_back(c, left))
