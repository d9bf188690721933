# SPDX-License-Identifier: MIT
"""Runs from claim to answer: each request one intent, wherever the process dies (P13)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from linkpool.chain.rpc import RpcRefused
from linkpool.errors import TxReverted, UsageError
from linkpool.net.testing import FakeHttp, answer
from linkpool.oracle.runs import judgement, records, rehearsal
from linkpool.oracle.runs.jobs import Job
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.records import Claim, Outcome
from linkpool.oracle.runs.states import State
from linkpool.store.database import Database
from linkpool.transactions.intents import Intent, IntentState
from tests.linkpool.oracle.logs import STORAGE, answer_log
from tests.linkpool.oracle.runs.ledger import Ledger
from tests.linkpool.oracle.runs.process import (
    FakeChain,
    Process,
    all_intents,
    enqueue,
    mine,
)
from tests.linkpool.oracle.runs.running import IDS, asked, outputs, prepared

TASKS = 8


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return prepared(database)


def test_requests_are_answered_and_their_tasks_kept(ledger: Ledger) -> None:
    asked(ledger)
    process = Process(ledger)
    assert asyncio.run(process.live(3))
    assert ledger.states() == ["completed"] * len(IDS)
    sent = all_intents(ledger)
    assert [intent.nonce for intent in sent] == [0, 1, 2, 3, 4]
    assert {intent.recipient for intent in sent} == {STORAGE}
    assert sent[0].key.startswith(f"answer:{STORAGE}:0x{'01' * 32}:0x")
    assert outputs(ledger)["send"] == ["completed"] * len(IDS)
    assert len(outputs(ledger)) == TASKS
    assert process.chain.looks == 1


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 12))
def test_whichever_write_is_the_last_each_request_has_one_intent(
    ledger: Ledger, dies_at: int, committed: bool
) -> None:
    asked(ledger)
    first = Process(ledger, dies_at=dies_at, committed=committed)
    died = not asyncio.run(first.live(4))
    assert died == (first.database.writes >= dies_at)
    assert asyncio.run(Process(ledger).live(4))
    assert ledger.states() == ["completed"] * len(IDS)
    assert [intent.nonce for intent in all_intents(ledger)] == [0, 1, 2, 3, 4]


def test_an_answer_that_the_contract_refuses_uses_no_nonce(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])
    chain = FakeChain()
    chain.says = lambda look: TxReverted("storage: no such request")
    asyncio.run(Process(ledger, chain=chain).live(1))
    [row] = ledger.runs()
    assert (row.state, row.intent) == ("errored", None)
    assert row.reason == "the contract refuses: storage: no such request"
    assert list(all_intents(ledger)) == []
    assert chain.looks == rehearsal.TRIES


def test_a_refusal_of_an_rpc_that_was_behind_is_not_believed(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])
    chain = FakeChain()
    chain.says = lambda look: TxReverted("storage: no such request") if look < 3 else "0x"
    asyncio.run(Process(ledger, chain=chain).live(2))
    assert ledger.states() == ["completed"]


def test_an_rpc_that_fell_behind_is_not_believed_however_often_it_refuses(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])
    chain = FakeChain()
    chain.behind = rehearsal.TRIES + 2
    chain.says = lambda look: (
        TxReverted("storage: no such request") if look <= chain.behind else "0x"
    )
    asyncio.run(Process(ledger, chain=chain).live(2))
    assert ledger.states() == ["completed"]


def test_lost_rpcs_fail_no_run(ledger: Ledger) -> None:
    asked(ledger)
    chain = FakeChain()
    chain.down = 4
    asyncio.run(Process(ledger, chain=chain).live(2))
    assert ledger.states() == ["completed"] * len(IDS)


def test_an_rpc_that_cannot_try_an_answer_does_not_stop_it(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])
    chain = FakeChain()
    chain.says = lambda look: RpcRefused("no eth_call here", elsewhere=False)
    asyncio.run(Process(ledger, chain=chain).live(2))
    assert (ledger.states(), chain.looks) == (["completed"], rehearsal.TRIES)


def test_a_fault_of_ours_fails_one_run_and_keeps_no_other(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = judgement.judge

    def broken(job: Job, claim: Claim, *more: object, **options: object) -> Outcome:
        if claim.id == 2:
            raise KeyError("x\x00y")
        return judge(job, claim, *more, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(judgement, "judge", broken)
    asked(ledger)
    asyncio.run(Process(ledger).live(2))
    assert ledger.states() == ["completed", "errored", "completed", "completed", "completed"]
    assert ledger.runs()[1].reason.startswith("a fault of this program: KeyError")


def test_a_failed_source_is_the_reason_and_the_run_can_be_repeated(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])
    broken = FakeHttp(lambda message: answer("out of order", 500))
    asyncio.run(Process(ledger, http=broken).live(1))
    [row] = ledger.runs()
    assert (row.state, row.intent) == ("errored", None)
    assert row.reason.startswith("fetch:")
    ledger.database.write_now(lambda c: records.retry(c, row.id))
    asyncio.run(Process(ledger).live(2))
    assert ledger.states() == ["completed"]


def test_a_request_cancelled_or_answered_meanwhile_is_not_answered(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])

    async def story() -> None:
        gate = asyncio.Event()

        async def slow(_message: object) -> object:
            await gate.wait()
            return answer('{"ETH": {"USD": 1}}')

        process = Process(ledger, http=FakeHttp(slow))  # type: ignore[arg-type]
        living = asyncio.create_task(process.live(1))
        while not process.http.asked:
            await asyncio.sleep(0.002)
        ledger.add(answer_log(IDS[0]))
        process.runner.drop(ledger.take().stopped)
        gate.set()
        assert await living

    asyncio.run(story())
    [row] = ledger.runs()
    assert (row.state, row.answer_tx) == ("completed", f"0x{6:064x}")
    assert list(all_intents(ledger)) == []


def test_an_outcome_of_a_claim_before_is_not_stored(ledger: Ledger) -> None:
    """The block of its request went and came back too late while the answer was tried."""
    asked(ledger, IDS[:1])
    process = Process(ledger)
    runner = process.runner

    def starts_anew(look: int) -> str:
        if look == 1:
            claim = runner._claims[1]
            runner.drop([1])
            ledger.set(1, attempt=1)
            runner._start(replace(claim, attempt=1))
        return "0x"

    process.chain.says = starts_anew
    asyncio.run(process.live(2))
    [row], [sent] = ledger.runs(), all_intents(ledger)
    assert (row.state, row.attempt, row.intent) == ("completed", 1, sent.key)
    assert sent.key.endswith(":1")


def test_an_outcome_that_comes_too_late_is_not_stored(ledger: Ledger) -> None:
    """The row is closed between the last task and the write: the write looks once more."""
    asked(ledger, IDS[:1])
    process = Process(ledger)
    chain = process.chain

    def closes(look: int) -> str:
        ledger.database.write_now(
            lambda c: c.exec_driver_sql("UPDATE runs SET state = 'cancelled'")
        )
        return "0x"

    chain.says = closes
    asyncio.run(process.live(1))
    assert ledger.states() == ["cancelled"]
    assert list(all_intents(ledger)) == []


@pytest.mark.parametrize("limits", [{"parallel": 2}, {"parallel_per_job": 2}])
def test_no_more_than_allowed_run_at_once(ledger: Ledger, limits: dict[str, int]) -> None:
    asked(ledger)
    process = Process(ledger, limits=RunLimits(**limits))  # type: ignore[arg-type]
    asyncio.run(process.live(4))
    assert ledger.states() == ["completed"] * len(IDS)
    assert process.most == 2


def test_a_reverted_answer_is_tried_again_and_not_for_ever(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])

    async def lives(count: int) -> None:
        process = Process(ledger)
        await process.live(count)

    for attempt in range(3):
        asyncio.run(lives(1))
        fail(ledger, attempt)
    asyncio.run(lives(1))
    [row] = ledger.runs()
    assert row.state == "errored"
    assert row.reason == "its transaction reverted: storage: no such request"
    assert [intent.key.rpartition(":send")[2] for intent in all_intents(ledger)] == ["", ":1", ":2"]


def fail(ledger: Ledger, nonce: int) -> None:
    """That answer was mined and reverted, for good."""
    ledger.database.write_now(
        lambda c: c.exec_driver_sql(
            "UPDATE intents SET state = 'failed', reason = 'storage: no such request'"
            f" WHERE nonce = {nonce}"
        )
    )


# ---- Other ends ----


def test_what_cannot_be_enqueued_fails_alone(ledger: Ledger) -> None:
    asked(ledger)

    def picky(connection: Connection, intent: Intent) -> bool:
        if "0x" + IDS[2].hex() in intent.key:
            raise UsageError("no key for this account here")
        return enqueue(connection, intent)

    process = Process(ledger)
    process.runner._enqueue = picky
    asyncio.run(process.live(2))
    assert ledger.states() == ["completed", "completed", "errored", "completed", "completed"]
    assert "no key for this account" in ledger.runs()[2].reason
    assert [intent.nonce for intent in all_intents(ledger)] == [0, 1, 2, 3]


def test_a_run_whose_job_was_deleted_says_so(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])
    ledger.take()
    ledger.book.jobs.clear()
    asyncio.run(Process(ledger).live(1))
    [row] = ledger.runs()
    assert (row.state, row.reason) == ("errored", "its job was deleted")


def test_a_cancelled_transaction_ends_the_run(ledger: Ledger) -> None:
    asked(ledger, IDS[:1])

    async def story() -> None:
        process = Process(ledger)
        delivering = asyncio.create_task(process.runner.deliver())
        process.runner.book, process.runner.head = ledger.book, 10
        ledger.take()
        await process.runner.fill()
        while process.runner.active:
            await asyncio.sleep(0.002)
        delivering.cancel()

    asyncio.run(story())
    mine(ledger, IntentState.CANCELLED)
    asyncio.run(Process(ledger).live(1))
    [row] = ledger.runs()
    assert row.state == State.CANCELLED
    assert "its transaction was cancelled" in row.reason


def test_at_the_end_what_is_under_way_waits_for_the_next_start(ledger: Ledger) -> None:
    asked(ledger, IDS[:2])

    async def story() -> None:
        async def never(_message: object) -> object:
            await asyncio.Event().wait()
            raise AssertionError

        process = Process(ledger, http=FakeHttp(never))  # type: ignore[arg-type]
        process.runner.book, process.runner.head = ledger.book, 10
        ledger.take()
        assert await process.runner.fill() == 2
        assert ledger.states() == ["running", "running"]
        await process.runner.finish(0.01)
        assert await process.runner.fill() == 0

    asyncio.run(story())
    assert ledger.states() == ["waiting", "waiting"]
