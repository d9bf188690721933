# SPDX-License-Identifier: MIT
"""What a task is given: its attributes with references resolved, the results before it, and the
world outside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from linkpool.oracle.abi import Signature, boolean, parse, read, whole
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
        """As written; an empty attribute is as good as none."""
        text = self.task.attributes.get(name)
        return text if text and not text.isspace() else None

    def value(self, name: str) -> Any:
        """The attribute's value with its type; without the attribute, the result of the first task
        before.
        """
        if self.raw(name) is not None:
            return self.required(name)
        return self.input(name)

    def input(self, name: str) -> Any:
        """The result of the first task before, which stands for the attribute `name`."""
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
        found = value(text, self.variables)
        self.seen[name] = found = found.strip() if found is text else found
        return found

    def text(self, name: str, default: str = "") -> str:
        found = self.required(name) if self.raw(name) is not None else default
        if isinstance(found, bytes):
            return found.decode(errors="replace")
        if not isinstance(found, str):
            raise TaskError(f"{name}: expected text, got {type(found).__name__}")
        return found

    def document(self, name: str, *, errors: bool = False) -> Any:
        """A JSON attribute with the references in it replaced by values; with `errors` one inside
        it may lead to a failed task.
        """
        text = self.raw(name)
        if text is None:
            raise TaskError(f"needs {name!r}")
        found = self.seen[name] = document(text, self.variables, errors=errors)
        if isinstance(found, TaskError):
            raise found
        return found

    def flag(self, name: str, default: bool) -> bool:
        return default if self.raw(name) is None else boolean(self.required(name), name)

    def count(self, name: str) -> int | None:
        """A whole number from 0; None without the attribute, or where it comes to nothing."""
        given = None if self.raw(name) is None else self.required(name)
        if given is None or given == "":
            return None
        found = whole(given, name)
        if not 0 <= found < 1 << 64:
            raise TaskError(f"{name}: expected a whole number from 0")
        return found

    def signature(self) -> Signature:
        """Of the attribute `abi`. One that a requester had a part in is read and forgotten."""
        text = self.text("abi")
        return read(text) if self.refers("abi") else parse(text)

    def refers(self, name: str) -> bool:
        """True where the attribute takes something from other tasks, and so from the requester."""
        return bool(references(self.raw(name) or ""))
