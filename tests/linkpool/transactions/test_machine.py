# SPDX-License-Identifier: MIT
"""Model-based: see machine.py."""

from __future__ import annotations

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from linkpool.store.database import Database
from linkpool.store.tables import metadata
from tests.linkpool.transactions.machine import TABLES, TransactionMachine


def in_memory() -> Database:
    database = Database.open("sqlite://")
    metadata.create_all(database.engine, tables=list(TABLES))
    return database


def test_the_manager_survives_everything() -> None:
    class Machine(TransactionMachine):
        make_database = staticmethod(in_memory)

    run_state_machine_as_test(Machine, settings=settings(max_examples=60, stateful_step_count=40))
    print(Machine.reached)
