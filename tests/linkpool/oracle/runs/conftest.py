# SPDX-License-Identifier: MIT
"""A database with one job, on each kind of database; nothing pauses for long."""

from __future__ import annotations

import pytest

from linkpool.oracle.runs import rehearsal, runner
from linkpool.store.database import Database
from tests.linkpool.oracle.runs.ledger import Ledger


@pytest.fixture
def ledger(database: Database) -> Ledger:
    made = Ledger(database)
    made.add_job()
    return made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (runner, rehearsal):
        monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
