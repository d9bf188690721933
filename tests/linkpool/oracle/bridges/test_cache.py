# SPDX-License-Identifier: MIT
"""The last good answers, in memory and in the database."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from linkpool.oracle.bridges.cache import AnswerCache
from linkpool.store.database import Database
from linkpool.store.tables import bridge_cache


def rows(database: Database) -> list[tuple[str, str, str, float]]:
    query = select(bridge_cache).order_by(bridge_cache.c.bridge, bridge_cache.c.task)
    return [tuple(row) for row in database.read_now(lambda c: c.execute(query).all())]


def play(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(story())  # type: ignore[arg-type]


def test_an_answer_is_recalled_while_it_is_young_enough(database: Database) -> None:
    async def story() -> None:
        cache = AnswerCache(database)
        cache.remember("b", "1:a", "first", 100.0)
        cache.remember("b", "1:a", "second", 110.0)
        assert await cache.recall("b", "1:a", since=110.0) == "second"
        assert await cache.recall("b", "1:a", since=110.1) is None
        assert await cache.recall("b", "1:other", since=0) is None
        await cache.close()

    play(story)


def test_answers_survive_the_process(database: Database) -> None:
    async def story() -> None:
        cache = AnswerCache(database)
        for turn in range(3):
            for task in ("1:a", "2:a"):
                cache.remember("b", task, f"{turn}", 100.0 + turn)
        assert rows(database) == []
        await cache.close()
        assert rows(database) == [("b", "1:a", "2", 102.0), ("b", "2:a", "2", 102.0)]
        again = AnswerCache(database)
        assert await again.recall("b", "1:a", since=102.0) == "2"
        again.remember("b", "1:a", "3", 103.0)
        await again.close()
        assert rows(database)[0] == ("b", "1:a", "3", 103.0)

    play(story)


def test_answers_are_written_behind(database: Database) -> None:
    async def story() -> None:
        cache = AnswerCache(database, behind=0.01)
        for turn in range(2):
            cache.remember("b", "1:a", f"{turn}", 100.0)
            while not any(row[2] == f"{turn}" for row in rows(database)):
                await asyncio.sleep(0.01)
        await cache.close()

    async def bounded() -> None:
        await asyncio.wait_for(story(), 60)

    play(bounded)


def test_what_is_too_old_for_anything_goes(database: Database) -> None:
    async def story() -> None:
        for now, task in ((100.0, "1:old"), (2_000.0, "1:new")):
            cache = AnswerCache(database)
            cache.remember("b", task, "x", now)
            await cache.close()
        assert [row[1] for row in rows(database)] == ["1:new"]

    play(story)


def test_memory_is_bounded_and_the_database_remembers(database: Database) -> None:
    async def story() -> None:
        cache = AnswerCache(database, most=2)
        for task in "abc":
            cache.remember("b", task, task, 100.0)
        await cache.close()
        assert len(cache._kept) == 2
        assert await cache.recall("b", "a", since=100.0) == "a"

    play(story)


def test_a_database_that_fails_fails_no_run(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(work: object) -> Any:
        raise OperationalError("INSERT", {}, Exception("disk full"))

    async def story() -> None:
        cache = AnswerCache(database)
        with monkeypatch.context() as patched:
            patched.setattr(database, "write", full)
            cache.remember("b", "1:a", "x", 100.0)
            await cache.close()
        assert await cache.recall("b", "1:a", since=100.0) == "x"
        cache.remember("b", "1:a", "y", 101.0)
        await cache.close()
        assert [row[2] for row in rows(database)] == ["y"]

    play(story)
