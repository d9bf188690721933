# SPDX-License-Identifier: MIT
"""The observation source of a job: tasks and their order, written in DOT as Chainlink jobs are.

    fetch [type=http method=GET url="$(decode_cbor.get)"]
    decode -> fetch -> parse

Attribute names ignore case; separators (white space, `,`, `;`) are free; comments are `//`, `#` and
`/* */`. A value is a bare word, a number, "quoted with \\" inside" (other backslashes stay) or
<bracketed>.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from linkpool.oracle.errors import SpecError

MAX_SOURCE: Final = 65_536
RESERVED: Final = "input"
TOKEN: Final = re.compile(
    r"""
    (?P<space>[\s,;]+)
  | (?P<comment>//[^\n]*|\#[^\n]*|/\*.*?\*/)
  | (?P<arrow>->)
  | (?P<quoted>"(?:[^"\\]|\\.)*")
  | (?P<bracketed><)
  | (?P<mark>[\[\]=])
  | (?P<word>-?(?:\.\d+|\d+(?:\.\d*)?)(?![\w.])|[^\W\d]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    kind: str
    text: str
    line: int


@dataclass(slots=True)
class TaskSpec:
    """One node of the graph. `inputs` are the tasks whose results it takes, in the order given by
    `index`.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.attributes.get("type", "").lower()


@dataclass(frozen=True, slots=True)
class Graph:
    """The tasks of a job in an order that can be run, and those that nothing follows."""

    tasks: tuple[TaskSpec, ...]
    terminal: tuple[str, ...]


def parse(source: str) -> Graph:
    """Reads a job's observation source; a wrong one is a SpecError with its line."""
    if len(source) > MAX_SOURCE:
        raise SpecError(f"observationSource: longer than {MAX_SOURCE} characters")
    tasks: dict[str, TaskSpec] = {}
    edges: list[tuple[str, str]] = []
    _statements(_Tokens(tokens(source)), tasks, edges)
    if not tasks:
        raise SpecError("observationSource: no task")
    for name, task in tasks.items():
        if not task.kind:
            raise SpecError(f"observationSource: task {name!r} has no type")
    return _ordered(tasks, edges)


def tokens(source: str) -> Iterator[Token]:
    """The words of a source; comments and separators are left out."""
    at = 0
    while at < len(source):
        line = source.count("\n", 0, at) + 1
        match = TOKEN.match(source, at)
        if match is None or match.lastgroup is None:
            raise SpecError(f"observationSource line {line}: unexpected {source[at]!r}")
        kind, text = match.lastgroup, match.group()
        at = match.end()
        if kind == "bracketed":
            at = _closing(source, at, line)
            text = source[match.end() : at - 1]
        elif kind == "quoted":
            text = text[1:-1].replace('\\"', '"')
        if kind not in ("space", "comment"):
            yield Token(kind, text, line)


def _closing(source: str, at: int, line: int) -> int:
    """The place behind the `>` that closes a bracket opened just before `at`; brackets nest."""
    depth = 1
    for place in range(at, len(source)):
        depth += {"<": 1, ">": -1}.get(source[place], 0)
        if not depth:
            return place + 1
    raise SpecError(f"observationSource line {line}: '<' is not closed")


class _Tokens:
    def __init__(self, stream: Iterator[Token]) -> None:
        self.list = list(stream)
        self.at = 0

    def peek(self) -> Token | None:
        return self.list[self.at] if self.at < len(self.list) else None

    def next(self, wanted: str) -> Token:
        token = self.peek()
        if token is None:
            raise SpecError(f"observationSource: ends where {wanted} was expected")
        self.at += 1
        return token

    def skip(self, text: str) -> bool:
        token = self.peek()
        if token is None or token.kind not in ("mark", "arrow") or token.text != text:
            return False
        self.at += 1
        return True


def _statements(stream: _Tokens, tasks: dict[str, TaskSpec], edges: list[tuple[str, str]]) -> None:
    while stream.peek() is not None:
        name = _name(stream)
        tasks.setdefault(name, TaskSpec(name))
        while stream.skip("->"):
            follower = _name(stream)
            tasks.setdefault(follower, TaskSpec(follower))
            edges.append((name, follower))
            name = follower
        while stream.skip("["):
            _attributes(stream, tasks[name])


def _name(stream: _Tokens) -> str:
    token = stream.next("a task name")
    if token.kind not in ("word", "quoted"):
        raise SpecError(f"observationSource line {token.line}: unexpected {token.text!r}")
    if token.text == RESERVED:
        raise SpecError(f"observationSource line {token.line}: the name {RESERVED!r} is reserved")
    return token.text


def _attributes(stream: _Tokens, task: TaskSpec) -> None:
    while not stream.skip("]"):
        key = stream.next("an attribute")
        equals = stream.next("'='")
        value = stream.next("a value")
        if (
            key.kind not in ("word", "quoted")
            or equals.text != "="
            or value.kind in ("mark", "arrow")
        ):
            raise SpecError(
                f"observationSource line {key.line}: expected name=value near {key.text!r}"
            )
        task.attributes[key.text.lower()] = value.text


def _ordered(tasks: Mapping[str, TaskSpec], edges: Sequence[tuple[str, str]]) -> Graph:
    followers: dict[str, list[str]] = {name: [] for name in tasks}
    for before, after in dict.fromkeys(edges):
        followers[before].append(after)
        tasks[after].inputs.append(before)
    index = {name: _index(task) for name, task in tasks.items()}
    for task in tasks.values():
        task.inputs.sort(key=index.__getitem__)
    waiting = {name: len(task.inputs) for name, task in tasks.items()}
    ready = [name for name, count in waiting.items() if not count]
    order: list[TaskSpec] = []
    while ready:
        name = ready.pop(0)
        order.append(tasks[name])
        for follower in followers[name]:
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    if len(order) < len(tasks):
        stuck = sorted(name for name, count in waiting.items() if count)
        raise SpecError(f"observationSource: the tasks {', '.join(stuck)} wait for each other")
    return Graph(tuple(order), tuple(name for name in tasks if not followers[name]))


def _index(task: TaskSpec) -> int:
    text = task.attributes.get("index", "0")
    if not text.isdigit():
        raise SpecError(f"observationSource: task {task.name!r} has index {text!r}, not a number")
    return int(text)
