# SPDX-License-Identifier: MIT
"""Runs the tasks of a job: each as soon as what it waits for is done, independent ones side by
side.

A failed task's error is its result: it fails whoever uses it, and nobody else. A task that has to
wait for something outside ends as a suspension, and those behind it do not begin: the run is
started again with what is `known` by then. `retries=N` means N attempts in all.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from inspect import iscoroutinefunction
from types import MappingProxyType
from typing import Any, Final

from linkpool.net.document import printable
from linkpool.oracle.errors import TaskError, TryLater
from linkpool.oracle.graph import Graph
from linkpool.oracle.results import (
    PendingBridge,
    PendingTransaction,
    Run,
    RunState,
    Suspension,
    TaskResult,
    TaskState,
)
from linkpool.oracle.tasks import TASKS, TOLERANT, Call, World

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
NOTE: Final = 400
NOTHING: Final[Mapping[str, TaskResult]] = MappingProxyType({})


async def run(
    graph: Graph,
    variables: Mapping[str, Any],
    world: World,
    *,
    deadline: float = 0.0,
    known: Mapping[str, TaskResult] = NOTHING,
    limit: float = MAX_RUN,
) -> Run:
    """One run, or the rest of one. `deadline` bounds each task without a timeout of its own (0 is
    none), `limit` the run, both in seconds. Never raises for what a requester or a source does.
    """
    schedule = _Schedule(graph, variables, world, deadline)
    try:
        async with asyncio.timeout(limit):
            await schedule.go(known)
    except TimeoutError:
        schedule.give_up(TaskError(f"the run took longer than {limit:g} s"), TaskState.ERRORED)
    finally:
        await schedule.close()
    return Run(schedule.results, graph.terminal, schedule.fail_early)


class _Schedule:
    def __init__(
        self, graph: Graph, variables: Mapping[str, Any], world: World, deadline: float
    ) -> None:
        self.results: dict[str, TaskResult] = {}
        self.fail_early = False
        self._graph = graph
        self._values = dict(variables)
        self._world = world
        self._deadline = deadline
        self._tasks = {task.name: task for task in graph.tasks}
        self._waiting = {task.name: len(task.inputs) + len(task.waits) for task in graph.tasks}
        self._ready = deque(task for task in graph.tasks if not self._waiting[task.name])
        self._running: set[asyncio.Task[TaskResult]] = set()

    async def go(self, known: Mapping[str, TaskResult]) -> None:
        while not self.fail_early and (self._ready or self._running):
            if not self._ready:
                done, self._running = await asyncio.wait(
                    self._running, return_when=asyncio.FIRST_COMPLETED
                )
                for one in done:
                    self._settle(one.result())
                continue
            task = self._ready.popleft()
            if task.name in known:
                self._settle(known[task.name])
                continue
            call = Call(
                task, self._values, [self._values[name] for name in task.inputs], self._world
            )
            if not iscoroutinefunction(TASKS[task.kind]):
                self._settle(_at_once(call))
            elif self._ready or self._running:
                self._running.add(asyncio.create_task(_attempts(call, self._deadline)))
            else:  # nothing else could run meanwhile
                self._settle(await _attempts(call, self._deadline))

    def _settle(self, result: TaskResult) -> None:
        if self.fail_early:
            return
        self.results[result.name] = result
        if result.state is TaskState.SUSPENDED:
            return
        self._values[result.name] = result.value
        task = self._tasks[result.name]
        if result.error is not None and task.patience.fail_early:
            self.fail_early = True
            self._ready.clear()
            self.give_up(TaskError(f"given up: {task.name} failed early"), TaskState.CANCELLED)
            return
        for name in self._graph.followers[task.name]:
            self._waiting[name] -= 1
            if not self._waiting[name]:
                self._ready.append(self._tasks[name])

    def give_up(self, error: TaskError, state: TaskState) -> None:
        """Every task that has no result gets this one; `close` ends those that run."""
        now = time.time()
        for task in self._graph.tasks:
            if task.name not in self.results:
                self.results[task.name] = TaskResult(
                    name=task.name,
                    kind=task.kind,
                    state=state,
                    value=error,
                    attempts=0,
                    started=now,
                    finished=now,
                )

    async def close(self) -> None:
        for one in self._running:
            one.cancel()
        if self._running:
            await asyncio.gather(*self._running, return_exceptions=True)


def _at_once(call: Call) -> TaskResult:
    """A task that only computes: trying it again would change nothing."""
    began = time.time()
    failed = _failed_before(call)
    try:
        value = failed or TASKS[call.task.kind](call)
    except Exception as error:
        value = _error(call, error)
    return _result(call, value, 1, began)


async def _attempts(call: Call, deadline: float) -> TaskResult:
    began = time.time()
    value: Any = _failed_before(call)
    attempt = 1
    if value is None:
        patience = call.task.patience
        limit = patience.timeout or deadline
        while True:
            value = await _once(call, limit)
            again = isinstance(value, TaskError) and not isinstance(value, TryLater)
            if not again or attempt >= patience.attempts:
                break
            await asyncio.sleep(patience.pause(attempt))
            attempt += 1
    return _result(call, value, attempt, began)


async def _once(call: Call, limit: float) -> Any:
    inside = asyncio.timeout(limit or None)
    try:
        async with inside:
            return await TASKS[call.task.kind](call)
    except TimeoutError as error:
        if inside.expired():
            return TaskError(f"{call.task.name}: not done after {limit:g} s")
        return _error(call, error)
    except Exception as error:
        return _error(call, error)


def _failed_before(call: Call) -> TaskError | None:
    """The failure of a task before, where this kind cannot go on without its result."""
    if call.task.kind in TOLERANT:
        return None
    failed = next((value for value in call.inputs if isinstance(value, TaskError)), None)
    return None if failed is None else _error(call, failed, root=failed.root or str(failed))


def _error(call: Call, error: Exception, *, root: str = "") -> TaskError:
    """With the task's name before the failure that led to it. Anything but a TaskError is a bug of
    ours, or something that nobody thought a requester could send; either way it must not stop the
    node.
    """
    if isinstance(error, TaskError):
        root = root or error.root
        said = root or str(error)
    else:
        said = f"{type(error).__name__}: {error}"
    kind = TryLater if isinstance(error, TryLater) else TaskError
    return kind(printable(f"{call.task.name}: {said}", NOTE), root=root)


def _result(call: Call, value: Any, attempts: int, began: float) -> TaskResult:
    if isinstance(value, Suspension):
        state = TaskState.SUSPENDED
    else:
        state = TaskState.ERRORED if isinstance(value, TaskError) else TaskState.COMPLETED
    return TaskResult(
        name=call.task.name,
        kind=call.task.kind,
        state=state,
        value=value,
        attempts=attempts,
        started=began,
        finished=time.time(),
        inputs=call.seen,
    )
