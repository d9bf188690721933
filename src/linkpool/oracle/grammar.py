# SPDX-License-Identifier: MIT
"""The language of observation sources: DOT, as Chainlink jobs write it.

    fetch [type=http method=GET url="$(decode_cbor.get)"]
    decode -> fetch -> parse

Attribute names ignore case; separators (white space, `,`, `;`) are free; comments are `//`, `#` and
`/* */`. A value is a bare word, a number, "quoted with \\" inside" (other backslashes stay) or
<bracketed>. Several tasks may stand in one place of a chain: `a -> {b c} -> d`. Every pass over a
source is linear in its length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from linkpool.oracle.places import Places

MAX_SOURCE: Final = 65_536
MAX_EDGES: Final = 10_000
INPUT: Final = "input"
KEYWORDS: Final = ("node", "edge", "graph", "digraph", "subgraph", "strict")
TOKEN: Final = re.compile(
    r"""
    (?P<space>[\s,;]+)
  | (?P<comment>//[^\n]*|\#[^\n]*|/\*.*?\*/)
  | (?P<mark>->|[\[\]={}])
  | (?P<quoted>"(?:[^"\\]|\\.)*")
  | (?P<bracketed><)
  | (?P<word>-?(?:\.\d+|\d+(?:\.\d*)?)(?![\w.])|[^\W\d]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)
WHOLE_BRACKET: Final = re.compile(r"\s*<([^<>]+)>\s*")
UNQUOTED: Final = re.compile(r"[^\s,;\[\]=\"]{1,40}")


class Token(NamedTuple):
    kind: str
    text: str
    at: int


class Attribute(NamedTuple):
    """As written last; the offsets are those of its name and of its value."""

    name: str
    value: str
    at: int
    value_at: int
    repeated: bool


@dataclass(slots=True)
class Declared:
    """A task as written. `attributes` by lower-case name; `at` is where it is declared, or first
    named.
    """

    name: str
    at: int
    attributes: dict[str, Attribute] = field(default_factory=dict)
    declared: bool = False


@dataclass(slots=True)
class Source:
    """Everything that is written in an observation source."""

    tasks: dict[str, Declared] = field(default_factory=dict)
    edges: dict[tuple[str, str], int] = field(default_factory=dict)


def read(source: str, places: Places) -> Source:
    """SpecError with line, column and what was expected."""
    if len(source) > MAX_SOURCE:
        raise places.error(f"observationSource: longer than {MAX_SOURCE} characters", 0)
    return _Reader(source, places).source()


def tokens(source: str, places: Places) -> Iterator[Token]:
    """The words of a source; comments and separators are left out."""
    at = 0
    while at < len(source):
        match = TOKEN.match(source, at)
        if match is None or match.lastgroup is None:
            raise places.error(_unreadable(source, at), at)
        kind, text, start = match.lastgroup, match.group(), at
        at = match.end()
        if kind == "bracketed":
            at = _closing(source, at, places)
            text = source[start:at]
        elif kind == "quoted":
            text = text[1:-1].replace('\\"', '"')
        if kind not in ("space", "comment"):
            yield Token(kind, text, start)


def _unreadable(source: str, at: int) -> str:
    if source[at] == '"':
        return "observationSource: the text that begins here is not closed, expected '\"'"
    if source.startswith("/*", at):
        return "observationSource: the comment that begins here is not closed, expected '*/'"
    word = UNQUOTED.match(source, at)
    if word is not None and word[0][0].isdigit():
        return f'observationSource: unexpected {word[0]!r}, expected "{word[0]}" in quotes'
    return f"observationSource: unexpected {source[at]!r}, expected a task or an attribute"


def _closing(source: str, at: int, places: Places) -> int:
    """The place behind the `>` that closes a bracket opened just before `at`; brackets nest."""
    depth = 1
    for match in re.compile("[<>]").finditer(source, at):
        depth += 1 if match[0] == "<" else -1
        if not depth:
            return match.end()
    raise places.error("observationSource: '<' is not closed, expected '>'", at - 1)


class _Reader:
    def __init__(self, source: str, places: Places) -> None:
        self.places = places
        self.end = len(source)
        self.list = list(tokens(source, places))
        self.at = 0
        self.found = Source()

    def source(self) -> Source:
        while self.at < len(self.list):
            self.statement()
        return self.found

    def statement(self) -> None:
        first = self.at
        before = self.names()
        chained = False
        while self.skip("->"):
            after = self.names()
            self.connect(before, after, self.list[first].at)
            before, chained = after, True
        if self.peek("[") and (chained or len(before) != 1):
            said = f"write `{before[-1]} [...]` on its own" if before else "it belongs to no task"
            raise self.wrong(f"attributes of an arrow: {said}")
        while self.skip("["):
            self.attributes(before[0], self.list[first].at)

    def connect(self, before: list[str], after: list[str], at: int) -> None:
        if len(self.found.edges) + len(before) * len(after) > MAX_EDGES:
            raise self.places.error(f"observationSource: more than {MAX_EDGES} arrows", at)
        for one in before:
            for other in after:
                self.found.edges.setdefault((one, other), at)

    def names(self) -> list[str]:
        """One task, or several in braces."""
        if not self.skip("{"):
            return [self.name("a task")]
        found: list[str] = []
        while not self.skip("}"):
            found.append(self.name("a task or '}'"))
        return found

    def name(self, wanted: str) -> str:
        token = self.take(wanted)
        if token.kind not in ("word", "quoted") or not token.text:
            raise self.unexpected(token, wanted)
        if (token.kind == "word" and token.text.lower() in KEYWORDS) or token.text == INPUT:
            text = f"observationSource: the name {token.text!r} is reserved, expected another name"
            raise self.places.error(text, token.at)
        self.found.tasks.setdefault(token.text, Declared(token.text, token.at))
        return token.text

    def attributes(self, name: str, at: int) -> None:
        task = self.found.tasks[name]
        if not task.declared:
            task.at, task.declared = at, True
        while not self.skip("]"):
            key = self.take("an attribute or ']'")
            if key.kind not in ("word", "quoted"):
                raise self.unexpected(key, "an attribute or ']'")
            equals = self.take("'='")
            if (equals.kind, equals.text) != ("mark", "="):
                raise self.unexpected(equals, f"'=' after {key.text!r}")
            value = self.take("a value")
            if value.kind == "mark":
                raise self.unexpected(value, f"a value of {key.text!r}")
            lower = key.text.lower()
            plain = WHOLE_BRACKET.fullmatch(value.text)
            task.attributes[lower] = Attribute(
                key.text,
                plain[1] if plain and value.kind != "word" else value.text,
                key.at,
                value.at,
                lower in task.attributes,
            )

    # ---- Tokens ----

    def peek(self, text: str) -> bool:
        token = self.list[self.at] if self.at < len(self.list) else None
        return token is not None and token.kind == "mark" and token.text == text

    def skip(self, text: str) -> bool:
        if not self.peek(text):
            return False
        self.at += 1
        return True

    def take(self, wanted: str) -> Token:
        if self.at == len(self.list):
            raise self.places.error(f"observationSource: ends here, expected {wanted}", self.end)
        self.at += 1
        return self.list[self.at - 1]

    def unexpected(self, token: Token, wanted: str) -> Exception:
        text = f"observationSource: unexpected {token.text[:40]!r}, expected {wanted}"
        return self.places.error(text, token.at)

    def wrong(self, text: str) -> Exception:
        return self.places.error(f"observationSource: {text}", self.list[self.at].at)
