# SPDX-License-Identifier: MIT
"""A world for tasks without a chain, and calls of single tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from linkpool.oracle.graph import TaskSpec
from linkpool.oracle.tasks import TASKS, Call, World
from linkpool.oracle.tasks.http import Client

Handler = Callable[[httpx.Request], httpx.Response]
SlowHandler = Callable[[httpx.Request], Awaitable[httpx.Response]]


def world(handler: Handler | SlowHandler | None = None) -> World:
    """A world whose HTTP is `handler`; without one, every source fails."""

    async def answer(request: httpx.Request) -> httpx.Response:
        given = httpx.Response(500) if handler is None else handler(request)
        return _streamed(await given if isinstance(given, Awaitable) else given)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return World(Client(client))


def _streamed(response: httpx.Response) -> httpx.Response:
    """As it comes from a socket: not read yet."""
    if not response.is_stream_consumed:
        return response
    stream = httpx.ByteStream(response.content)
    return httpx.Response(response.status_code, headers=response.headers, stream=stream)


async def run(
    kind: str,
    inputs: list[Any] | None = None,
    variables: dict[str, Any] | None = None,
    outside: World | None = None,
    **attributes: str,
) -> Any:
    """The result of one task."""
    task = TaskSpec("t", {"type": kind, **attributes})
    return await TASKS[kind](Call(task, variables or {}, inputs or [], outside or world()))
