# SPDX-License-Identifier: MIT
"""A runner with a fake chain and a fake data source: one process, that may die at any write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import Connection, insert, select, update

from linkpool.chain.rpc import Ask
from linkpool.errors import ChainUnavailable
from linkpool.net.testing import FakeHttp, answer
from linkpool.oracle.runs import intake, records, rehearsal, settlement
from linkpool.oracle.runs.jobs import Job
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.records import Claim, Outcome
from linkpool.oracle.runs.runner import Runner
from linkpool.oracle.world import BridgeAnswer, BridgeQuestion, RunIdentity, World
from linkpool.store.tables import accounts, intents
from linkpool.transactions import intents as sending
from linkpool.transactions.intents import Intent, IntentState
from tests.linkpool.oracle.runs.ledger import NODE, Ledger

T = TypeVar("T")
HEAD = 10


class Died(Exception):
    """The process was killed."""


class Mortal:
    """A Database whose process dies at write number `at`, before or after it is committed."""

    def __init__(self, ledger: Ledger, at: int | None = None, *, committed: bool = False) -> None:
        self._database = ledger.database
        self._at = at
        self._committed = committed
        self.writes = 0

    async def write(self, work: Callable[[Connection], T]) -> T:
        self.writes += 1
        dies = self.writes == self._at
        if dies and not self._committed:
            raise Died
        result = await self._database.write(work)
        if dies:
            raise Died
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._database.read(work)


class FakeChain:
    """Says to each simulated call what it is told to: an exception or b""."""

    chain_id = 31337

    def __init__(self) -> None:
        self.says: Callable[[int], Any] = lambda look: "0x"
        self.looks = 0
        self.down = 0
        """Looks for which no RPC answers."""
        self.behind = 0
        """Looks that are answered from before the head."""

    async def batch(
        self, calls: Sequence[Ask], *, block: int | None = None
    ) -> list[Any | Exception]:
        self.looks += 1
        if self.looks <= self.down:
            raise ChainUnavailable("no RPC answers")
        height = hex(HEAD - 1 if self.looks <= self.behind else HEAD)
        return [height if call == rehearsal.HEIGHT else self.says(self.looks) for call in calls]

    async def rpc(self, method: str, *params: Any) -> Any:
        word = "0x" + "7e" * 32
        return {"receiptsRoot": word, "transactionsRoot": word, "stateRoot": word}


class FakeBridges:
    """Answers later, always."""

    def __init__(self) -> None:
        self.asked: list[str | None] = []

    async def ask(self, question: BridgeQuestion) -> BridgeAnswer:
        self.asked.append(question.task_run)
        return BridgeAnswer("", pending=True)


class Process:
    """From its start to its end, or its death."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        chain: FakeChain | None = None,
        http: FakeHttp | None = None,
        dies_at: int | None = None,
        committed: bool = False,
        limits: RunLimits | None = None,
    ) -> None:
        self.ledger = ledger
        self.chain = chain or FakeChain()
        self.http = http or FakeHttp(lambda message: answer('{"ETH": {"USD": 2438.21}}'))
        self.bridges = FakeBridges()
        self.database = Mortal(ledger, dies_at, committed=committed)
        self.stored: list[Outcome] = []
        self.most = 0
        self.runner = Runner(
            self.chain,
            self.database,  # type: ignore[arg-type]
            outside=self._outside,
            enqueue=enqueue,
            accounts=[NODE],
            limits=limits or RunLimits(),
            stored=self._stored,
        )

    def _outside(self, job: Job, claim: Claim) -> World:
        self.most = max(self.most, self.runner.active)
        identity = RunIdentity(str(job.id), str(claim.id))
        return World(self.http, None, self.bridges, identity)

    async def _stored(self, outcomes: Sequence[Outcome]) -> None:
        self.stored += outcomes
        await self.runner.fill()

    async def live(self, looks: int = 4) -> bool:
        """So many looks at the chain; False where it died on the way."""
        delivering = asyncio.create_task(self.runner.deliver())
        try:
            await self.database.write(records.recover)
            self.runner.book = self.ledger.book
            for _ in range(looks):
                self.runner.head = HEAD
                await self._look(delivering)
                mine(self.ledger)
            return True
        except Died:
            return False
        finally:
            tasks = [delivering, *self.runner._active.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, delivering: asyncio.Task[None]) -> None:
        book, terms = self.ledger.book, self.ledger.terms
        taken = await self.database.write(
            lambda c: intake.take(c, book, terms, now=time.time())
        )  # fmt: skip
        self.runner.drop(taken.stopped)
        await self.database.write(lambda c: settlement.settle(c, head=HEAD, now=time.time()))
        await self.runner.fill()
        while self.runner.active:
            if delivering.done():
                delivering.result()
            await asyncio.sleep(0.002)
        if delivering.done():
            with suppress(asyncio.CancelledError):
                delivering.result()


def enqueue(connection: Connection, intent: Intent) -> bool:
    return sending.enqueue(connection, intent, now=time.time())


def open_account(ledger: Ledger) -> None:
    ledger.database.write_now(
        lambda c: c.execute(insert(accounts).values(address=NODE, next_nonce=0))
    )


def mine(ledger: Ledger, state: IntentState = IntentState.FINAL) -> None:
    """Everything that waits to be sent is what `state` says."""
    open_ = intents.c.state == IntentState.QUEUED
    ledger.database.write_now(
        lambda c: c.execute(update(intents).where(open_).values(state=state, block=HEAD))
    )


def all_intents(ledger: Ledger) -> Sequence[Any]:
    return ledger.database.read_now(lambda c: c.execute(select(intents)).all())
