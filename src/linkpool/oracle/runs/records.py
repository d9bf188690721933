# SPDX-License-Identifier: MIT
"""Runs in the database: claimed, stored with what they want sent, settled. Each function is part
of one transaction, and looks at the state that the row has by then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Update,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from linkpool.errors import UsageError
from linkpool.net.document import printable
from linkpool.oracle import values
from linkpool.oracle.errors import TaskError
from linkpool.oracle.results import Suspension, TaskResult, TaskState
from linkpool.oracle.runs.inputs import dump_variables
from linkpool.oracle.runs.states import State
from linkpool.store.tables import resumptions, runs, task_runs
from linkpool.transactions.intents import Intent

Enqueue = Callable[[Connection, Intent], bool]
NOTE: Final = 1_000  # characters of a reason
REAPED: Final = "{}"  # input of a run whose details are gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueued(Suspension):
    """The task's transaction is in the hands of the transaction manager. `depth`: blocks on it
    that are enough, 0 where sent is, None where it has to be final.
    """

    intent: str
    depth: int | None
    fail_on_revert: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A run whose turn it is. `known`: what its tasks came to before it was suspended."""

    id: int
    job: int
    input: str
    contract: str | None = None
    request: str | None = None
    block_hash: str | None = None
    log_index: int | None = None
    attempt: int = 0
    intent: str | None = None
    known: Mapping[str, TaskResult] = field(default_factory=dict)

    def intent_key(self, task: str) -> str:
        """Unique for each answer of each request, whatever happens in between."""
        again = f":{self.attempt}" if self.attempt else ""
        if self.request is None:
            return f"run:{self.id}:{task}{again}"
        log = f"{self.block_hash}:{self.log_index}"
        return f"answer:{self.contract}:{self.request}:{log}:{task}{again}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is to be stored of a run."""

    claim: Claim
    state: State
    tasks: Sequence[TaskResult]
    reason: str | None = None
    outputs: Sequence[Any] = ()
    errors: Sequence[TaskError | None] = ()
    intents: Sequence[Intent] = ()
    depth: int | None = None
    task_ids: Mapping[str, str] = field(default_factory=dict)


CLAIMED: Final = (
    runs.c.id, runs.c.job, runs.c.input, runs.c.contract, runs.c.request, runs.c.block_hash,
    runs.c.log_index, runs.c.attempt, runs.c.intent,
)  # fmt: skip


def claim(
    connection: Connection, *, head: int, most: int, active: Mapping[int, int], per_job: int
) -> list[Claim]:
    """Takes up to `most` runs that are deep enough at `head`, oldest first. `active` counts the
    runs under way by job; none gets more than `per_job`.
    """
    counts = Counter(active)
    full = [job for job, count in counts.items() if count >= per_job]
    query = (
        select(*CLAIMED)
        .where(runs.c.state == State.WAITING, runs.c.job.is_not(None))
        .where(runs.c.ready.is_(None) | (runs.c.ready <= head))
        .order_by(runs.c.id)
        .limit(most)
    )
    if full:
        query = query.where(runs.c.job.not_in(full))
    found = []
    for row in connection.execute(query):
        counts[row.job] += 1
        if counts[row.job] <= per_job:
            found.append(Claim(**row._mapping))
    if found:
        ids = [one.id for one in found]
        connection.execute(update(runs).where(runs.c.id.in_(ids)).values(state=State.RUNNING))
    return found


def add_manual(
    connection: Connection, job: int, variables: Mapping[str, Any], *, now: float
) -> int:
    """A run that somebody asks for; its number."""
    made = insert(runs).values(
        job=job,
        origin="manual",
        state=State.WAITING,
        input=dump_variables(variables),
        attempt=0,
        created=now,
    )
    return int(connection.execute(made.returning(runs.c.id)).scalar_one())


def retry(connection: Connection, run: int) -> None:
    """A run that failed waits for its turn again. UsageError where that makes no sense."""
    row = connection.execute(select(runs).where(runs.c.id == run)).first()
    if row is None:
        raise UsageError(f"there is no run {run}: see `linkpool run list`")
    if row.state != State.ERRORED or row.answer_tx is not None or row.input == REAPED:
        raise UsageError(f"run {run} is {row.state}: only one that failed lately can be repeated")
    forget_tasks(connection, [run])
    anew = {"state": State.WAITING, "reason": None, "outputs": None, "errors": None}
    connection.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(**anew, intent=None, attempt=runs.c.attempt + 1, finished=None)
    )


def forget_tasks(connection: Connection, ids: Collection[int]) -> None:
    """These runs start from their beginning: adapters that answered later are asked again."""
    mine = select(task_runs.c.id).where(task_runs.c.run.in_(ids))
    connection.execute(delete(resumptions).where(resumptions.c.task_run.in_(mine)))
    connection.execute(delete(task_runs).where(task_runs.c.run.in_(ids)))


