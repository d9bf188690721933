# SPDX-License-Identifier: MIT
"""Which version a database has, without the machinery that brings it to another one: a node that
starts on a database of its own version never imports it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from linkpool.errors import StateError
from linkpool.store.database import Database
from linkpool.store.failures import described
from linkpool.store.tables import metadata

UPGRADE_LOCK: Final = 4711  # any number, the same for everybody
HEAD: Final = "0001"  # the newest of store/migrations
VERSION: Final = Table(  # as alembic has it
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def settle(database: Database, *, upgrade: bool) -> None:
    """The database has this program's version afterwards; a new one gets it at once."""
    name = described(database.engine.url)
    version = database.write_now(lambda c: _made_where_new(c, name))
    if version == HEAD:
        return
    if not upgrade:
        raise StateError(f"{name} has version {version}, not {HEAD}: run `linkpool db upgrade`")
    # Imported here: it brings alembic along, for the one start after a new release.
    from linkpool.store import migrations

    migrations.upgrade(database)


def alone(connection: Connection) -> None:
    """Two programs that are started at once make or upgrade the tables one after the other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})


def read(connection: Connection, name: str) -> str | None:
    """The version; None where the database is empty; StateError where it is not ours or newer."""
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if VERSION.name not in tables:
        if tables == {"facts", "requests"}:
            raise StateError(
                f"{name} is the journal of an earlier release, which is not needed any more "
                "(what was answered is on the chain): choose another file"
            )
        raise StateError(f"{name} holds something else: choose another one")
    version = connection.scalar(select(VERSION.c.version_num))
    if not isinstance(version, str) or not version.isdecimal():
        raise StateError(f"{name} has no version of this program: choose another one")
    if version > HEAD:
        raise StateError(
            f"{name} was written by a newer release (version {version}, this one knows {HEAD}): "
            "install that release, or put back a copy from before it"
        )
    return version


def _made_where_new(connection: Connection, name: str) -> str:
    alone(connection)
    version = read(connection, name)
    if version is not None:
        return version
    metadata.create_all(connection)
    VERSION.create(connection)
    connection.execute(insert(VERSION), {"version_num": HEAD})
    return HEAD
