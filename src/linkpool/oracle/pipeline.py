# SPDX-License-Identifier: MIT
"""Runs the tasks of a job: each as soon as what it waits for is done, independent ones side by
side.

A failed task's error is its result: it fails whoever uses it, and nobody else. A task that has to
wait for something outside ends as a suspension, and so do not those behind it: the run is started
again with what is `known` by then. `retries=N` means N attempts in all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

from linkpool.oracle.document import printable
from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import SpecError, TaskError, TryLater
from linkpool.oracle.graph import Graph, TaskSpec
from linkpool.oracle.results import (
    PendingBridge,
    PendingTransaction,
    Run,
    RunState,
    Suspension,
    TaskResult,
    TaskState,
)
from linkpool.oracle.tasks import TASKS, Call, World

__all__ = [
    "PendingBridge",
    "PendingTransaction",
    "Run",
    "RunState",
    "Suspension",
    "TaskResult",
    "TaskState",
    "run",
]

MAX_RUN: Final = 600.0
MAX_ATTEMPTS: Final = 100
MIN_BACKOFF: Final = 5.0
MAX_BACKOFF: Final = 60.0
NOTE: Final = 400


async def run(
    graph: Graph,
    variables: Mapping[str, Any],
    world: World,
    *,
    deadline: float = 0.0,
    known: Mapping[str, TaskResult] = {},
) -> Run:
    """One run, or the rest of one. `deadline` (seconds, 0 is none) bounds each task without a
    timeout of its own. Never raises for what a requester or a source does.
    """
    results: dict[str, TaskResult] = {}
    values: dict[str, Any] = dict(variables)
    started: dict[str, asyncio.Task[None]] = {}

    async def one(task: TaskSpec) -> None:
        for name in task.inputs:
            await started[name]
        result = known.get(task.name)
        if result is None:
            if not all(name in values for name in task.inputs):
                return
            inputs = [values[name] for name in task.inputs]
            result = await _attempts(Call(task, values, inputs, world), deadline)
        results[task.name] = result
        if result.state is not TaskState.SUSPENDED:
            values[task.name] = result.value

    try:
        async with asyncio.timeout(MAX_RUN), asyncio.TaskGroup() as group:
            for task in graph.tasks:
                started[task.name] = group.create_task(one(task))
    except TimeoutError:
        late = TaskError(f"the run took longer than {MAX_RUN:g} s")
        for task in graph.tasks:
            if task.name not in results:
                results[task.name] = _result(task, late)
    return Run(results, graph.terminal)


def _result(task: TaskSpec, value: Any, **more: Any) -> TaskResult:
    if isinstance(value, Suspension):
        state = TaskState.SUSPENDED
    else:
        state = TaskState.ERRORED if isinstance(value, TaskError) else TaskState.COMPLETED
    return TaskResult(name=task.name, kind=task.kind, state=state, value=value, **more)


async def _attempts(call: Call, deadline: float) -> TaskResult:
    attributes = call.task.attributes
    began = time.time()
    try:
        limit = seconds(attributes["timeout"]) if "timeout" in attributes else deadline
        pause = seconds(attributes.get("minbackoff", f"{MIN_BACKOFF}s"))
        longest = seconds(attributes.get("maxbackoff", f"{MAX_BACKOFF}s"))
        attempts = min(int(attributes.get("retries", "1") or 1), MAX_ATTEMPTS)
    except (SpecError, ValueError) as error:
        return _result(call.task, TaskError(f"{call.task.name}: {error}"))
    for attempt in range(1, max(1, attempts) + 1):
        result = await _once(call, limit)
        if not isinstance(result, TaskError) or isinstance(result, TryLater) or attempt >= attempts:
            break
        await asyncio.sleep(min(pause * 2 ** (attempt - 1), longest))
    return _result(
        call.task,
        result,
        attempts=attempt,
        started=began,
        finished=time.time(),
        inputs=call.seen,
    )


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
