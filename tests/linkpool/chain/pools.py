# SPDX-License-Identifier: MIT
"""Connections to fake nodes, with short pauses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from linkpool.chain.connection import Connection
from linkpool.chain.limits import RpcLimits
from linkpool.chain.rpc import Standing
from tests.linkpool.chain.fake_node import FakeNode

QUICK = RpcLimits(pause_seconds=0.05, pause_most_seconds=0.2, poll_seconds=0.05)
SOMEBODY: Any = "0x" + "00" * 19 + "01"


@contextlib.asynccontextmanager
async def pool(
    *nodes: FakeNode, limits: RpcLimits = QUICK, timeout: float = 2, **more: Any
) -> AsyncIterator[Connection]:
    urls = [node.url for node in nodes]
    async with await Connection.open(
        urls, chain_id=31337, timeout=timeout, limits=limits, **more
    ) as connection:
        yield connection


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.01)


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def standings(connection: Connection) -> list[Standing]:
    return [one.standing for one in connection.endpoints]
