# SPDX-License-Identifier: MIT
"""A database of any release becomes one of this release, with exactly its tables."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, inspect, select, update

from linkpool.errors import CheckFailed, StateError
from linkpool.store import migrations, versions
from linkpool.store.database import Database
from linkpool.store.state import FILE, open_state
from linkpool.store.tables import logs, meta, metadata
from tests.linkpool.databases import Postgresql

RELEASES = Path(__file__).parent / "releases"
GENESIS = "0x" + "11" * 32


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    if request.param == "sqlite":
        database = Database.open(f"sqlite:///{tmp_path / FILE}")
        yield database
        database.close()
    else:
        server: Postgresql = request.getfixturevalue("postgresql")
        url = server.create("template0")
        database = Database.open(url)
        yield database
        database.close()
        server.drop(url)


def shape(connection: Connection) -> dict[str, object]:
    """Tables with their columns, keys and indices, as the database has them."""
    look = inspect(connection)
    return {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(name)],
            look.get_pk_constraint(name),
            sorted(map(str, look.get_unique_constraints(name))),
            sorted(map(str, look.get_indexes(name))),
            sorted(map(str, look.get_foreign_keys(name))),
        )
        for name in look.get_table_names()
    }


def test_the_migrations_make_exactly_the_present_tables(empty: Database) -> None:
    """After a change of tables.py: python -m tools.migration (see there)."""
    assert migrations.upgrade(empty) is None
    assert empty.write_now(migrations.differences) == []
    assert migrations.check(empty) == versions.HEAD
    migrated = empty.write_now(shape)
    empty.write_now(lambda c: (metadata.drop_all(c), versions.VERSION.drop(c)))
    versions.settle(empty, upgrade=False)
    assert empty.write_now(shape) == migrated
    assert set(migrated) == {*metadata.tables, versions.VERSION.name}


def test_the_newest_migration_is_the_version_of_this_program() -> None:
    revisions = [script.revision for script in migrations.script().walk_revisions()]
    assert revisions[0] == versions.HEAD
    assert sorted(revisions) == [f"{number:04}" for number in range(1, len(revisions) + 1)]


def test_upgrading_twice_changes_nothing(empty: Database) -> None:
    migrations.upgrade(empty)
    empty.write_now(lambda c: c.execute(insert(meta), {"key": "kept", "value": "x"}))
    assert migrations.upgrade(empty) == versions.HEAD
    assert empty.read_now(lambda c: c.scalar(select(meta.c.value))) == "x"


@pytest.mark.parametrize("release", sorted(RELEASES.glob("0*.sql")), ids=lambda path: path.stem)
def test_a_database_of_each_release_becomes_one_of_this(release: Path, tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / FILE)
    raw.executescript(release.read_text())
    raw.close()
    state = open_state(tmp_path, chain_id=31337, genesis=GENESIS)
    assert migrations.check(state) == versions.HEAD
    assert state.read_now(lambda c: c.scalar(select(func.count()).select_from(logs))) == 1
    state.close()


def test_there_is_a_database_of_each_release() -> None:
    assert {path.stem for path in RELEASES.glob("0*.sql")} == {
        script.revision for script in migrations.script().walk_revisions()
    }


def test_an_older_database_is_refused_where_nobody_asked_for_an_upgrade(empty: Database) -> None:
    migrations.upgrade(empty)
    empty.write_now(lambda c: c.execute(update(versions.VERSION).values(version_num="0000")))
    with pytest.raises(StateError, match=r"has version 0000, not .*: run `linkpool db upgrade`"):
        versions.settle(empty, upgrade=False)
    with pytest.raises(StateError, match="run `linkpool db upgrade`"):
        migrations.check(empty)


def test_tables_that_were_changed_by_hand_are_found(empty: Database) -> None:
    migrations.upgrade(empty)
    empty.write_now(lambda c: c.exec_driver_sql("ALTER TABLE meta ADD COLUMN colour TEXT"))
    with pytest.raises(CheckFailed) as caught:
        migrations.check(empty)
    assert caught.value.findings == ("column meta.colour is not of this version",)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DROP TABLE task_runs", "table task_runs is missing"),
        ("CREATE TABLE mine (a INTEGER)", "table mine is not of this version"),
        ("CREATE INDEX mine ON meta (value)", "index mine of meta (value) is not of this version"),
    ],
)
def test_what_differs_is_told_in_words(empty: Database, change: str, found: str) -> None:
    migrations.upgrade(empty)
    empty.write_now(lambda c: c.exec_driver_sql(change))
    differences = empty.write_now(migrations.differences)
    assert found in differences
    assert not [line for line in differences if "(" in line.partition(" of ")[0]]


def test_a_node_on_its_own_version_never_imports_alembic(tmp_path: Path) -> None:
    program = (
        "import json, sys\nfrom pathlib import Path\n"
        "from linkpool.store.state import open_state\n"
        "open_state(Path(sys.argv[1]), chain_id=1, genesis='0x').close()\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    for _ in ("new", "again"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert not {"alembic", "mako", "psycopg"} & set(json.loads(done.stdout))
