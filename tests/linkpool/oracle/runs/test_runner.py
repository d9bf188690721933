# SPDX-License-Identifier: MIT
"""Runs from claim to answer: each request one intent, wherever the process dies (P13)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, update

from linkpool.chain.rpc import RpcRefused
from linkpool.errors import TxReverted, UsageError
from linkpool.net.testing import FakeHttp, answer
from linkpool.oracle.cbor import encode_request
from linkpool.oracle.runs import judgement, records, rehearsal, resumption, runner, settlement
from linkpool.oracle.runs.jobs import Job
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.records import Claim, Outcome
from linkpool.oracle.runs.states import State
from linkpool.store.database import Database
from linkpool.store.tables import intents, task_runs
from linkpool.transactions.intents import Intent, IntentState
from linkpool.transactions.withdrawal import WITHDRAWN
from tests.linkpool.oracle.logs import STORAGE, answer_log, request_log
from tests.linkpool.oracle.runs.ledger import JOB, Ledger
from tests.linkpool.oracle.runs.process import (
    FakeChain,
    Process,
    all_intents,
    enqueue,
    mine,
    open_account,
)

DATA = encode_request({"get": "https://example.org/eth", "path": "ETH,USD", "times": 100})
IDS = [bytes([number]) * 32 for number in range(1, 6)]
TASKS = 8

ASYNC = """
type = "directrequest"
schemaVersion = 1
name = "asks somebody who answers later"
externalJobID = "d6ef9a12-fa8d-4811-bb79-e08204303610"
contractAddress = "YOUR_OPERATOR_CONTRACT_ADDRESS"
observationSource = \"\"\"
    ask  [type=bridge name=later async=true requestData="{}"]
    send [type=ethtx to="YOUR_OPERATOR_CONTRACT_ADDRESS" data="$(ask)" minConfirmations=1]
    note [type=memo value="$(send.transactionHash)"]
    ask -> send -> note
\"\"\"
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (runner, rehearsal):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return prepared(database)


def prepared(database: Database, job: str = JOB) -> Ledger:
    made = Ledger(database)
    made.add_job(job)
    open_account(made)
    return made


def asked(ledger: Ledger, ids: list[bytes] = IDS) -> None:
    ledger.add(*(request_log(one, block=n, data=DATA) for n, one in enumerate(ids, 1)))


def outputs(ledger: Ledger) -> dict[str, list[str]]:
    rows = ledger.database.read_now(lambda c: c.execute(select(task_runs)).all())
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(row.state)
    return found


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


# ---- Suspended runs ----


def test_a_suspended_run_goes_on_after_a_restart(database: Database) -> None:
    ledger = prepared(database, ASYNC)
    asked(ledger, IDS[:1])
    first = Process(ledger)
    asyncio.run(first.live(2))
    assert ledger.states() == ["suspended"]
    [task_run] = first.bridges.asked
    assert task_run is not None
    assert resume(ledger, task_run, value="0x" + "ab" * 36)
    second = Process(ledger)
    asyncio.run(second.live(4))
    assert second.bridges.asked == []
    assert ledger.states() == ["completed"]
    [intent] = all_intents(ledger)
    assert bytes(intent.data) == b"\xab" * 36
    assert outputs(ledger) == {"ask": ["completed"], "send": ["completed"], "note": ["completed"]}


def test_an_adapter_that_is_quicker_than_the_database_is_heard(database: Database) -> None:
    ledger = prepared(database, ASYNC)
    asked(ledger, IDS[:1])
    first = Process(ledger, dies_at=5)  # recover, take, settle, claim, and the result is lost
    asyncio.run(first.live(1))
    [task_run] = first.bridges.asked
    assert task_run is not None
    assert ledger.states() == ["running"]
    assert resume(ledger, task_run, value="0x" + "ab" * 36)
    asyncio.run(Process(ledger).live(5))
    assert ledger.states() == ["completed"]
    assert not resume(ledger, "00000000-0000-0000-0000-000000000000", value=1)


def test_an_error_of_an_adapter_fails_the_run(database: Database) -> None:
    ledger = prepared(database, ASYNC)
    asked(ledger, IDS[:1])
    first = Process(ledger)
    asyncio.run(first.live(1))
    [task_run] = first.bridges.asked
    assert task_run is not None
    assert resume(ledger, task_run, error="the sensor is dead")
    asyncio.run(Process(ledger).live(1))
    [row] = ledger.runs()
    assert row.state == "errored"
    assert "the sensor is dead" in row.reason
    assert list(all_intents(ledger)) == []


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("dies_at", range(1, 14))
def test_a_resumed_run_sends_once_wherever_it_dies(
    database: Database, dies_at: int, committed: bool
) -> None:
    ledger = prepared(database, ASYNC)
    asked(ledger, IDS[:1])
    first = Process(ledger)
    asyncio.run(first.live(1))
    assert resume(ledger, str(first.bridges.asked[0]), value="0x" + "ab" * 36)
    asyncio.run(Process(ledger, dies_at=dies_at, committed=committed).live(4))
    last = Process(ledger)
    assert asyncio.run(last.live(5))
    assert last.bridges.asked == []
    assert ledger.states() == ["completed"]
    assert len(all_intents(ledger)) == 1


