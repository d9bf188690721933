# SPDX-License-Identifier: MIT
"""A database with one job, on each kind of database."""

from __future__ import annotations

import pytest

from linkpool.store.database import Database
from tests.linkpool.oracle.runs.ledger import Ledger


@pytest.fixture
def ledger(database: Database) -> Ledger:
    made = Ledger(database)
    made.add_job()
    return made
