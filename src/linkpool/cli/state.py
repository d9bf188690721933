# SPDX-License-Identifier: MIT
"""The state database of a session, for commands that work without a running node."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from linkpool.cli.session import Session
from linkpool.store.database import Database
from linkpool.store.tables import metadata


@contextlib.asynccontextmanager
async def opened(session: Session) -> AsyncIterator[Database]:
    """Open until the block ends."""
    settings = session.settings
    if settings.database is None and settings.database_file is None:
        settings.state.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.database_url())
    try:
        await database.write(metadata.create_all)
        yield database
    finally:
        database.close()
