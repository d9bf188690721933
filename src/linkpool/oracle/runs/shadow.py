# SPDX-License-Identifier: MIT
"""Shadow jobs: they run beside another oracle node and send nothing; what they would have answered
is compared with what that node really did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from linkpool.chain import wire
from linkpool.chain.rpc import Ask, Rpc
from linkpool.errors import ChainUnavailable
from linkpool.oracle import values
from linkpool.oracle.runs.states import State
from linkpool.store.database import Database
from linkpool.store.tables import comparisons, jobs, runs, task_runs

MOST: Final = 200
GRACE: Final = 600  # seconds after the expiry that the other node gets
WORD: Final = 32
SINGLE: Final = bytes.fromhex("4ab0d190")  # fulfillOracleRequest
MULTI: Final = bytes.fromhex("6ae0bc76")  # fulfillOracleRequest2
AGREED, DIFFERED, MISSING = "agreed", "differed", "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Verdicts of one shadow job. `missing`: one side had no answer."""

    job: int
    agreed: int = 0
    differed: int = 0
    missing: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Answers in hexadecimal; None where there was none."""

    run: int
    request: str
    verdict: str
    ours: str | None
    theirs: str | None
    theirs_tx: str | None


def answer_of(calldata: bytes, request: str) -> bytes | None:
    """The answer in the call of an oracle's fulfil function, also where a forwarder wraps it; None
    where there is none for this request.
    """
    id_ = bytes.fromhex(request[2:])
    for selector, read in ((SINGLE, _single), (MULTI, _multi)):
        start = calldata.find(selector + id_)
        if start >= 0:
            return read(calldata[start + 4 :])
    return None


def _single(arguments: bytes) -> bytes | None:
    word = arguments[5 * WORD : 6 * WORD]
    return word if len(word) == WORD else None


def _multi(arguments: bytes) -> bytes | None:
    at = int.from_bytes(arguments[5 * WORD : 6 * WORD])
    size = int.from_bytes(arguments[at : at + WORD])
    found = arguments[at + WORD : at + WORD + size]
    return found if len(found) == size else None


def verdict(ours: bytes | None, theirs: bytes | None) -> str:
    """Pure. Two nodes without an answer agree."""
    if ours == theirs:
        return AGREED
    return MISSING if ours is None or theirs is None else DIFFERED


class Shadow:
    """Compares what can be compared by now; again changes nothing."""

    def __init__(self, chain: Rpc, database: Database) -> None:
        self._chain = chain
        self._database = database

    async def look(self, now: float) -> int:
        """How many runs were compared. ChainUnavailable where no RPC answers, or where one lacks a
        transaction; what can be compared has been by then.
        """
        rows = await self._database.read(lambda c: _waiting(c, now))
        txs = sorted({row["answer_tx"] for row in rows if row["answer_tx"] is not None})
        inputs = await self._inputs(txs)
        found = [_compared(row, inputs, now) for row in rows if row["answer_tx"] in (None, *inputs)]
        if found:
            await self._database.write(lambda c: c.execute(insert(comparisons), found))
        lacking = next((tx for tx in txs if tx not in inputs), None)
        if lacking is not None:
            raise ChainUnavailable(f"the RPC does not have transaction {lacking}")
        return len(found)

    async def _inputs(self, txs: Sequence[str]) -> dict[str, bytes]:
        """Of those that the RPC has."""
        asked: list[Ask] = [("eth_getTransactionByHash", (tx,)) for tx in txs]
        found = await self._chain.batch(asked) if asked else []
        inputs = {}
        for tx, answer in zip(txs, found, strict=True):
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, Mapping):
                inputs[tx] = wire.octets(answer.get("input"))
        return inputs


def _waiting(connection: Connection, now: float) -> list[dict[str, Any]]:
    """Shadow runs that are done on both sides, or on ours only and for long."""
    over = runs.c.answer_tx.is_not(None) | (runs.c.expires < now - GRACE)
    query = (
        select(runs.c.id, runs.c.request, runs.c.answer_tx)
        .join(jobs, jobs.c.id == runs.c.job)
        .outerjoin(comparisons, comparisons.c.run == runs.c.id)
        .where(jobs.c.shadow, comparisons.c.run.is_(None), over)
        .where(runs.c.state.in_((State.COMPLETED, State.ERRORED)))
        .order_by(runs.c.id.desc())  # one whose transaction no RPC has keeps no newer one back
        .limit(MOST)
    )
    rows = [dict(row._mapping) for row in connection.execute(query)]
    wanted = select(task_runs.c.run, task_runs.c.output).where(
        task_runs.c.run.in_([row["id"] for row in rows]), task_runs.c.kind == "ethtx"
    )
    ours: dict[int, list[Any]] = {}
    for task in connection.execute(wanted) if rows else ():
        if task.output is not None:
            ours.setdefault(task.run, []).append(values.loads(task.output))
    return [row | {"ours": ours.get(row["id"], [])} for row in rows]


def _compared(row: Mapping[str, Any], inputs: Mapping[str, bytes], now: float) -> dict[str, Any]:
    request, tx = row["request"], row["answer_tx"]
    mine = [answer_of(one["data"], request) for one in row["ours"] if isinstance(one, Mapping)]
    ours = next((one for one in mine if one is not None), None)
    theirs = None if tx is None else answer_of(inputs[tx], request)
    return {
        "run": row["id"],
        "verdict": verdict(ours, theirs),
        "ours": None if ours is None else "0x" + ours.hex(),
        "theirs": None if theirs is None else "0x" + theirs.hex(),
        "theirs_tx": tx,
        "created": now,
    }


def summary(connection: Connection) -> list[Summary]:
    """One for each shadow job that was compared."""
    query = (
        select(runs.c.job, comparisons.c.verdict, func.count())
        .join(runs, runs.c.id == comparisons.c.run)
        .group_by(runs.c.job, comparisons.c.verdict)
        .order_by(runs.c.job)
    )
    counts: dict[int, dict[str, int]] = {}
    for job, word, count in connection.execute(query):
        counts.setdefault(job, {})[word] = count
    return [Summary(job=job, **found) for job, found in counts.items()]


def differences(connection: Connection, job: int, *, limit: int) -> list[Difference]:
    """What did not agree, newest first."""
    query = (
        select(comparisons, runs.c.request)
        .join(runs, runs.c.id == comparisons.c.run)
        .where(runs.c.job == job, comparisons.c.verdict != AGREED)
        .order_by(comparisons.c.run.desc())
        .limit(limit)
    )
    return [
        Difference(
            run=row.run,
            request=row.request,
            verdict=row.verdict,
            ours=row.ours,
            theirs=row.theirs,
            theirs_tx=row.theirs_tx,
        )
        for row in connection.execute(query)
    ]
