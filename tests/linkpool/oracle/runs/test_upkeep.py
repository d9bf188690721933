# SPDX-License-Identifier: MIT
"""Requests without a run, logs that an RPC withheld, what is late, what is old."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import insert, select

from linkpool.chain.calls import Log
from linkpool.chain.rpc import Ask
from linkpool.errors import ChainUnavailable
from linkpool.follower import Head
from linkpool.net.testing import FakeHttp
from linkpool.oracle.runs import intake, reaper, reconciler, records
from linkpool.oracle.runs.counters import HostCounters
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.states import State
from linkpool.oracle.runs.upkeep import Upkeep
from linkpool.store.database import Database
from linkpool.store.tables import attempts, intents, logs, resumptions, runs, task_runs
from tests.linkpool.oracle.logs import answer_log, request_log
from tests.linkpool.oracle.runs.ledger import NODE, Ledger

OTHER = b"\x2e" * 32


class Chain:
    """Gives the logs that it has."""

    def __init__(self, *found: Log) -> None:
        self.found = found

    async def logs(self, *, first: int, last: int, **_: Any) -> list[Log]:
        return [log for log in self.found if first <= log.block <= last]

    async def batch(self, calls: Sequence[Ask]) -> list[None]:
        return [None for _ in calls]


class Follower:
    def __init__(self, behind: int = 0) -> None:
        self.head = Head(20, "0x", 0, behind)
        self.replayed: list[int] = []

    async def replay(self, since: int) -> None:
        self.replayed.append(since)


class Host:
    """What upkeep asks of the host."""

    def __init__(self, ledger: Ledger) -> None:
        self.runner = self
        self.book = ledger.book
        self.counters = HostCounters()
        self._ledger = ledger

    async def take_up(self, found: list[Log]) -> int:
        ledger = self._ledger
        taken = await ledger.database.write(
            lambda c: intake.take_up(c, found, ledger.book, ledger.terms, now=time.time())
        )
        self.counters.missed += taken.received
        return taken.received


def upkeep(ledger: Ledger, chain: Chain, follower: Follower) -> Upkeep:
    return Upkeep(chain, ledger.database, follower, FakeHttp(), RunLimits())  # type: ignore[arg-type]


def test_a_request_without_a_run_is_taken_up_and_counted(ledger: Ledger) -> None:
    ledger.add(request_log(), request_log(OTHER, block=7))
    ledger.take()
    ledger.database.write_now(lambda c: c.execute(runs.delete().where(runs.c.id == 1)))
    host, follower = Host(ledger), Follower()
    chain = Chain(request_log(), request_log(OTHER, block=7))
    keeping = upkeep(ledger, chain, follower)
    for _ in range(2):
        asyncio.run(keeping.reconcile(host))
        assert (host.counters.missed, host.counters.reread) == (1, 0)
    assert sorted(row.block for row in ledger.runs()) == [5, 7]
    assert follower.replayed == []


def test_logs_that_an_rpc_withheld_are_read_again(ledger: Ledger) -> None:
    ledger.add(request_log())
    ledger.take()
    host, follower = Host(ledger), Follower()
    chain = Chain(request_log(), request_log(OTHER, block=7), answer_log(block=9))
    asyncio.run(upkeep(ledger, chain, follower).reconcile(host))
    assert follower.replayed == [7]
    assert host.counters.reread == 2


@pytest.mark.parametrize("behind", [0, 5])
def test_what_is_not_settled_or_not_read_yet_is_left_alone(ledger: Ledger, behind: int) -> None:
    block = 19 if behind == 0 else 7
    host, follower = Host(ledger), Follower(behind)
    chain = Chain(request_log(block=block))
    asyncio.run(upkeep(ledger, chain, follower).reconcile(host))
    assert follower.replayed == []
    ledger.add(request_log(block=block))  # not taken yet
    asyncio.run(upkeep(ledger, chain, follower).reconcile(host))
    assert (host.counters.missed, list(ledger.runs())) == (0, [])


def test_a_comparison_that_fails_keeps_the_reconciler_from_nothing(database: Database) -> None:
    ledger = Ledger(database)
    ledger.add_job(shadow=True)
    ledger.add(request_log(), answer_log())
    ledger.take()
    ledger.set(1, state=State.COMPLETED)
    host, follower = Host(ledger), Follower()
    chain = Chain(request_log(), request_log(OTHER, block=7))
    with pytest.raises(ChainUnavailable, match="does not have transaction"):
        asyncio.run(upkeep(ledger, chain, follower).look(host))
    assert follower.replayed == [7]


def test_another_nodes_requests_are_not_missed(database: Database) -> None:
    ledger = Ledger(database)
    ledger.add_job(shadow=True)
    ledger.add(request_log(spec_id=b"z" * 32))
    ledger.take()
    host = Host(ledger)
    keeping = upkeep(ledger, Chain(request_log(spec_id=b"z" * 32)), Follower())
    asyncio.run(keeping.reconcile(host))
    assert (host.counters.missed, list(ledger.runs())) == (0, [])


def test_how_far_behind_the_node_is(ledger: Ledger) -> None:
    ledger.add(*(request_log(bytes([n]) * 32, block=n) for n in range(1, 6)))
    ledger.take()
    ledger.set(1, created=100.0)
    ledger.set(2, created=400.0, state=State.SENDING)
    ledger.set(3, created=500.0, state=State.SENDING, answer_tx="0xdone")
    ledger.set(4, created=500.0, state=State.ERRORED)
    ledger.set(5, created=50.0, state=State.COMPLETED)
    found = ledger.database.read_now(lambda c: reconciler.standing(c, now=550, late_seconds=200))
    assert found == reconciler.Standing(open=2, oldest=450.0, late=1, failed=1)
    later = ledger.database.read_now(lambda c: reconciler.standing(c, now=601, late_seconds=200))
    assert later.failed == 0  # expired


# ---- Reaping ----


def details(ledger: Ledger, run: int, finished: float) -> None:
    ledger.set(run, state=State.COMPLETED, finished=finished, outputs="[1]", answer_tx="0xa")
    row = {
        "id": f"task {run}", "run": run, "name": "t", "kind": "memo", "state": "completed",
        "started": 0.0,
    }  # fmt: skip
    ledger.database.write_now(lambda c: c.execute(insert(task_runs).values(**row)))


def test_old_details_go_and_what_money_depended_on_stays(ledger: Ledger) -> None:
    ledger.add(*(request_log(bytes([n]) * 32, block=n) for n in range(1, 4)))
    ledger.take()
    details(ledger, 1, finished=100)
    details(ledger, 2, finished=300)
    manual = ledger.database.write_now(lambda c: records.add_manual(c, 1, {}, now=1))
    ledger.set(manual, state=State.COMPLETED, finished=100.0)
    before = {row.id: row for row in ledger.runs()}
    assert ledger.database.write_now(lambda c: reaper.reap(c, before=200)) == 2
    assert ledger.database.write_now(lambda c: reaper.reap(c, before=200)) == 0
    after = {row.id: row for row in ledger.runs()}
    assert set(after) == {1, 2, 3}
    assert (after[1].input, after[1].outputs) == ("{}", None)
    kept = ("request", "requester", "payment", "answer_tx", "state", "block_hash", "finished")
    assert all(getattr(after[1], name) == getattr(before[1], name) for name in kept)
    assert (after[2], after[3]) == (before[2], before[3])
    tasks = ledger.database.read_now(lambda c: c.execute(select(task_runs.c.id)).all())
    assert [row.id for row in tasks] == ["task 2"]


def test_a_reaped_run_is_not_missed_and_not_repeated(ledger: Ledger) -> None:
    ledger.add(request_log())
    ledger.take()
    ledger.set(1, state=State.ERRORED, finished=100.0)
    ledger.database.write_now(lambda c: reaper.reap(c, before=200))
    host = Host(ledger)
    asyncio.run(upkeep(ledger, Chain(request_log()), Follower()).reconcile(host))
    assert host.counters.missed == 0


def test_attempts_that_were_mined_and_those_not_settled_stay(ledger: Ledger) -> None:
    def write(connection: Any) -> None:
        common = {"account": NODE, "data": b"", "value": "0", "gas": 1, "what": "", "created": 0}
        settled = [(1, "final", 100.0), (2, "final", 300.0), (3, "sent", None)]
        for number, state, moment in settled:
            row = common | {"id": number, "key": str(number), "nonce": number}
            connection.execute(insert(intents).values(**row, state=state, settled=moment))
            for good in (None, True):
                connection.execute(
                    insert(attempts).values(
                        intent=number, kind="call", nonce=number, hash=f"{number} {good}", raw=b"",
                        ceiling="1", tip="1", created=0, succeeded=good,
                    )
                )  # fmt: skip
        connection.execute(insert(resumptions).values(task_run="old", value="1", received=100))
        connection.execute(insert(resumptions).values(task_run="new", value="1", received=300))

    ledger.database.write_now(write)
    ledger.database.write_now(lambda c: reaper.reap(c, before=200))
    left = ledger.database.read_now(lambda c: c.execute(select(attempts.c.hash)).scalars().all())
    assert sorted(left) == ["1 True", "2 None", "2 True", "3 None", "3 True"]
    kept = ledger.database.read_now(
        lambda c: c.execute(select(resumptions.c.task_run)).scalars().all()
    )
    assert kept == ["new"]
    assert ledger.database.read_now(lambda c: c.execute(select(logs)).all()) == []
