# SPDX-License-Identifier: MIT
"""Jobs and runs as an operator looks at them: pages, newest runs first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from linkpool.errors import UsageError
from linkpool.oracle import values
from linkpool.oracle.runs.states import State
from linkpool.store.tables import jobs, runs, task_runs

LARGEST: Final = 2**63 - 1  # of a row's number


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job as it is stored; moments are seconds since 1970."""

    id: int
    external_id: str
    name: str
    contract: str
    node: str
    toml: str
    shadow: bool
    created: float
    archived: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """One task of a run. `output` is its value, None where it failed or waits."""

    id: str
    name: str
    kind: str
    state: str
    output: Any
    error: str | None
    attempts: int
    started: float
    finished: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run. `tasks` are there where it was asked for by itself."""

    id: int
    job: int | None
    job_name: str | None
    origin: str
    state: State
    reason: str | None
    contract: str | None
    request: str | None
    requester: str | None
    payment: str | None
    block: int | None
    expires: int | None
    input: Any
    outputs: list[Any]
    errors: list[str | None]
    intent: str | None
    answer_tx: str | None
    created: float
    finished: float | None
    tasks: tuple[TaskRow, ...] = field(default=())


# ---- Jobs ----


def job_page(
    connection: Connection, *, offset: int, limit: int, archived: bool = False
) -> list[JobRow]:
    """In the order in which they were added; archived ones too where asked for."""
    query = _jobs(archived).order_by(jobs.c.id).offset(offset).limit(limit)
    return [JobRow(**row._mapping) for row in connection.execute(query)]


def job_count(connection: Connection, *, archived: bool = False) -> int:
    """Of the same."""
    return _count(connection, _jobs(archived))


def find_job(connection: Connection, name: str) -> JobRow | None:
    """By its number, or by its external id; an archived job has only its number.

    UsageError where several nodes have a job of this external id.
    """
    if name.isascii() and name.isdecimal():
        query = select(jobs).where(jobs.c.id == min(int(name[:19]), LARGEST))
        found = [JobRow(**row._mapping) for row in connection.execute(query)]
        if found or len(name) != 32:
            return found[0] if found else None
    try:
        external = str(UUID(name))
    except ValueError:
        return None
    same = select(jobs).where(jobs.c.external_id == external, jobs.c.archived.is_(None))
    rows = [JobRow(**row._mapping) for row in connection.execute(same.order_by(jobs.c.id))]
    if len(rows) > 1:
        numbers = ", ".join(str(row.id) for row in rows)
        raise UsageError(f"several nodes have a job {external}: say which by its number, {numbers}")
    return rows[0] if rows else None


def _jobs(archived: bool) -> Select[Any]:
    return select(jobs) if archived else select(jobs).where(jobs.c.archived.is_(None))


# ---- Runs ----

_RUN: Final = (
    runs.c.id, runs.c.job, jobs.c.name.label("job_name"), runs.c.origin, runs.c.state,
    runs.c.reason, runs.c.contract, runs.c.request, runs.c.requester, runs.c.payment,
    runs.c.block, runs.c.expires, runs.c.input, runs.c.outputs, runs.c.errors, runs.c.intent,
    runs.c.answer_tx, runs.c.created, runs.c.finished,
)  # fmt: skip


def run_page(
    connection: Connection,
    *,
    offset: int,
    limit: int,
    job: int | None = None,
    state: State | None = None,
) -> list[RunRow]:
    """Newest first, without their tasks."""
    query = _filtered(select(*_RUN).outerjoin_from(runs, jobs), job, state)
    query = query.order_by(runs.c.id.desc()).offset(offset).limit(limit)
    return [_run(row._asdict()) for row in connection.execute(query)]


def run_count(connection: Connection, *, job: int | None = None, state: State | None = None) -> int:
    """Of the same."""
    return _count(connection, _filtered(select(runs.c.id), job, state))


def find_run(connection: Connection, number: int) -> RunRow | None:
    """With its tasks, in the order in which they ended."""
    query = select(*_RUN).outerjoin_from(runs, jobs).where(runs.c.id == number)
    row = connection.execute(query).first()
    if row is None:
        return None
    found = connection.execute(
        select(task_runs)
        .where(task_runs.c.run == number)
        .order_by(task_runs.c.finished.is_(None), task_runs.c.finished, task_runs.c.started)
    )
    return _run(row._asdict(), [_task(one._asdict()) for one in found])


def state_counts(connection: Connection) -> dict[State, int]:
    """How many runs are in each state."""
    query = select(runs.c.state, func.count()).group_by(runs.c.state)
    found = {State(state): int(number) for state, number in connection.execute(query)}
    return {state: found.get(state, 0) for state in State}


def waiting_tasks(connection: Connection) -> int:
    """Tasks that wait for something outside."""
    query = select(func.count()).where(task_runs.c.state == "suspended")
    return int(connection.execute(query).scalar_one())


def _filtered(query: Select[Any], job: int | None, state: State | None) -> Select[Any]:
    if job is not None:
        query = query.where(runs.c.job == job)
    return query if state is None else query.where(runs.c.state == state)


def _count(connection: Connection, query: Select[Any]) -> int:
    counted = select(func.count()).select_from(query.subquery())
    return int(connection.execute(counted).scalar_one())


def _run(row: Mapping[str, Any], tasks: Iterable[TaskRow] = ()) -> RunRow:
    fields = dict(row)
    return RunRow(
        **fields
        | {
            "state": State(fields["state"]),
            "input": values.loads(fields["input"]),
            "outputs": values.loads(fields["outputs"]) if fields["outputs"] else [],
            "errors": values.loads(fields["errors"]) if fields["errors"] else [],
            "tasks": tuple(tasks),
        }
    )


def _task(row: Mapping[str, Any]) -> TaskRow:
    names = ("id", "name", "kind", "state", "error", "attempts", "started", "finished")
    output = row["output"]
    waits = row["state"] == "suspended"  # then it holds what the task waits for
    return TaskRow(
        **{name: row[name] for name in names},
        output=None if output is None or waits else values.loads(output),
    )
