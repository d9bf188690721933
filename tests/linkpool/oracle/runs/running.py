# SPDX-License-Identifier: MIT
"""Five requests for one job, and what became of their tasks."""

from __future__ import annotations

from sqlalchemy import select

from linkpool.oracle.cbor import encode_request
from linkpool.store.database import Database
from linkpool.store.tables import task_runs
from tests.linkpool.oracle.logs import request_log
from tests.linkpool.oracle.runs.ledger import JOB, Ledger
from tests.linkpool.oracle.runs.process import open_account

DATA = encode_request({"get": "https://example.org/eth", "path": "ETH,USD", "times": 100})
IDS = [bytes([number]) * 32 for number in range(1, 6)]


def prepared(database: Database, job: str = JOB) -> Ledger:
    made = Ledger(database)
    made.add_job(job)
    open_account(made)
    return made


def asked(ledger: Ledger, ids: list[bytes] = IDS) -> None:
    ledger.add(*(request_log(one, block=n, data=DATA) for n, one in enumerate(ids, 1)))


def outputs(ledger: Ledger) -> dict[str, list[str]]:
    rows = ledger.database.read_now(lambda c: c.execute(select(task_runs)).all())
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(row.state)
    return found
