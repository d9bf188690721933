# SPDX-License-Identifier: MIT
"""The machine on SQLite and on PostgreSQL, what it has to reach, and that it sees planted bugs."""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from linkpool.store.database import Database
from tests.linkpool.databases import Postgresql, in_memory
from tests.linkpool.transactions.bugs import BUGS, Plant
from tests.linkpool.transactions.machine import TABLES, TransactionMachine, cleared
from tests.repeated import repeated

SEED = 2  # of those that get everywhere in a short run
LONG = settings.get_current_profile_name() == "long"
REACHED = (
    *("final", "failed", "cancelled", "reorganised", "replaced", "over the limit"),
    *("used elsewhere", "filled", "crashed", "unavailable", "cancel", "replace", "resend"),
    *("restore", "too late"),
)


def new_database() -> Database:
    return in_memory(*TABLES)


def test_the_manager_survives_everything() -> None:
    machine = TransactionMachine.on(new_database)

    if LONG:
        run_state_machine_as_test(
            machine, settings=settings(max_examples=2_000, stateful_step_count=50)
        )
    else:
        repeated(machine, SEED, settings(max_examples=60, stateful_step_count=50))
    for what in REACHED:
        assert machine.reached[what], f"the machine never got to: {what}"


def test_the_manager_survives_everything_on_postgresql(postgresql: Postgresql) -> None:
    url = postgresql.create()

    machine = TransactionMachine.on(lambda: cleared(Database.open(url)))

    try:
        repeated(machine, SEED, settings(max_examples=8, stateful_step_count=40))
        assert machine.reached["crashed"]
    finally:
        postgresql.drop(url)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: str(bug.__name__))
def test_the_machine_sees_a_planted_bug(bug: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = TransactionMachine.on(new_database)

    bug(monkeypatch)
    with pytest.raises(AssertionError):
        repeated(
            machine,
            SEED,
            settings(
                max_examples=150,
                stateful_step_count=50,
                phases=[Phase.generate],
                report_multiple_bugs=False,
            ),
        )
