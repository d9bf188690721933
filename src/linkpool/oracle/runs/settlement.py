# SPDX-License-Identifier: MIT
"""From what became of transactions and adapters back to the runs that wait for them.

Level-triggered: everything is read from the database, so a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from linkpool.chain.sending import SendOutcome
from linkpool.net.document import printable
from linkpool.oracle import values
from linkpool.oracle.errors import TaskError
from linkpool.oracle.results import PendingBridge, TaskResult, TaskState
from linkpool.oracle.runs.lifecycle import ELSEWHERE
from linkpool.oracle.runs.records import CLAIMED, NOTE, Claim, Enqueued, change, forget_tasks
from linkpool.oracle.runs.states import State
from linkpool.store.tables import intents, resumptions, runs, task_runs
from linkpool.transactions.intents import IntentState, Outcome, outcomes
from linkpool.transactions.withdrawal import WITHDRAWN

ATTEMPTS: Final = 3  # answers of one request that came to nothing
REFUSED: Final = (f"{SendOutcome.FATAL}: ", f"{SendOutcome.REVERTED}: ")  # how such reasons begin
SETTLED: Final = (IntentState.FINAL, IntentState.FAILED, IntentState.CANCELLED)
GIVEN: Final = (IntentState.SENT, IntentState.MINED, *SETTLED)
AGAIN: Final = object()  # instead of a task's value: its transaction was lost


@dataclass(slots=True)
class Settled:
    ended: list[tuple[int, str]] = field(default_factory=list)
    """Job and state of each run that is over."""
    errored: list[str] = field(default_factory=list)
    """Reasons."""
    again: list[int] = field(default_factory=list)
    """Runs that start anew: their answer came to nothing and the request is still open."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What becomes of a run that was sending; None leaves it."""

    state: State
    reason: str | None = None


def ending(
    sent: Outcome, *, depth: int | None, head: int, attempt: int, answered: bool
) -> Ending | None:
    """Pure. `answered`: somebody's answer to the request is part of the chain."""
    if reached(sent, depth=depth, head=head):
        return Ending(State.COMPLETED)
    if lost(sent) and not answered and attempt + 1 < ATTEMPTS:
        return Ending(State.WAITING)
    if sent.state is IntentState.CANCELLED:
        reason = f"its transaction was cancelled: {sent.reason or 'no reason given'}"
        return Ending(State.COMPLETED, ELSEWHERE) if answered else Ending(State.CANCELLED, reason)
    if sent.state is not IntentState.FAILED:
        return None
    if answered:
        return Ending(State.COMPLETED, ELSEWHERE)
    if attempt + 1 < ATTEMPTS:
        return Ending(State.WAITING)
    return Ending(State.ERRORED, f"its transaction reverted: {sent.reason or 'no reason given'}")


def lost(sent: Outcome) -> bool:
    """Its block was gone for a moment, or RPCs would not take it; no operator cancelled it."""
    if sent.state is not IntentState.CANCELLED:
        return False
    return sent.reason == WITHDRAWN or (sent.reason or "").startswith(REFUSED)


def reached(sent: Outcome, *, depth: int | None, head: int) -> bool:
    """Whether a transaction is as deep as was asked for, and did what it should."""
    if depth == 0 and sent.state in (IntentState.SENT, IntentState.MINED, IntentState.FINAL):
        return True
    if sent.state is IntentState.FINAL:
        return True
    mined = sent.state is IntentState.MINED and sent.succeeded and sent.block is not None
    return bool(mined and depth is not None and head >= (sent.block or 0) + depth - 1)


def settle(connection: Connection, *, head: int, now: float) -> Settled:
    """Ends the runs whose answer is deep enough, or came to nothing."""
    deep = intents.c.block + runs.c.depth - 1 <= head
    query = (
        select(runs.c.id, runs.c.job, runs.c.intent, runs.c.depth, runs.c.attempt, runs.c.answer_tx)
        .join(intents, runs.c.intent == intents.c.key)
        .where(runs.c.state == State.SENDING)
        .where(
            or_(
                intents.c.state.in_(SETTLED),
                (runs.c.depth == 0) & intents.c.state.in_(GIVEN),
                (intents.c.state == IntentState.MINED) & deep,
            )
        )
    )
    rows = connection.execute(query).all()
    found = outcomes(connection, [row.intent for row in rows]) if rows else {}
    settled = Settled()
    changes, tasks = [], []
    for row in rows:
        sent = found[row.intent]
        end = ending(
            sent, depth=row.depth, head=head, attempt=row.attempt,
            answered=row.answer_tx is not None,
        )  # fmt: skip
        if end is None:
            continue
        changes.append(_change(row, sent, end, now))
        tasks.append(_task(row, sent, end, now))
        if end.state is State.WAITING:
            settled.again.append(row.id)
        else:
            settled.ended.append((row.job, end.state))
        if end.state is State.ERRORED:
            settled.errored.append(end.reason or "")
    if changes:
        connection.execute(_SETTLE, changes)
        connection.execute(_SETTLE_TASK, tasks)
    if settled.again:
        forget_tasks(connection, settled.again)
    return settled


_SETTLE: Final = change("state", "reason", "outputs", "intent", "attempt", "answer_tx", "finished")
_SETTLE_TASK: Final = (
    update(task_runs)
    .where(task_runs.c.run == bindparam("of_run"), task_runs.c.state == TaskState.SUSPENDED)
    .values(
        state=bindparam("new_state"),
        output=bindparam("new_output"),
        error=bindparam("new_error"),
        finished=bindparam("new_finished"),
    )
)


