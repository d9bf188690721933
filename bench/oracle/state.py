# SPDX-License-Identifier: MIT
"""A stopped node's database, held against the chain: does it say what happened?"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Row, create_engine, text

from bench.oracle.lab import Lab

OPEN_RUNS: Final = ("waiting", "running", "suspended", "sending")
UNSETTLED: Final = ("queued", "signed", "sent")
NOT_FINAL: Final = (*UNSETTLED, "mined")

_INTENTS: Final = """
    SELECT i.key, i.account, i.nonce, i.state, i.block_hash, a.hash AS tx
    FROM intents i LEFT JOIN attempts a ON a.id = i.attempt ORDER BY i.id
"""
_RUNS: Final = """
    SELECT request, block_hash, MIN(state) AS state, COUNT(*) AS many
    FROM runs GROUP BY request, block_hash
"""
_SENT: Final = """
    SELECT r.request, i.sent FROM runs r JOIN intents i ON i.key = r.intent
    WHERE i.sent IS NOT NULL
"""


def findings(lab: Lab) -> list[str]:
    """One line for each difference; the node is stopped and everything has settled."""
    with _opened(lab) as database:
        return [*_whole(database), *_runs(database), *_intents(lab, database)]


def booked(lab: Lab, *, seconds: float) -> None:
    """Makes what is mined final, and waits until the running node has booked it; what it has not
    by then is for `findings` to tell.
    """
    lab.finalise()
    end = time.monotonic() + seconds
    while _under_way(lab) and time.monotonic() < end:
        time.sleep(0.5)


def _under_way(lab: Lab) -> bool:
    """As the node says: its database is its own while it runs."""
    kinds = [("run", state) for state in OPEN_RUNS] + [("tx", state) for state in NOT_FINAL]
    for kind, state in kinds:
        found = lab.linkpool(kind, "list", "--only", state, "--size", "1", "--json")
        if json.loads(found)["count"]:
            return True
    return False


def first_sent(lab: Lab) -> dict[str, float]:
    """Request -> unix time at which its answer was first broadcast."""
    with _opened(lab) as database:
        return {row.request: row.sent for row in database.execute(text(_SENT))}


@contextmanager
def _opened(lab: Lab) -> Iterator[Connection]:
    engine = create_engine(lab.database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _whole(database: Connection) -> Iterator[str]:
    """PostgreSQL sees to that itself."""
    if database.dialect.name != "sqlite":
        return
    for (line,) in database.execute(text("PRAGMA integrity_check")):
        if line != "ok":
            yield f"integrity: {line}"
    for row in database.execute(text("PRAGMA foreign_key_check")):
        yield f"foreign key: {tuple(row)}"


def _runs(database: Connection) -> Iterator[str]:
    for row in database.execute(text(_RUNS)):
        if row.many > 1:
            yield f"{row.many} runs of {row.request}"
        if row.state in OPEN_RUNS:
            yield f"run of {row.request} is still {row.state}"


def _intents(lab: Lab, database: Connection) -> Iterator[str]:
    rows = database.execute(text(_INTENTS)).all()
    mined = [row for row in rows if row.tx]
    receipts = lab.rpc.batch([("eth_getTransactionReceipt", [row.tx]) for row in mined])
    for row, receipt in zip(mined, receipts, strict=True):
        yield from _agrees(row, receipt)
    for row in rows:
        if row.state in UNSETTLED:
            yield f"intent {row.key} is still {row.state}"
    for node in lab.nodes:
        yield from _nonces(lab, node.address, database)


def _agrees(row: Row[Any], receipt: dict[str, Any] | None) -> Iterator[str]:
    if receipt is None:
        yield f"intent {row.key} is {row.state} by {row.tx}, which is not on chain"
        return
    if receipt["blockHash"] != row.block_hash:
        yield f"intent {row.key}: block {row.block_hash}, on chain {receipt['blockHash']}"
    if (receipt["status"] == "0x1") == (row.state == "failed"):
        yield f"intent {row.key} is {row.state}, on chain {receipt['status']}"


def _nonces(lab: Lab, address: str, database: Connection) -> Iterator[str]:
    query = text("SELECT next_nonce FROM accounts WHERE address = :address")
    known = database.execute(query, {"address": address}).scalar()
    on_chain = lab.rpc.number("eth_getTransactionCount", address, "latest")
    if known is not None and known != on_chain:
        yield f"{address}: next nonce {known}, on chain {on_chain}"
