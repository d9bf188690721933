# SPDX-License-Identifier: MIT
"""From an older version of the state database to the present one, in one transaction.

Nobody imports this but who needs it: a node on a database of its own version goes without alembic.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from linkpool.errors import CheckFailed, StateError
from linkpool.store import versions
from linkpool.store.database import Database
from linkpool.store.failures import described
from linkpool.store.tables import metadata

FOLDER: Final = Path(__file__).parent
WORDS: Final = {"fk": "foreign key"}


def upgrade(database: Database, to: str = versions.HEAD) -> str | None:
    """Brings it to that version; the one it had before, None where it was empty."""
    name = described(database.engine.url)

    def work(connection: Connection) -> str | None:
        versions.alone(connection)
        before = versions.read(connection, name)
        if before != to:
            _run(connection, to)
        return before

    return database.write_now(work)


def check(database: Database) -> str:
    """The version, which is this program's, with exactly its tables; else StateError or
    CheckFailed.
    """
    name = described(database.engine.url)

    def work(connection: Connection) -> str:
        version = versions.read(connection, name)
        if version != versions.HEAD:
            raise StateError(
                f"{name} has version {version or 'none'}, not {versions.HEAD}: "
                "run `linkpool db upgrade`"
            )
        if found := differences(connection):
            raise CheckFailed(f"{name} differs from its version: put back a copy", found)
        return version

    return database.write_now(work)


def differences(connection: Connection) -> list[str]:
    """How the tables there differ from those of `store.tables`, one line each."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found: list[str] = []
    for one in compare_metadata(context, metadata):
        # What differs in one column comes as a list.
        found += [_told(step) for step in (one if isinstance(one, list) else [one])]
    return found


def _told(difference: Sequence[Any]) -> str:
    """What alembic would do about it, told as what is wrong."""
    verb, _, kind = difference[0].partition("_")
    if verb == "modify":
        _, _, table, column, _, there, expected = difference
        return f"column {table}.{column}: {kind} is {there}, expected {expected}"
    state = "is missing" if verb == "add" else "is not of this version"
    if kind == "column":
        return f"column {difference[2]}.{difference[3].name} {state}"
    thing = difference[1]
    if kind == "table":
        return f"table {thing.name} {state}"
    columns = ", ".join(column.name for column in thing.columns)
    name = f"{thing.name} " if thing.name else ""
    return f"{WORDS.get(kind, kind)} {name}of {thing.table.name} ({columns}) {state}"


def script() -> ScriptDirectory:
    """The versions as alembic sees them."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _run(connection: Connection, to: str) -> None:
    scripts = script()

    def steps(revision: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(to, revision)

    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection=connection, target_metadata=metadata)
        with environment.begin_transaction():
            environment.run_migrations()
