# SPDX-License-Identifier: MIT
"""The state of a session: of a node that is about to run, and for commands without one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import sqlalchemy
from sqlalchemy import make_url, select
from sqlalchemy.exc import ArgumentError

from linkpool.chain.connection import Connection
from linkpool.cli.session import Session
from linkpool.settings import Settings
from linkpool.store.database import Database
from linkpool.store.leases import Lease
from linkpool.store.lock import StateLock
from linkpool.store.state import open_state
from linkpool.store.tables import meta

LEASE: Final = "oracle"
_IN_MEMORY: Final = "sqlite://"
SECONDS: Final = 30.0  # without a sign of life until another machine may take over


@contextlib.asynccontextmanager
async def running_state(settings: Settings, connection: Connection) -> AsyncIterator[Database]:
    """The database, for this process alone: a second one is refused with the first one's name.

    SQLite is locked as a file. PostgreSQL can be reached from other machines: a lease there, whose
    holder is this machine and folder, so that a process that died is followed at once.
    """
    with StateLock(settings.state):
        database = open_state(
            settings.database_url(),
            chain_id=connection.chain_id,
            genesis=await connection.genesis(),
        )
        try:
            if database.engine.dialect.name == "sqlite":
                yield database
            else:
                async with _leased(database, settings):
                    yield database
        finally:
            database.close()


@contextlib.asynccontextmanager
async def _leased(database: Database, settings: Settings) -> AsyncIterator[None]:
    holder = f"{socket.gethostname()}:{settings.state.resolve()}"
    lease = await Lease.acquire(database, LEASE, holder, SECONDS)
    database.fence = lease.fence
    keeping = asyncio.create_task(lease.keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        database.fence = None
        await lease.release()


@contextlib.asynccontextmanager
async def opened(
    session: Session, *, new: bool = False, empty: bool = False
) -> AsyncIterator[Database]:
    """The database without a chain, open until the block ends. Where there is none, it is made if
    `new`, and if `empty` an empty one in memory stands for it; what only reads has to say that it
    was pointed at the wrong folder.
    """
    url = session.settings.database_url()
    database = open_state(_IN_MEMORY if empty and _missing(url) else url, new=new)
    try:
        yield database
    finally:
        database.close()


def chain_of(connection: sqlalchemy.Connection) -> int | None:
    """The id of the chain whose state it is; None before a node has run on it."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == "chain_id")).scalar()
    return None if found is None else int(found)


def _missing(url: str) -> bool:
    """Whether it is an SQLite file that is not there, but could be."""
    with contextlib.suppress(ArgumentError):  # who opens it says so
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            path = Path(parsed.database)
            return not path.exists() and not path.parent.is_file()
    return False
