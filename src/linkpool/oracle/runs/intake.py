# SPDX-License-Identifier: MIT
"""The chain's events into runs: one database transaction for a batch of events, the rows that
come of them, and the place up to which events are done.

What an event was about is looked up in the logs as they stand now, so that the order in which
events come (an older part of the chain may be read later) does not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from linkpool.chain.calls import Log
from linkpool.follower import events
from linkpool.oracle.runs import inputs, records, standing
from linkpool.oracle.runs.admission import BridgeTerms, Terms, ready, refusal
from linkpool.oracle.runs.inputs import ANSWERED, ASKED, CANCELLED, Request
from linkpool.oracle.runs.jobs import Book
from linkpool.oracle.runs.lifecycle import Closing, Known, after, closings, fates
from linkpool.oracle.runs.states import UNFINISHED, State
from linkpool.store.tables import bridges, logs, runs
from linkpool.units import Juels

CONSUMER: Final = "oracle"
BATCH: Final = 500
Key = tuple[str, str]  # contract, request


@dataclass(slots=True)
class Taken:
    """What a batch came to."""

    events: int = 0
    replaced: bool = False
    """Some of what was seen before is gone with its block."""
    received: int = 0
    refused: list[str] = field(default_factory=list)
    """Reasons."""
    answered: list[int] = field(default_factory=list)
    """Runs whose answer was seen on chain."""
    stopped: list[int] = field(default_factory=list)
    """Runs that were not finished and are over now: their work can be dropped."""


def take(connection: Connection, book: Book, terms: Terms, *, now: float) -> Taken:
    """The next batch of events; `events` 0 where there is none."""
    batch = events.pending(connection, CONSUMER, BATCH)
    taken = Taken(len(batch))
    if batch:
        _apply(connection, [(e.kind, e.log) for e in batch], book, terms, taken, now)
        events.advance(connection, CONSUMER, batch[-1].seq)
    return taken


def take_up(
    connection: Connection, found: Sequence[Log], book: Book, terms: Terms, *, now: float
) -> Taken:
    """Requests whose events led to no run; those that have one already change nothing."""
    taken = Taken(len(found))
    _apply(connection, [("added", log) for log in found], book, terms, taken, now)
    return taken


def _apply(
    connection: Connection, batch: Iterable[tuple[str, Log]], book: Book, terms: Terms,
    taken: Taken, now: float,
) -> None:  # fmt: skip
    added: dict[tuple[str, int], Log] = {}
    removed: set[tuple[str, int]] = set()
    touched: set[Key] = set()
    for kind, log in batch:
        taken.replaced |= kind == "removed"
        if not log.topics or log.topics[0] not in inputs.TOPICS:
            continue
        touched.add((log.address, inputs.request_id(log)))
        if log.topics[0] == ASKED:
            place = _place(log)
            if kind == "added":
                added[place] = log
                removed.discard(place)
            else:
                added.pop(place, None)
                removed.add(place)
    if not touched:
        return
    known = _known(connection, touched, book)
    closed = _closings(connection, touched)
    fresh = _fresh(added, known, book, with_bridges(connection, book, terms), now)
    _insert(connection, fresh, closed, book, taken)
    _update(connection, known, closed, removed, set(added), book, taken, now)


def with_bridges(connection: Connection, book: Book, terms: Terms) -> Terms:
    """`terms` and those of the bridges that jobs use."""
    if not book.bridges:
        return terms
    found = connection.execute(select(bridges).where(bridges.c.name.in_(book.bridges)))
    return Terms(
        confirmations=terms.confirmations,
        minimum=terms.minimum,
        costs=terms.costs,
        bridges={
            row.name: BridgeTerms(row.confirmations, Juels(int(row.minimum_payment)))
            for row in found
        },
    )


def _known(connection: Connection, touched: set[Key], book: Book) -> dict[Key, list[Known]]:
    """The runs of the requests, none of them changed yet."""
    columns = (
        runs.c.id, runs.c.contract, runs.c.request, runs.c.state, runs.c.block, runs.c.block_hash,
        runs.c.log_index, runs.c.intent, runs.c.answer_tx, runs.c.job,
    )  # fmt: skip
    found: dict[Key, list[Known]] = defaultdict(list)
    ids = {request for _, request in touched}
    for row in connection.execute(select(*columns).where(runs.c.request.in_(ids))):
        if (row.contract, row.request) in touched:
            job = book.jobs.get(row.job)
            run = Known(
                id=row.id,
                state=State(row.state),
                block=row.block,
                place=(row.block_hash, row.log_index),
                intent=row.intent,
                answer_tx=row.answer_tx,
                shadow=job is not None and job.shadow,
            )
            found[row.contract, row.request].append(run)
    return found


def _closings(connection: Connection, touched: set[Key]) -> dict[Key, list[Closing]]:
    """Answers and cancellations of the requests that are part of the chain now."""
    topics = {"0x" + ANSWERED.hex(): False, "0x" + CANCELLED.hex(): True}
    found: dict[Key, list[Closing]] = defaultdict(list)
    query = select(
        logs.c.address, logs.c.topic0, logs.c.topic1, logs.c.block, logs.c.log_index, logs.c.tx
    ).where(
        logs.c.address.in_({contract for contract, _ in touched}),
        logs.c.topic0.in_(topics),
        logs.c.topic1.in_({request for _, request in touched}),
    )
    for row in connection.execute(query):
        closing = Closing((row.block, row.log_index), row.tx, topics[row.topic0])
        found[row.address, row.topic1].append(closing)
    return found


def _fresh(
    added: Mapping[tuple[str, int], Log], known: Mapping[Key, Sequence[Known]], book: Book,
    terms: Terms, now: float,
) -> list[dict[str, Any]]:  # fmt: skip
    """Rows of the requests that have none."""
    there = {run.place for same in known.values() for run in same}
    rows = []
    for place, log in added.items():
        if place not in there:
            row = _row(log, book, terms, now)
            if row is not None:
                rows.append(row)
    return rows


def _row(log: Log, book: Book, terms: Terms, now: float) -> dict[str, Any] | None:
    request = inputs.read(log)
    common = {
        "origin": "request", "contract": log.address, "request": inputs.request_id(log),
        "block": log.block, "block_hash": _place(log)[0], "log_index": log.index,
        "input": inputs.dump_log(log), "attempt": 0, "created": now, "answer_tx": None,
    }  # fmt: skip
    if not isinstance(request, Request):
        return common | {
            "job": None, "spec_id": None, "requester": None, "payment": None, "expires": None,
            "ready": None, "state": State.REFUSED, "reason": request, "finished": now,
        }  # fmt: skip
    job = book.find(log.address, request.spec_id)
    if job is None and book.only_shadow(log.address):
        return None  # another node's contract: its other jobs are its own business
    reason = refusal(request, job, terms)
    return common | {
        "job": None if job is None else job.id,
        "spec_id": "0x" + request.spec_id.hex(),
        "requester": request.requester,
        "payment": str(request.payment),
        "expires": request.expires,
        "ready": None if job is None else ready(request, job, terms),
        "state": State.REFUSED if reason else State.WAITING,
        "reason": reason or None,
        "finished": now if reason else None,
    }


def _insert(
    connection: Connection, rows: list[dict[str, Any]], closed: Mapping[Key, Sequence[Closing]],
    book: Book, taken: Taken,
) -> None:  # fmt: skip
    """New rows, those that are over already as such."""
    for row in rows:
        key, place = (row["contract"], row["request"]), (row["block"], row["log_index"])
        ending = next((c for c in closings(closed.get(key, ())) if c.position > place), None)
        taken.received += 1
        if row["state"] is State.REFUSED:
            taken.refused.append(row["reason"])
        if ending is not None:
            row["answer_tx"] = None if ending.cancelled else ending.tx
            job = book.jobs.get(row["job"])
            compared = job is not None and job.shadow and not ending.cancelled
            if row["state"] is State.WAITING and not compared:
                row["state"] = State.CANCELLED if ending.cancelled else State.COMPLETED
                row["reason"] = "over before this node saw it"
                row["finished"] = row["created"]
    if rows:
        connection.execute(insert(runs), rows)


def _update(
    connection: Connection, known: Mapping[Key, Sequence[Known]],
    closed: Mapping[Key, Sequence[Closing]], removed: set[tuple[str, int]],
    added: set[tuple[str, int]], book: Book, taken: Taken, now: float,
) -> None:  # fmt: skip
    moved, marked = [], []
    for key, same in known.items():
        for run, fate in fates(same, closed.get(key, ()), removed=removed, added=added):
            new = after(run, fate)
            if fate.answer_tx is not None and run.answer_tx is None:
                taken.answered.append(run.id)
            change: dict[str, Any] = {"key": run.id, "new_answer_tx": new.answer_tx}
            if new.state is not run.state:
                if run.state in (State.WAITING, State.RUNNING, State.SUSPENDED):
                    taken.stopped += [run.id] if new.state not in UNFINISHED else []
                over = None if new.state in UNFINISHED else now
                moved.append(
                    change
                    | {"new_state": new.state, "new_reason": new.reason, "new_finished": over}
                )
            elif new.answer_tx != run.answer_tx:
                marked.append(change)
    if moved:
        connection.execute(_MOVE, moved)
        back = [one["key"] for one in moved if one["new_state"] in UNFINISHED]
        if back:
            tasks = {job.id: len(job.spec.graph.tasks) for job in book.jobs.values()}
            records.rejoin(connection, back, tasks)
        standing.gone(connection, [m["key"] for m in moved if m["new_state"] is State.ORPHANED])
    if marked:
        connection.execute(_MARK, marked)
    there = [run.id for same in known.values() for run in same if run.place in added]
    if there:
        standing.back(connection, there)


_MARK: Final = records.change("answer_tx")
_MOVE: Final = records.change("answer_tx", "state", "reason", "finished")


def _place(log: Log) -> tuple[str, int]:
    return "0x" + log.block_hash.hex(), log.index
