# SPDX-License-Identifier: MIT
"""What comes out of tasks and runs.

An error is a value like any other: it fails whoever uses it. A suspension says what has to happen
before a task has a result; producing one has no effect outside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from eth_typing import ChecksumAddress

from linkpool.oracle.errors import TaskError, TryLater


class TaskState(StrEnum):
    COMPLETED = "completed"
    ERRORED = "errored"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"  # given up because another task failed early


class RunState(StrEnum):
    COMPLETED = "completed"
    ERRORED = "errored"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why a task has no result yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTransaction(Suspension):
    """The task wants this sent. Its result is the receipt, a map with "transactionHash",
    "blockNumber", "blockHash", "status", "gasUsed" (or the hash, where no confirmation is wanted).
    """

    to: ChecksumAddress
    data: bytes
    gas: int | None = None
    """Limit; None leaves it to the node."""
    senders: tuple[ChecksumAddress, ...] = ()
    """Who may send it, any of the node's keys where empty."""
    min_confirmations: int | None = None
    """0: sent is enough; None: as deep as the node calls final."""
    fail_on_revert: bool = False
    chain_id: int | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    transmit_checker: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sender(self) -> ChecksumAddress | None:
        return self.senders[0] if self.senders else None


@dataclass(frozen=True, slots=True)
class PendingBridge(Suspension):
    """The adapter `name` answers later."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """One task of a run. `inputs` is what it was given, by attribute; moments are seconds since
    1970.
    """

    name: str
    kind: str
    state: TaskState
    value: Any
    attempts: int = 1
    started: float = 0.0
    finished: float = 0.0
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def error(self) -> TaskError | None:
        return self.value if isinstance(self.value, TaskError) else None


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a run. `tasks` are in the order in which they ended; one that could not start
    yet is absent. `terminal` are the tasks that nothing follows, in the order of their `index`.
    """

    tasks: Mapping[str, TaskResult]
    terminal: tuple[str, ...]
    fail_early: bool = False
    """True where a task with failEarly failed: nothing of the run is worth keeping."""

    @property
    def suspended(self) -> list[TaskResult]:
        return [task for task in self.tasks.values() if task.state is TaskState.SUSPENDED]

    @property
    def state(self) -> RunState:
        if self.fail_early:
            return RunState.ERRORED
        if self.suspended:
            return RunState.SUSPENDED
        return RunState.ERRORED if any(self.fatal_errors) else RunState.COMPLETED

    @property
    def outputs(self) -> list[Any]:
        """One for each terminal task; None where it failed or has none yet."""
        ends = [self.tasks.get(name) for name in self.terminal]
        return [
            end.value if end is not None and end.state is TaskState.COMPLETED else None
            for end in ends
        ]

    @property
    def fatal_errors(self) -> list[TaskError | None]:
        """One for each terminal task; None where it did not fail."""
        ends = [self.tasks.get(name) for name in self.terminal]
        return [None if end is None else end.error for end in ends]

    @property
    def all_errors(self) -> list[TaskError | None]:
        """One for each task that ran."""
        return [task.error for task in self.tasks.values()]

    @property
    def error(self) -> TaskError | None:
        """Why the run failed: the first failure of all, which led to the others."""
        if self.state is not RunState.ERRORED:
            return None
        return next((error for error in self.all_errors if error is not None), None)

    @property
    def try_later(self) -> bool:
        """True where it failed because no RPC answered: the request is not to blame."""
        failed = self.state is RunState.ERRORED
        return failed and any(isinstance(error, TryLater) for error in self.all_errors)
