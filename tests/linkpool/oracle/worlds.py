# SPDX-License-Identifier: MIT
"""A world for tasks without a chain, and calls of single tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from linkpool.oracle.graph import TaskSpec
from linkpool.oracle.tasks import TASKS, Call, World

Handler = Callable[[httpx.Request], httpx.Response]


class Recorder:
    """A Submitter that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, int]] = []

    async def submit(self, to: str, data: bytes, gas: int) -> str:
        self.sent.append((to, data, gas))
        return "0xsent"


def world(handler: Handler | None = None, recorder: Recorder | None = None) -> World:
    transport = httpx.MockTransport(handler or (lambda request: httpx.Response(500)))
    return World(httpx.AsyncClient(transport=transport), recorder or Recorder())


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