def resume(ledger: Ledger, task_run: str, **given: object) -> bool:
    return ledger.database.write_now(
        lambda c: resumption.keep(c, task_run, book=ledger.book, now=1.0, **given)  # type: ignore[arg-type]
    )


def test_a_suspended_run_whose_block_left_and_came_back_goes_on(database: Database) -> None:
    ledger = prepared(database, ASYNC)
    asked(ledger, IDS[:1])
    first = Process(ledger)
    asyncio.run(first.live(1))
    came = request_log(IDS[0], block=1, data=DATA)
    ledger.remove(came)
    ledger.take()
    assert ledger.states() == ["orphaned"]
    ledger.add(came)
    ledger.take()
    assert ledger.states() == ["suspended"]
    assert resume(ledger, str(first.bridges.asked[0]), value="0x" + "ab" * 36)
    last = Process(ledger)
    asyncio.run(last.live(4))
    assert last.bridges.asked == []
    assert ledger.states() == ["completed"]
    assert len(all_intents(ledger)) == 1


def test_a_run_that_is_repeated_asks_its_adapter_again(database: Database) -> None:
    ledger = prepared(database, ASYNC)
    asked(ledger, IDS[:1])
    first = Process(ledger)
    asyncio.run(first.live(1))
    assert resume(ledger, str(first.bridges.asked[0]), error="out of order")
    asyncio.run(Process(ledger).live(1))
    assert ledger.states() == ["errored"]
    ledger.database.write_now(lambda c: records.retry(c, 1))
    second = Process(ledger)
    asyncio.run(second.live(1))
    assert second.bridges.asked == first.bridges.asked
    assert resume(ledger, str(second.bridges.asked[0]), value="0x" + "cd" * 36)
    asyncio.run(Process(ledger).live(4))
    assert ledger.states() == ["completed"]


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


# ---- Several transactions of one run ----

TWICE = ASYNC.replace(
    """    ask  [type=bridge name=later async=true requestData="{}"]
    send [type=ethtx to="YOUR_OPERATOR_CONTRACT_ADDRESS" data="$(ask)" minConfirmations=1]
    note [type=memo value="$(send.transactionHash)"]
    ask -> send -> note
""",
    """    one  [type=ethtx to="YOUR_OPERATOR_CONTRACT_ADDRESS" data="0x01" minConfirmations=1]
    two  [type=ethtx to="YOUR_OPERATOR_CONTRACT_ADDRESS" data="0x02" minConfirmations=1]
    note [type=memo value="$(two.blockNumber)"]
    one -> note
""",
)


def cancelled(ledger: Ledger, data: bytes, reason: str) -> None:
    """Of the run's transactions, the newest with these data came to nothing."""
    number = max(row.id for row in all_intents(ledger) if row.data == data)
    change = {"state": IntentState.CANCELLED, "reason": reason, "block": None}
    ledger.database.write_now(
        lambda c: c.execute(update(intents).where(intents.c.id == number).values(change))
    )


@pytest.mark.parametrize("reason", [WITHDRAWN, "fatal: exceeds block gas limit"])
def test_one_of_several_transactions_that_was_lost_is_sent_again_alone(
    database: Database, reason: str
) -> None:
    ledger = prepared(database, TWICE)
    asked(ledger, IDS[:1])
    asyncio.run(Process(ledger).live(1))
    assert ledger.states() == ["suspended"]
    cancelled(ledger, b"\x02", reason)
    asyncio.run(Process(ledger).live(1))
    assert ledger.states() == ["suspended"]
    asyncio.run(Process(ledger).live(1))
    assert ledger.states() == ["completed"]
    sent = all_intents(ledger)
    assert [row.data for row in sent] == [b"\x01", b"\x02", b"\x02"]
    assert sent[2].key == f"{sent[1].key}:1"


def test_a_transaction_that_is_lost_again_and_again_ends_its_run(database: Database) -> None:
    ledger = prepared(database, TWICE)
    asked(ledger, IDS[:1])
    for _ in range(settlement.ATTEMPTS):
        asyncio.run(Process(ledger).live(1))
        assert ledger.states() == ["suspended"]
        cancelled(ledger, b"\x02", WITHDRAWN)
    asyncio.run(Process(ledger).live(1))
    assert ledger.states() == ["errored"]
    assert len(all_intents(ledger)) == 1 + settlement.ATTEMPTS


def test_one_of_several_transactions_that_an_operator_cancelled_is_not_sent_again(
    database: Database,
) -> None:
    ledger = prepared(database, TWICE)
    asked(ledger, IDS[:1])
    asyncio.run(Process(ledger).live(1))
    cancelled(ledger, b"\x02", "by hand")
    asyncio.run(Process(ledger).live(1))
    [run] = ledger.runs()
    assert (run.state, len(all_intents(ledger))) == ("errored", 2)
    assert "its transaction was cancelled: by hand" in run.reason
