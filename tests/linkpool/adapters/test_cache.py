# SPDX-License-Identifier: MIT
"""Answers that serve again."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from linkpool.adapters.cache import Cache
from tests.linkpool.awaited import awaited


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def counting(cache_of: list[int]) -> Callable[[], Awaitable[int]]:
    async def find() -> int:
        cache_of.append(len(cache_of))
        await asyncio.sleep(0)
        return len(cache_of)

    return find


@awaited
async def test_an_answer_serves_again_while_it_is_young() -> None:
    clock, asked = Clock(), list[int]()
    cache: Cache[int] = Cache(clock)
    assert [await cache.get("a", 5, counting(asked)) for _ in range(2)] == [1, 1]
    clock.now += 5
    assert await cache.get("a", 5, counting(asked)) == 1
    clock.now += 0.1
    assert await cache.get("a", 5, counting(asked)) == 2
    assert await cache.get("b", 5, counting(asked)) == 3
    assert (cache.hits, cache.misses, len(cache)) == (2, 3, 2)


@awaited
async def test_nothing_is_kept_for_no_time() -> None:
    asked = list[int]()
    cache: Cache[int] = Cache(Clock())
    assert [await cache.get("a", 0, counting(asked)) for _ in range(2)] == [1, 2]
    assert len(cache) == 0


@awaited
async def test_the_same_question_is_asked_once_at_a_time() -> None:
    asked = list[int]()
    cache: Cache[int] = Cache(Clock())
    found = await asyncio.gather(*(cache.get("a", 0, counting(asked)) for _ in range(9)))
    assert (found, cache.joined, cache.misses) == ([1] * 9, 8, 1)


@awaited
async def test_a_failure_is_everybodys_and_not_kept() -> None:
    async def fail() -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    cache: Cache[int] = Cache(Clock())
    both = await asyncio.gather(
        *(cache.get("a", 9, fail) for _ in range(2)), return_exceptions=True
    )
    assert [str(one) for one in both] == ["no", "no"]
    assert await cache.get("a", 9, counting([])) == 1


@awaited
async def test_who_goes_away_takes_nothing_from_the_others() -> None:
    go = asyncio.Event()

    async def find() -> int:
        await go.wait()
        return 1

    cache: Cache[int] = Cache(Clock())
    first, second = (asyncio.create_task(cache.get("a", 9, find)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    go.set()
    assert await second == 1


@awaited
async def test_the_cache_is_bounded() -> None:
    cache: Cache[int] = Cache(Clock(), most=2)
    for key in ("a", "b", "a", "c"):
        await cache.get(key, 9, counting([]))
    asked = list[int]()
    await cache.get("a", 9, counting(asked))
    await cache.get("b", 9, counting(asked))
    assert (len(cache), asked) == (2, [0])
