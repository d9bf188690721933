# SPDX-License-Identifier: MIT
"""The last good answer of each bridge task, for when the adapter fails.

Kept in memory and written behind, all that changed in one transaction a second: a crash loses a
second of what is only a stand-in.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from linkpool.errors import LinkPoolError
from linkpool.oracle.bridges.limits import LONGEST_CACHE
from linkpool.store.database import Database
from linkpool.store.tables import bridge_cache
from linkpool.telemetry import logger

LOG: Final = logger(__name__)
BEHIND: Final = 1.0
MOST: Final = 4_096

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """`received`: seconds since 1970."""

    body: str
    received: float


class AnswerCache:
    """By bridge and task ("<job id>:<task name>")."""

    def __init__(self, database: Database, *, behind: float = BEHIND, most: int = MOST) -> None:
        self._database = database
        self._behind = behind
        self._most = most
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._changed: set[Key] = set()
        self._writing: asyncio.Task[None] | None = None

    def remember(self, bridge: str, task: str, body: str, now: float) -> None:
        key = (bridge, task)
        self._kept[key] = Kept(body, now)
        self._kept.move_to_end(key)
        self._changed.add(key)
        if self._writing is None:
            self._writing = asyncio.create_task(self._later(), name="bridge answers")

    async def recall(self, bridge: str, task: str, *, since: float) -> str | None:
        """The last good answer, received at `since` or after."""
        key = (bridge, task)
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._database.read(lambda connection: _stored(connection, key))
        return kept.body if kept is not None and kept.received >= since else None

    async def close(self) -> None:
        """Writes what is not written yet."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self._write()

    async def _later(self) -> None:
        try:
            while self._changed:
                await asyncio.sleep(self._behind)
                await self._write()
        finally:
            self._writing = None

    async def _write(self) -> None:
        changed = {key: self._kept[key] for key in self._changed}
        if not changed:
            return
        self._changed.clear()
        try:
            await self._database.write(lambda connection: _store(connection, changed))
        except (SQLAlchemyError, LinkPoolError, OSError) as error:
            # Nothing depends on it, and what is wrong with the database is said by who does.
            LOG.warning("bridge_cache.unwritten", why=str(error), answers=len(changed))
        for key in list(self._kept)[: max(0, len(self._kept) - self._most)]:
            if key not in self._changed:
                del self._kept[key]


def _stored(connection: Connection, key: Key) -> Kept | None:
    columns = select(bridge_cache.c.body, bridge_cache.c.received)
    row: Any = connection.execute(columns.where(_is(key))).first()
    return None if row is None else Kept(row.body, row.received)


def _store(connection: Connection, changed: dict[Key, Kept]) -> None:
    """In place of what was there, and of what is too old to stand in for anything."""
    latest = max(kept.received for kept in changed.values())
    connection.execute(delete(bridge_cache).where(bridge_cache.c.received < latest - LONGEST_CACHE))
    keys = tuple_(bridge_cache.c.bridge, bridge_cache.c.task)
    connection.execute(delete(bridge_cache).where(keys.in_(list(changed))))
    connection.execute(
        insert(bridge_cache),
        [
            {"bridge": bridge, "task": task, "body": kept.body, "received": kept.received}
            for (bridge, task), kept in changed.items()
        ],
    )


def _is(key: Key) -> Any:
    return (bridge_cache.c.bridge == key[0]) & (bridge_cache.c.task == key[1])
