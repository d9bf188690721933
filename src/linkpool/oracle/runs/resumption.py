# SPDX-License-Identifier: MIT
"""Answers that adapters bring later: kept from the moment they come, whatever the run is at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from linkpool.errors import UsageError
from linkpool.oracle import values
from linkpool.oracle.results import TaskState
from linkpool.oracle.runs.jobs import Book, Job
from linkpool.oracle.runs.states import State
from linkpool.oracle.world import RunIdentity
from linkpool.store.tables import resumptions, runs, task_runs


def keep(
    connection: Connection, task_run: str, *, value: Any = None, error: str | None = None,
    book: Book, now: float,
) -> bool:  # fmt: skip
    """False where no task waits for it, or will. UsageError where it has its answer already."""
    if bridge_of(connection, task_run, book) is None:
        return False
    known = select(resumptions.c.task_run).where(resumptions.c.task_run == task_run)
    if connection.execute(known).first() is not None:
        raise UsageError(f"task run {task_run} has its answer already")
    row = {
        "task_run": task_run,
        "value": None if error is not None else values.dumps(value),
        "error": error,
        "received": now,
    }
    connection.execute(insert(resumptions).values(row))
    return True


def bridge_of(connection: Connection, task_run: str, book: Book) -> str | None:
    """The bridge that a task waits for, or will wait for once its run is stored; None where there
    is no such task.
    """
    query = (
        select(task_runs.c.name, runs.c.job)
        .join(runs, runs.c.id == task_runs.c.run)
        .where(task_runs.c.id == task_run, task_runs.c.state == TaskState.SUSPENDED)
    )
    row = connection.execute(query).first()
    if row is not None:
        return _bridge(book.jobs.get(row.job), row.name)
    return _under_way(connection, task_run, book)


def _under_way(connection: Connection, task_run: str, book: Book) -> str | None:
    """An adapter may be quicker than the database: its URL is known before the task is stored."""
    asynchronous = {job.id: tasks for job in book.jobs.values() if (tasks := _asynchronous(job))}
    query = select(runs.c.id, runs.c.job).where(
        runs.c.state.in_((State.RUNNING, State.WAITING)), runs.c.job.in_(asynchronous)
    )
    for row in connection.execute(query) if asynchronous else ():
        identity = RunIdentity(str(row.job), str(row.id))
        for task in asynchronous[row.job]:
            if identity.task_run_id(task) == task_run:
                return _bridge(book.jobs[row.job], task)
    return None


def _asynchronous(job: Job) -> list[str]:
    return [t.name for t in job.spec.graph.tasks if t.kind == "bridge" and "async" in t.attributes]


def _bridge(job: Job | None, task: str) -> str | None:
    tasks = () if job is None else job.spec.graph.tasks
    found = next((one for one in tasks if one.name == task and one.kind == "bridge"), None)
    return None if found is None else found.attributes.get("name", "").lower()
