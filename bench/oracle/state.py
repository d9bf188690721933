# SPDX-License-Identifier: MIT
"""A stopped node's database, held against the chain: does it say what happened?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

from bench.oracle.lab import Lab

OPEN_RUNS: Final = ("waiting", "running", "suspended", "sending")
UNSETTLED: Final = ("queued", "signed", "sent")

_INTENTS: Final = """
    SELECT i.key, i.account, i.nonce, i.state, i.block_hash, a.hash AS tx
    FROM intents i LEFT JOIN attempts a ON a.id = i.attempt ORDER BY i.id
"""
_SENT: Final = """
    SELECT r.request, i.sent FROM runs r JOIN intents i ON i.key = r.intent
    WHERE i.sent IS NOT NULL
"""


def findings(lab: Lab) -> list[str]:
    """One line for each difference; the node is stopped and everything has settled."""
    with closing(_opened(lab)) as database:
        return [*_whole(database), *_runs(lab, database), *_intents(lab, database)]


def first_sent(lab: Lab) -> dict[str, float]:
    """Request -> unix time at which its answer was first broadcast."""
    with closing(_opened(lab)) as database:
        return {request: sent for request, sent in database.execute(_SENT)}


def _opened(lab: Lab) -> sqlite3.Connection:
    database = sqlite3.connect(lab.database)
    database.row_factory = sqlite3.Row
    return database


def _whole(database: sqlite3.Connection) -> Iterator[str]:
    for (line,) in database.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"integrity: {line}"
    for row in database.execute("PRAGMA foreign_key_check"):
        yield f"foreign key: {tuple(row)}"


def _runs(lab: Lab, database: sqlite3.Connection) -> Iterator[str]:
    asked = "SELECT request, state, reason, COUNT(*) AS many FROM runs GROUP BY request, block_hash"
    for row in database.execute(asked):
        if row["many"] > 1:
            yield f"{row['many']} runs of {row['request']}"
        if row["state"] in OPEN_RUNS:
            yield f"run of {row['request']} is still {row['state']}: {row['reason']}"


def _intents(lab: Lab, database: sqlite3.Connection) -> Iterator[str]:
    rows = list(database.execute(_INTENTS))
    mined = [row for row in rows if row["tx"]]
    receipts = lab.rpc.batch([("eth_getTransactionReceipt", [row["tx"]]) for row in mined])
    for row, receipt in zip(mined, receipts, strict=True):
        yield from _agrees(row, receipt)
    for row in rows:
        if row["state"] in UNSETTLED:
            yield f"intent {row['key']} is still {row['state']}"
    for node in lab.nodes:
        yield from _nonces(lab, node.address, database)


def _agrees(row: sqlite3.Row, receipt: dict[str, Any] | None) -> Iterator[str]:
    if receipt is None:
        yield f"intent {row['key']} is {row['state']} by {row['tx']}, which is not on chain"
        return
    if receipt["blockHash"] != row["block_hash"]:
        yield f"intent {row['key']}: block {row['block_hash']}, on chain {receipt['blockHash']}"
    if (receipt["status"] == "0x1") == (row["state"] == "failed"):
        yield f"intent {row['key']} is {row['state']}, on chain {receipt['status']}"


def _nonces(lab: Lab, address: str, database: sqlite3.Connection) -> Iterator[str]:
    found = database.execute("SELECT next_nonce FROM accounts WHERE address = ?", [address])
    row = found.fetchone()
    on_chain = lab.rpc.number("eth_getTransactionCount", address, "latest")
    if row is not None and row["next_nonce"] != on_chain:
        yield f"{address}: next nonce {row['next_nonce']}, on chain {on_chain}"
