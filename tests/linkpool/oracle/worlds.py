# SPDX-License-Identifier: MIT
"""A world for tasks without a chain, and calls of single tasks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from linkpool.oracle.graph import TaskSpec
from linkpool.oracle.tasks import TASKS, Call, World

Handler = Callable[[httpx.Request], httpx.Response]
SlowHandler = Callable[[httpx.Request], Awaitable[httpx.Response]]


class Recorder:
    """A Submitter that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, int]] = []

    async def submit(self, to: str, data: bytes, gas: int) -> str:
        self.sent.append((to, data, gas))
        return "0xsent"


def world(handler: Handler | SlowHandler | None = None, recorder: Recorder | None = None) -> World:
    """A world whose HTTP is `handler`; without one, every source fails."""

    async def answer(request: httpx.Request) -> httpx.Response:
        given = httpx.Response(500) if handler is None else handler(request)
        return _streamed(await given if isinstance(given, Awaitable) else given)

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return World(client, recorder or Recorder())


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
