# SPDX-License-Identifier: MIT
"""A job that is added takes up the requests that came before it and are still open."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, select

from linkpool.oracle.runs import inputs
from linkpool.oracle.runs.admission import Terms, ready, refusal
from linkpool.oracle.runs.inputs import ANSWERED, CANCELLED, Request
from linkpool.oracle.runs.jobs import Job
from linkpool.oracle.runs.records import REAPED, change
from linkpool.oracle.runs.states import State
from linkpool.store.tables import logs, runs


def adopt(connection: Connection, job: Job, terms: Terms) -> int:
    """How many requests the job takes up."""
    named = ["0x" + spec_id.hex() for spec_id in job.spec.spec_ids]
    query = select(runs.c.id, runs.c.input, runs.c.request).where(
        runs.c.contract == job.spec.contract,
        runs.c.state == State.REFUSED,
        runs.c.job.is_(None),
        runs.c.spec_id.in_(named),
        runs.c.answer_tx.is_(None),
        runs.c.input != REAPED,
    )
    rows = connection.execute(query).all()
    over = _closed(connection, job.spec.contract, [row.request for row in rows])
    changes = []
    for row in rows:
        request = inputs.read(inputs.load_log(row.input))
        if isinstance(request, Request) and row.request not in over:
            changes.append(_change(row.id, request, job, terms))
    if changes:
        connection.execute(_ADOPT, changes)
    return sum(one["new_state"] is State.WAITING for one in changes)


_ADOPT: Final = change("job", "state", "reason", "ready").values(finished=None)


def _change(run: int, request: Request, job: Job, terms: Terms) -> dict[str, Any]:
    reason = refusal(request, job, terms)
    return {
        "key": run,
        "new_job": job.id,
        "new_state": State.REFUSED if reason else State.WAITING,
        "new_reason": reason or None,
        "new_ready": ready(request, job, terms),
    }


def _closed(connection: Connection, contract: str, requests: list[str]) -> set[str]:
    query = select(logs.c.topic1).where(
        logs.c.address == contract,
        logs.c.topic0.in_(["0x" + topic.hex() for topic in (ANSWERED, CANCELLED)]),
        logs.c.topic1.in_(requests),
    )
    return set(connection.scalars(query)) if requests else set()
