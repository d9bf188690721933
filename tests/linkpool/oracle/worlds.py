# SPDX-License-Identifier: MIT
"""A world for tasks without a chain, and calls of single tasks."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from linkpool.net.testing import FakeHttp, Handler
from linkpool.oracle.graph import TaskSpec
from linkpool.oracle.tasks import TASKS, Call, World


def world(handler: Handler | None = None) -> World:
    """A world whose HTTP is `handler`; without one, every source fails."""
    return World(FakeHttp(handler))


async def run(
    kind: str,
    inputs: list[Any] | None = None,
    variables: dict[str, Any] | None = None,
    outside: World | None = None,
    **attributes: str,
) -> Any:
    """The result of one task."""
    task = TaskSpec("t", {"type": kind, **attributes})
    result = TASKS[kind](Call(task, variables or {}, inputs or [], outside or world()))
    return await result if isinstance(result, Awaitable) else result
