# SPDX-License-Identifier: MIT
"""Answers that serve again while they are young, and questions that are asked once at a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
MOST: Final = 1_000


class Cache(Generic[T]):
    """Bounded: what was asked for longest ago goes. Failures are not kept."""

    def __init__(self, clock: Callable[[], float], *, most: int = MOST) -> None:
        self.hits = 0
        self.joined = 0
        self.misses = 0
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[T]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    async def get(self, key: str, max_age: float, find: Callable[[], Awaitable[T]]) -> T:
        """What `find` gives, or gave at most `max_age` seconds ago, or is about to give."""
        kept = self._kept.get(key)
        if kept is not None and self._clock() - kept[0] <= max_age:
            self.hits += 1
            self._kept.move_to_end(key)
            return kept[1]
        task = self._asked.get(key)
        if task is None:
            self.misses += 1
            task = self._asked[key] = asyncio.create_task(self._find(key, max_age, find))
            task.add_done_callback(_seen)
        else:
            self.joined += 1
        # Who goes away must not take the answer from the others who wait for it.
        return await asyncio.shield(task)

    async def _find(self, key: str, max_age: float, find: Callable[[], Awaitable[T]]) -> T:
        try:
            found = await find()
        finally:
            del self._asked[key]
        if max_age > 0:
            self._kept[key] = (self._clock(), found)
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


def _seen(task: asyncio.Task[T]) -> None:
    """A failure that everybody has stopped waiting for is nobody's."""
    if not task.cancelled():
        task.exception()
