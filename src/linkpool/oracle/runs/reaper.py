# SPDX-License-Identifier: MIT
"""What is removed of finished runs once they are old: details, not what money depended on.

A run of a request stays for good as one row: who asked, what was paid, what became of it, which
transaction answered. Its tasks, inputs and outputs go; so do manual runs as a whole, resumptions,
and attempts that were never mined of transactions that are settled.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, delete, select, update

from linkpool.oracle.runs.records import REAPED
from linkpool.oracle.runs.states import FINISHED
from linkpool.store.tables import attempts, intents, resumptions, runs, task_runs
from linkpool.transactions.intents import IntentState

MOST: Final = 1_000  # runs in one transaction
SETTLED: Final = (IntentState.FINAL, IntentState.FAILED, IntentState.CANCELLED)


def reap(connection: Connection, *, before: float) -> int:
    """Removes details of runs that finished before that moment; how many runs that were."""
    old = (
        select(runs.c.id)
        .where(runs.c.state.in_(FINISHED), runs.c.finished < before, runs.c.input != REAPED)
        .limit(MOST)
    )
    ids = list(connection.scalars(old))
    if ids:
        connection.execute(delete(task_runs).where(task_runs.c.run.in_(ids)))
        connection.execute(delete(runs).where(runs.c.id.in_(ids), runs.c.origin == "manual"))
        connection.execute(
            update(runs).where(runs.c.id.in_(ids)).values(input=REAPED, outputs=None, errors=None)
        )
    connection.execute(delete(resumptions).where(resumptions.c.received < before))
    _attempts(connection, before)
    return len(ids)


def _attempts(connection: Connection, before: float) -> None:
    unused = (
        select(attempts.c.id)
        .join(intents, intents.c.id == attempts.c.intent)
        .where(intents.c.state.in_(SETTLED), intents.c.settled < before)
        .where(attempts.c.succeeded.is_(None))
        .limit(MOST)
    )
    connection.execute(delete(attempts).where(attempts.c.id.in_(unused)))
