# SPDX-License-Identifier: MIT
"""What a task is given: its attributes with references resolved, the results before it, and the
world outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from linkpool.oracle.errors import TaskError
from linkpool.oracle.graph import TaskSpec
from linkpool.oracle.variables import document, references, value
from linkpool.oracle.world import (
    Answer,
    BridgeAnswer,
    Bridges,
    ChainReads,
    HttpClient,
    Message,
    RunIdentity,
    World,
)

__all__ = [
    "Answer",
    "BridgeAnswer",
    "Bridges",
    "Call",
    "ChainReads",
    "HttpClient",
    "Message",
    "RunIdentity",
    "World",
]


@dataclass(frozen=True, slots=True)
class Call:
    """One execution of one task. `seen` gathers what its attributes came to, for the history."""

    task: TaskSpec
    variables: Mapping[str, Any]
    inputs: Sequence[Any]
    world: World
    seen: dict[str, Any] = field(default_factory=dict)

    def raw(self, name: str) -> str | None:
        return self.task.attributes.get(name)

    def value(self, name: str) -> Any:
        """The attribute's value with its type; without the attribute, the result of the first task
        before.
        """
        if self.raw(name) is not None:
            return self.required(name)
        if not self.inputs:
            raise TaskError(f"needs {name!r}, or a task before it")
        if isinstance(self.inputs[0], TaskError):
            raise self.inputs[0]
        self.seen[name] = self.inputs[0]
        return self.inputs[0]

    def required(self, name: str) -> Any:
        """The value of an attribute that has to be there."""
        text = self.raw(name)
        if text is None:
            raise TaskError(f"needs {name!r}")
        found = self.seen[name] = value(text, self.variables)
        return found

    def text(self, name: str, default: str = "") -> str:
        found = self.required(name) if self.raw(name) is not None else default
        if isinstance(found, bytes):
            return found.decode(errors="replace")
        if not isinstance(found, str):
            raise TaskError(f"{name}: expected text, got {type(found).__name__}")
        return found

    def document(self, name: str) -> Any:
        """A JSON attribute with the references in it replaced by values."""
        text = self.raw(name)
        if text is None:
            raise TaskError(f"needs {name!r}")
        found = self.seen[name] = document(text, self.variables)
        return found

    def flag(self, name: str, default: bool) -> bool:
        if self.raw(name) is None:
            return default
        found = self.required(name)
        if found in (True, "true"):
            return True
        if found in (False, "false"):
            return False
        raise TaskError(f"{name}: expected true or false, got {str(found)[:40]!r}")

    def refers(self, name: str) -> bool:
        """True where the attribute takes something from other tasks, and so from the requester."""
        return bool(references(self.raw(name) or ""))
