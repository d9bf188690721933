# SPDX-License-Identifier: MIT
"""Runs the tasks of a job: each as soon as what it waits for is done, independent ones side by
side.

A failed task's error is its result: it fails whoever uses it, and nobody else. `retries=N` means N
attempts in all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

from linkpool.oracle.document import printable
from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import SpecError, TaskError, TryLater
from linkpool.oracle.graph import Graph, TaskSpec
from linkpool.oracle.tasks import TASKS, Call, World

MAX_RUN: Final = 600.0
MAX_ATTEMPTS: Final = 100
MIN_BACKOFF: Final = 5.0
NOTE: Final = 400
MAX_BACKOFF: Final = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a run: each task's result, a TaskError where it failed."""

    results: Mapping[str, Any]
    terminal: tuple[str, ...]

    @property
    def error(self) -> TaskError | None:
        """Why the run failed: the first failure in the order of execution. None where every last
        task succeeded.
        """
        if not any(isinstance(self.results[name], TaskError) for name in self.terminal):
            return None
        return next(r for r in self.results.values() if isinstance(r, TaskError))


async def run(
    graph: Graph, variables: Mapping[str, Any], world: World, *, deadline: float = 0.0
) -> Run:
    """One run. `deadline` (seconds, 0 is none) bounds each task without a timeout of its own."""
    results: dict[str, Any] = {}
    known: MutableMapping[str, Any] = dict(variables)
    started: dict[str, asyncio.Task[Any]] = {}

    async def one(task: TaskSpec) -> Any:
        inputs = [await started[name] for name in task.inputs]
        result = await _attempts(Call(task, known, inputs, world), deadline)
        results[task.name] = known[task.name] = result
        return result

    try:
        async with asyncio.timeout(MAX_RUN), asyncio.TaskGroup() as group:
            for task in graph.tasks:
                started[task.name] = group.create_task(one(task))
    except TimeoutError:
        late = TaskError(f"the run took longer than {MAX_RUN:g} s")
        results |= {task.name: late for task in graph.tasks if task.name not in results}
    return Run(results, graph.terminal)


async def _attempts(call: Call, deadline: float) -> Any:
    attributes = call.task.attributes
    try:
        limit = seconds(attributes["timeout"]) if "timeout" in attributes else deadline
        pause = seconds(attributes.get("minbackoff", f"{MIN_BACKOFF}s"))
        longest = seconds(attributes.get("maxbackoff", f"{MAX_BACKOFF}s"))
        attempts = min(int(attributes.get("retries", "1") or 1), MAX_ATTEMPTS)
    except (SpecError, ValueError) as error:
        return TaskError(f"{call.task.name}: {error}")
    for attempt in range(1, max(1, attempts) + 1):
        result = await _once(call, limit)
        if not isinstance(result, TaskError) or isinstance(result, TryLater) or attempt >= attempts:
            break
        await asyncio.sleep(min(pause * 2 ** (attempt - 1), longest))
    return result


async def _once(call: Call, limit: float) -> Any:
    try:
        async with asyncio.timeout(limit or None):
            return await TASKS[call.task.kind](call)
    except TimeoutError:
        return TaskError(f"{call.task.name}: not done after {limit:g} s")
    except TryLater as error:
        return error
    except TaskError as error:
        return TaskError(printable(f"{call.task.name}: {error}", NOTE))
    except Exception as error:  # what a requester sends must never stop the node
        return TaskError(printable(f"{call.task.name}: {type(error).__name__}: {error}", NOTE))