def rejoin(connection: Connection, ids: Collection[int], tasks: Mapping[int, int]) -> None:
    """Runs that are open again (waiting, or sending) and had got further than that go on where
    they were: one that still has a suspended task is suspended, unless that is its only answer.
    `tasks`: how many tasks each job has.
    """
    suspended = case((task_runs.c.state == TaskState.SUSPENDED, 1), else_=0)
    query = (
        select(
            runs.c.id,
            runs.c.job,
            runs.c.intent,
            func.count().label("rows"),
            func.sum(suspended).label("suspended"),
        )
        .join(task_runs, task_runs.c.run == runs.c.id)
        .where(runs.c.id.in_(ids))
        .group_by(runs.c.id, runs.c.job, runs.c.intent)
    )
    on = [
        row.id
        for row in connection.execute(query)
        if row.suspended
        and not (row.intent and row.suspended == 1 and row.rows == tasks.get(row.job))
    ]
    if on:
        connection.execute(update(runs).where(runs.c.id.in_(on)).values(state=State.SUSPENDED))


def recover(connection: Connection) -> int:
    """After a start: runs that were under way wait for their turn again. How many there were."""
    return _back(connection, runs.c.state == State.RUNNING)


def give_back(connection: Connection, ids: Collection[int]) -> None:
    """Claimed runs that were not done wait for their turn again."""
    _back(connection, runs.c.id.in_(ids) & (runs.c.state == State.RUNNING))


def _back(connection: Connection, which: ColumnElement[bool]) -> int:
    """One with results was suspended when it was claimed: what it has sent must not be sent again
    by a run from its beginning.
    """
    begun = exists().where(task_runs.c.run == runs.c.id)
    state = case((begun, State.SUSPENDED.value), else_=State.WAITING.value)
    return connection.execute(update(runs).where(which).values(state=state)).rowcount


def store(
    connection: Connection, outcomes: Iterable[Outcome], enqueue: Enqueue, *, now: float
) -> list[Outcome]:
    """Results, states and intents together; returns what was stored. A run that is not running
    any more (its request was cancelled or its block replaced meanwhile) leaves nothing.
    """
    by_run = {outcome.claim.id: outcome for outcome in outcomes}
    query = select(runs.c.id).where(runs.c.id.in_(by_run), runs.c.state == State.RUNNING)
    stored = [by_run[row.id] for row in connection.execute(query.order_by(runs.c.id))]
    if not stored:
        return []
    mine = [outcome.claim.id for outcome in stored]
    connection.execute(delete(task_runs).where(task_runs.c.run.in_(mine)))  # of before it waited
    for outcome in stored:
        for intent in outcome.intents:
            enqueue(connection, intent)
    rows = [row for outcome in stored for row in _task_rows(outcome)]
    if rows:
        connection.execute(insert(task_runs), rows)
    connection.execute(_STORE, [_run_row(outcome, now) for outcome in stored])
    return stored


def require_storable(outcome: Outcome) -> None:
    """TypeError or ValueError where a result that is needed again has no form in the database."""
    for task in outcome.tasks if outcome.state is State.SUSPENDED else ():
        if not isinstance(task.value, Suspension):
            values.dumps(task.value)


def change(*columns: str) -> Update:
    """A statement for many runs at once: "key" is the run's number, "new_x" what its column x is
    from now on.
    """
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return update(runs).where(runs.c.id == bindparam("key")).values(new)


_STORE: Final = change(
    "state", "reason", "outputs", "errors", "intent", "depth", "attempt", "finished"
)


def _run_row(outcome: Outcome, now: float) -> dict[str, Any]:
    over = outcome.state not in (State.SUSPENDED, State.SENDING)
    intents = [intent.key for intent in outcome.intents]
    return {
        "key": outcome.claim.id,
        "new_state": outcome.state,
        "new_reason": None if outcome.reason is None else printable(outcome.reason, NOTE),
        "new_outputs": _output(list(outcome.outputs)) if outcome.outputs else None,
        "new_errors": _errors(outcome.errors),
        "new_intent": next(iter(intents), outcome.claim.intent),
        "new_depth": outcome.depth,
        "new_attempt": outcome.claim.attempt,
        "new_finished": now if over else None,
    }


def _errors(errors: Sequence[TaskError | None]) -> str | None:
    if not any(errors):
        return None
    return values.dumps([None if error is None else str(error) for error in errors])


def _task_rows(outcome: Outcome) -> Iterable[dict[str, Any]]:
    for task in outcome.tasks:
        failed = task.error is not None
        yield {
            "id": outcome.task_ids[task.name],
            "run": outcome.claim.id,
            "name": task.name,
            "kind": task.kind,
            "state": task.state,
            "output": None if failed else _output(task.value),
            "error": printable(str(task.error), NOTE) if failed else None,
            "intent": task.value.intent if isinstance(task.value, Enqueued) else None,
            "attempts": task.attempts,
            "started": task.started,
            "finished": None if task.state is TaskState.SUSPENDED else task.finished,
        }


def _output(value: Any) -> str | None:
    if isinstance(value, Enqueued):
        return values.dumps({"depth": value.depth, "failOnRevert": value.fail_on_revert})
    if isinstance(value, Suspension):
        return None
    try:
        return values.dumps(value)
    except (TypeError, ValueError):
        return None  # of a finished run: the history lacks it, nothing else does
