# SPDX-License-Identifier: MIT
"""A database as the follower would leave it, and jobs in it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from linkpool.chain.calls import Log
from linkpool.follower import events
from linkpool.oracle.runs import adoption, intake, jobs
from linkpool.oracle.runs.admission import Terms
from linkpool.oracle.runs.jobs import Book
from linkpool.oracle.spec import template
from linkpool.store.database import Database
from linkpool.store.tables import logs, orphaned_logs, runs
from linkpool.units import Juels
from tests.linkpool.oracle.logs import STORAGE

NODE = STORAGE
JOB = template("get-uint256")
TERMS = Terms(confirmations=0, minimum=Juels(0))


class Ledger:
    """What was on chain, and runs as they come of it."""

    def __init__(self, database: Database, *, terms: Terms = TERMS) -> None:
        self.database = database
        self.terms = terms
        self.book = Book((), {})
        database.write_now(lambda c: events.join(c, intake.CONSUMER))

    def add_job(self, toml: str = JOB, *, shadow: bool = False) -> int:
        number = self.database.write_now(
            lambda c: jobs.add(
                c, toml, node=NODE, contract=STORAGE, chain_id=31337, shadow=shadow
            )
        )  # fmt: skip
        self.reload()
        return number

    def reload(self) -> None:
        self.book = self.database.read_now(jobs.read)

    def adopt(self, job: int) -> int:
        return self.database.write_now(lambda c: adoption.adopt(c, self.book.jobs[job], self.terms))

    def add(self, *found: Log) -> None:
        """Blocks with these logs came."""

        def write(connection: Any) -> None:
            connection.execute(insert(logs), [_row(log) for log in found])
            events.append(connection, "added", [_key(log) for log in found])

        self.database.write_now(write)

    def remove(self, *found: Log) -> None:
        """Their blocks were replaced."""

        def write(connection: Any) -> None:
            for log in found:
                same = (logs.c.block_hash == _key(log)[0]) & (logs.c.log_index == log.index)
                connection.execute(delete(logs).where(same))
                gone = (orphaned_logs.c.block_hash == _key(log)[0]) & (
                    orphaned_logs.c.log_index == log.index
                )
                connection.execute(delete(orphaned_logs).where(gone))
            connection.execute(insert(orphaned_logs), [_row(log) for log in found])
            events.append(connection, "removed", [_key(log) for log in found])

        self.database.write_now(write)

    def take(self) -> intake.Taken:
        """One batch."""
        return self.database.write_now(
            lambda c: intake.take(c, self.book, self.terms, now=time.time())
        )

    def runs(self) -> Sequence[Any]:
        return self.database.read_now(lambda c: c.execute(select(runs).order_by(runs.c.id)).all())

    def states(self) -> list[str]:
        return [row.state for row in self.runs()]

    def set(self, run: int, **values: Any) -> None:
        self.database.write_now(
            lambda c: c.execute(runs.update().where(runs.c.id == run).values(**values))
        )


def _key(log: Log) -> tuple[str, int, int]:
    return "0x" + log.block_hash.hex(), log.index, log.block


def _row(log: Log) -> dict[str, Any]:
    topics = ["0x" + topic.hex() for topic in log.topics] + [None] * (4 - len(log.topics))
    names = ("topic0", "topic1", "topic2", "topic3")
    return {
        "block_hash": _key(log)[0],
        "log_index": log.index,
        "block": log.block,
        "address": log.address,
        "data": log.data,
        "tx": log.tx,
        **dict(zip(names, topics, strict=True)),
    }