def _change(row: Any, sent: Outcome, end: Ending, now: float) -> dict[str, Any]:
    again, completed = end.state is State.WAITING, end.state is State.COMPLETED
    ours = completed and end.reason is None
    return {
        "key": row.id,
        "new_state": end.state,
        "new_reason": None if end.reason is None else printable(end.reason, NOTE),
        "new_outputs": values.dumps([receipt(sent)]) if ours else None,
        "new_intent": None if again else row.intent,
        "new_attempt": row.attempt + 1 if again else row.attempt,
        "new_answer_tx": sent.tx if ours else row.answer_tx,
        "new_finished": None if again else now,
    }


def _task(row: Any, sent: Outcome, end: Ending, now: float) -> dict[str, Any]:
    ours = end.state is State.COMPLETED and end.reason is None
    return {
        "of_run": row.id,
        "new_state": TaskState.COMPLETED if ours else TaskState.ERRORED,
        "new_output": values.dumps(receipt(sent)) if ours else None,
        "new_error": None if ours else printable(end.reason or "it came to nothing", NOTE),
        "new_finished": now,
    }


def receipt(sent: Outcome) -> dict[str, Any]:
    """The result of an ethtx."""
    return {
        "transactionHash": sent.tx,
        "blockNumber": sent.block,
        "blockHash": sent.block_hash,
        "status": None if sent.succeeded is None else int(sent.succeeded),
        "gasUsed": sent.gas_used,
    }


# ---- Runs with more to do ----


def resumable(connection: Connection, *, head: int, most: int) -> list[Claim]:
    """Claims up to `most` suspended runs of which a task's result has arrived. A task whose
    transaction was lost runs again, under the run's next attempt; what the others sent stays.
    """
    found = _arrived(connection, head, most)
    if not found:
        return []
    query = select(*CLAIMED).where(runs.c.id.in_(found))
    claims = [
        replace(
            Claim(**row._mapping),
            known=_known(connection, row.id, found[row.id]),
            attempt=row.attempt + any(value is AGAIN for value in found[row.id].values()),
        )
        for row in connection.execute(query).all()
    ]
    connection.execute(update(runs).where(runs.c.id.in_(found)).values(state=State.RUNNING))
    return claims


def _arrived(connection: Connection, head: int, most: int) -> dict[int, dict[str, Any]]:
    """By run: values (or errors, or AGAIN) of suspended tasks, by their name."""
    found: dict[int, dict[str, Any]] = {}
    waiting = (runs.c.state == State.SUSPENDED) & (task_runs.c.state == TaskState.SUSPENDED)
    base = select(task_runs.c.run, task_runs.c.name, runs.c.attempt).join(
        runs, runs.c.id == task_runs.c.run
    )
    told = (
        base.add_columns(resumptions.c.value, resumptions.c.error)
        .join(resumptions, resumptions.c.task_run == task_runs.c.id)
        .where(waiting)
        .limit(most)
    )
    for row in connection.execute(told):
        value = TaskError(row.error) if row.error is not None else values.loads(row.value)
        found.setdefault(row.run, {})[row.name] = value
    sent = (
        base.add_columns(task_runs.c.intent, task_runs.c.output)
        .join(intents, intents.c.key == task_runs.c.intent)
        .where(waiting, intents.c.state.in_(GIVEN))
    )
    rows = connection.execute(sent).all()
    results = outcomes(connection, [row.intent for row in rows]) if rows else {}
    for row in rows:
        if len(found) >= most and row.run not in found:
            break
        outcome, terms = results[row.intent], values.loads(row.output)
        again = lost(outcome) and row.attempt + 1 < ATTEMPTS
        value = AGAIN if again else sent_value(outcome, terms, head)
        if value is not None:
            found.setdefault(row.run, {})[row.name] = value
    return found


def sent_value(sent: Outcome, terms: Mapping[str, Any], head: int) -> Any:
    """What an ethtx came to: its receipt (the hash where no confirmation was wanted), an error, or
    None where that is not known yet.
    """
    if reached(sent, depth=terms["depth"], head=head):
        return sent.tx if terms["depth"] == 0 else receipt(sent)
    if sent.state is IntentState.CANCELLED:
        return TaskError(f"its transaction was cancelled: {sent.reason or 'no reason given'}")
    if sent.state is IntentState.FAILED:
        reverted = TaskError(f"its transaction reverted: {sent.reason or 'no reason given'}")
        return reverted if terms["failOnRevert"] else receipt(sent)
    return None


def _known(connection: Connection, run: int, arrived: Mapping[str, Any]) -> dict[str, TaskResult]:
    query = select(task_runs).where(task_runs.c.run == run).order_by(task_runs.c.finished)
    rows: Iterable[Row[Any]] = connection.execute(query)
    return {row.name: _result(row, arrived) for row in rows if arrived.get(row.name) is not AGAIN}


def _result(row: Row[Any], arrived: Mapping[str, Any]) -> TaskResult:
    state, value = TaskState(row.state), _value(row)
    finished = row.finished or 0.0
    if row.name in arrived:
        value = arrived[row.name]
        state = TaskState.ERRORED if isinstance(value, TaskError) else TaskState.COMPLETED
    return TaskResult(
        name=row.name,
        kind=row.kind,
        state=state,
        value=value,
        attempts=row.attempts,
        started=row.started,
        finished=finished,
    )


def _value(row: Row[Any]) -> Any:
    if row.error is not None:
        return TaskError(row.error)
    if row.state != TaskState.SUSPENDED:
        return None if row.output is None else values.loads(row.output)
    if row.intent is None:
        return PendingBridge(row.name)
    terms = values.loads(row.output)
    return Enqueued(
        intent=row.intent, depth=terms["depth"], fail_on_revert=terms["failOnRevert"]
    )  # fmt: skip
