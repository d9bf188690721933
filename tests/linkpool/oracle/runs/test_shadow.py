# SPDX-License-Identifier: MIT
"""Our answers beside another node's: read out of its transactions, compared, summed up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import insert

from linkpool.chain.rpc import Ask
from linkpool.errors import ChainUnavailable
from linkpool.oracle import values
from linkpool.oracle.runs.shadow import (
    AGREED,
    DIFFERED,
    MISSING,
    Shadow,
    answer_of,
    differences,
    summary,
    verdict,
)
from linkpool.oracle.runs.states import State
from linkpool.store.database import Database
from linkpool.store.tables import task_runs
from tests.linkpool.oracle.logs import answer_log, request_log
from tests.linkpool.oracle.runs.ledger import Ledger

ID = b"\x1d" * 32
REQUEST = "0x" + ID.hex()
REST = b"\0" * 32 * 4  # payment, callback, function, expiration
SINGLE = bytes.fromhex("4ab0d190") + ID + REST + b"\5" * 32
MULTI = (
    bytes.fromhex("6ae0bc76") + ID + REST + (6 * 32).to_bytes(32) + (64).to_bytes(32)
    + ID + b"\7" * 32
)  # fmt: skip


def test_answers_are_found_in_both_functions_and_behind_a_forwarder() -> None:
    assert answer_of(SINGLE, REQUEST) == b"\5" * 32
    assert answer_of(MULTI, REQUEST) == ID + b"\7" * 32
    assert answer_of(b"\x6f\xad\xcf\x72" + b"\0" * 96 + MULTI, REQUEST) == ID + b"\7" * 32


@pytest.mark.parametrize("calldata", [b"", b"\1" * 400, SINGLE[:-1], MULTI[:-1], SINGLE[:100]])
def test_what_holds_no_answer_is_none(calldata: bytes) -> None:
    assert answer_of(calldata, REQUEST) is None
    assert answer_of(SINGLE, "0x" + "2e" * 32) is None


def test_verdicts() -> None:
    assert verdict(b"1", b"1") == AGREED
    assert verdict(b"1", b"2") == DIFFERED
    assert verdict(None, b"2") == verdict(b"1", None) == MISSING
    assert verdict(None, None) == AGREED


class Chain:
    """Knows transactions by their hash; or no RPC answers."""

    chain_id = 31337

    def __init__(self, inputs: dict[str, bytes]) -> None:
        self.inputs = inputs

    async def batch(self, calls: Sequence[Ask]) -> list[Any]:
        found = [self.inputs.get(str(given[0])) for _, given in calls]
        return [None if one is None else {"input": "0x" + one.hex()} for one in found]


def compared(ledger: Ledger, inputs: dict[str, bytes], now: float = 1_000) -> int:
    shadow = Shadow(Chain(inputs), ledger.database)  # type: ignore[arg-type]
    return asyncio.run(shadow.look(now))


def finished(ledger: Ledger, calldata: bytes | None) -> None:
    """Our run is done, with this transaction that was not sent."""
    ledger.set(1, state=State.ERRORED if calldata is None else State.COMPLETED)
    if calldata is not None:
        output = values.dumps({"to": "0x", "data": calldata, "sent": False})
        row = {
            "id": "one", "run": 1, "name": "send", "kind": "ethtx", "state": "completed",
            "output": output, "started": 0.0,
        }  # fmt: skip
        ledger.database.write_now(lambda c: c.execute(insert(task_runs).values(**row)))


@pytest.fixture
def ledger(database: Database) -> Ledger:
    made = Ledger(database)
    made.add_job(shadow=True)
    made.add(request_log())
    made.take()
    return made


TX = f"0x{6:064x}"


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [(SINGLE, SINGLE, AGREED), (SINGLE, MULTI, DIFFERED), (None, MULTI, MISSING)],
)
def test_runs_are_compared_once_both_are_there(
    ledger: Ledger, ours: bytes | None, theirs: bytes, said: str
) -> None:
    assert compared(ledger, {}) == 0
    finished(ledger, ours)
    assert compared(ledger, {}) == 0
    ledger.add(answer_log())
    ledger.take()
    assert compared(ledger, {TX: theirs}) == 1
    assert compared(ledger, {TX: theirs}) == 0
    [found] = ledger.database.read_now(summary)
    assert (found.job, getattr(found, said)) == (1, 1)
    assert found.agreed + found.differed + found.missing == 1
    listed = ledger.database.read_now(lambda c: differences(c, 1, limit=5))
    assert [(one.verdict, one.theirs_tx) for one in listed] == (
        [] if said == AGREED else [(said, TX)]
    )


def test_a_request_that_nobody_answers_is_missing_after_its_time(ledger: Ledger) -> None:
    finished(ledger, SINGLE)
    assert compared(ledger, {}, now=600 + 600) == 0
    assert compared(ledger, {}, now=600 + 601) == 1
    [found] = ledger.database.read_now(lambda c: differences(c, 1, limit=5))
    assert (found.verdict, found.ours, found.theirs) == (MISSING, "0x" + "05" * 32, None)


def test_an_rpc_without_the_transaction_is_asked_again_later(ledger: Ledger) -> None:
    finished(ledger, SINGLE)
    ledger.add(answer_log())
    ledger.take()
    with pytest.raises(ChainUnavailable):
        compared(ledger, {})
    assert compared(ledger, {TX: SINGLE}) == 1


def test_one_transaction_that_an_rpc_lacks_keeps_no_other_run_back(ledger: Ledger) -> None:
    finished(ledger, SINGLE)
    other = b"\x2e" * 32
    ledger.add(answer_log(), request_log(other, block=7), answer_log(other, block=8))
    ledger.take()
    ledger.set(2, state=State.ERRORED)
    with pytest.raises(ChainUnavailable, match=f"does not have transaction {TX}"):
        compared(ledger, {f"0x{8:064x}": MULTI.replace(ID, other)})
    [found] = ledger.database.read_now(lambda c: differences(c, 1, limit=5))
    assert (found.run, found.verdict) == (2, MISSING)


class Strange:
    """Gives a transaction that holds nothing."""

    async def batch(self, calls: Sequence[Ask]) -> list[Any]:
        return [{} for _ in calls]


def test_a_transaction_without_its_data_is_asked_for_again(ledger: Ledger) -> None:
    finished(ledger, SINGLE)
    ledger.add(answer_log())
    ledger.take()
    chain: Any = Strange()
    with pytest.raises(ChainUnavailable):
        asyncio.run(Shadow(chain, ledger.database).look(1_000))
