# SPDX-License-Identifier: MIT
"""One writer: transactions, savepoints, cancellation, order."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, insert, select

from linkpool.store.database import Database
from linkpool.store.tables import meta


def put(key: str, value: str = "x") -> object:
    return lambda c: c.execute(insert(meta).values(key=key, value=value))


def keys(connection: Connection) -> list[str]:
    return list(connection.scalars(select(meta.c.key).order_by(meta.c.key)))


def test_a_row_is_there_after_the_write(database: Database) -> None:
    async def main() -> list[str]:
        await database.write(put("a"))
        return await database.read(keys)

    assert asyncio.run(main()) == ["a"]
