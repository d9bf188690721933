# SPDX-License-Identifier: MIT
"""What a node has seen and done, in one SQLite file: a request is taken up once, across restarts.

The chain has the last word: a row says what this node believes, the commitment in the PoolStorage
says whether an answer can still be given. A file of another chain (a local one that was reset) is
started anew.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

from linkpool.errors import UsageError

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS requests (
    id TEXT PRIMARY KEY,
    block INTEGER NOT NULL,
    block_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    tx TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS requests_by_state ON requests (state, block);
"""


class State(StrEnum):
    """What became of a request."""

    NEW = "new"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    REFUSED = "refused"  # below the job's price, or a requester that is not on its list
    FAILED = "failed"  # the run ended with an error; nothing was sent


@dataclass(frozen=True, slots=True)
class Row:
    """One request. `block_hash` tells whether its block is still part of the chain."""

    id: str
    block: int
    block_hash: str
    state: State
    tx: str
    note: str


class Journal:
    """Open with `Journal.open`; one process at a time."""

    def __init__(self, database: sqlite3.Connection, lock: int) -> None:
        self._database = database
        self._lock = lock

    @classmethod
    def open(cls, path: Path, *, chain: str) -> Self:
        """`chain` identifies the chain (the hash of its first block)."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            text = f"another process runs this node with {path}: a node has one writer, stop it"
            raise UsageError(text) from None
        database = sqlite3.connect(path, isolation_level=None)
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(SCHEMA)
        journal = cls(database, lock)
        if journal._fact("chain") not in ("", chain):
            database.execute("DELETE FROM requests")
            database.execute("DELETE FROM facts")
        journal._set("chain", chain)
        return journal

    def close(self) -> None:
        self._database.close()
        os.close(self._lock)

    @property
    def cursor(self) -> int:
        """The last block whose requests are all recorded; -1 before the first."""
        return int(self._fact("cursor") or -1)

    def record(self, rows: Iterable[Row], *, cursor: int) -> None:
        """New knowledge and the place up to which it is complete, in one transaction."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            for row in rows:
                self._database.execute(
                    "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                    " block = excluded.block, block_hash = excluded.block_hash,"
                    " state = excluded.state, tx = excluded.tx, note = excluded.note",
                    (row.id, row.block, row.block_hash, row.state, row.tx, row.note),
                )
            self._set("cursor", str(cursor))

    def finish(self, request: str, state: State, *, tx: str = "", note: str = "") -> None:
        self._database.execute(
            "UPDATE requests SET state = ?, tx = ?, note = ? WHERE id = ?",
            (state, tx, note, request),
        )

    def get(self, request: str) -> Row | None:
        found = self._select("WHERE id = ?", request)
        return found[0] if found else None

    def open_requests(self) -> list[Row]:
        """Those still to be answered, oldest first."""
        return self._select("WHERE state = ? ORDER BY block, id", State.NEW)

    def _select(self, where: str, *values: str) -> list[Row]:
        columns = "id, block, block_hash, state, tx, note"
        found = self._database.execute(f"SELECT {columns} FROM requests {where}", values)
        return [Row(i, b, h, State(s), t, n) for i, b, h, s, t, n in found]

    def _fact(self, name: str) -> str:
        row = self._database.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def _set(self, name: str, value: str) -> None:
        self._database.execute(
            "INSERT INTO facts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = ?",
            (name, value, value),
        )
