# SPDX-License-Identifier: MIT
"""Runs that wait for an adapter or for a transaction: across restarts, deaths and losses (P13)."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from linkpool.oracle.runs import records, resumption, settlement
from linkpool.store.database import Database
from linkpool.store.tables import intents
from linkpool.transactions.intents import IntentState
from linkpool.transactions.withdrawal import WITHDRAWN
from tests.linkpool.oracle.logs import request_log
from tests.linkpool.oracle.runs.ledger import Ledger
from tests.linkpool.oracle.runs.process import (
    Process,
    all_intents,
)
from tests.linkpool.oracle.runs.running import DATA, IDS, asked, outputs, prepared

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
