# SPDX-License-Identifier: MIT
"""The state of a session: of a node that is about to run, and for commands without one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Final

from linkpool.chain.connection import Connection
from linkpool.cli.session import Session
from linkpool.settings import Settings
from linkpool.store.database import Database
from linkpool.store.leases import Lease
from linkpool.store.lock import StateLock
from linkpool.store.state import open_state

LEASE: Final = "oracle"
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
async def opened(session: Session, *, new: bool = False) -> AsyncIterator[Database]:
    """The database without a chain, open until the block ends; made where there is none, if `new`:
    what only reads has to say that it was pointed at the wrong folder.
    """
    database = open_state(session.settings.database_url(), new=new)
    try:
        yield database
    finally:
        database.close()
