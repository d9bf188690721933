# SPDX-License-Identifier: MIT
"""Where a syntax node stands in its source, to the character, and the source with that changed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from vyper.ast import nodes as vy
from vyper.ast import parse_to_ast
from vyper.exceptions import VyperException

# The compiler reads staticcall and extcall as a word of five letters and forgets, now and then, how
# much longer they are.
SLIPS = (0, 5, 2, 7, 10)
KEYWORDS = ("staticcall", "extcall")


class Span(NamedTuple):
    """Characters of a text: from `start`, before `end`."""

    start: int
    end: int


@dataclass(frozen=True)
class Document:
    """One source with its tree; offsets count characters of the whole text."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Document:
        return cls(path, path.read_text(encoding="ascii"))

    @cached_property
    def tree(self) -> vy.Module:
        return parse(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        lines = self.text.splitlines(keepends=True)
        return [0, *accumulate(len(line) for line in lines)]

    def line(self, number: int) -> str:
        return self.text[self._starts[number - 1] : self._starts[number]].rstrip("\n")

    def lines_of(self, node: vy.VyperNode) -> Span:
        """All lines that a declaration takes, its decorators with it."""
        above = [decorator.lineno for decorator in getattr(node, "decorator_list", ())]
        return Span(self._starts[min([node.lineno, *above]) - 1], self._starts[node.end_lineno])

    def span(self, node: vy.VyperNode) -> Span | None:
        """Of an expression or a statement; None where the compiler's positions make no sense."""
        start = self._starts[node.lineno - 1] + node.col_offset
        end = self._starts[node.end_lineno - 1] + node.end_col_offset
        lines = range(node.lineno, node.end_lineno + 1)
        slips = any(word in self.line(number) for number in lines for word in KEYWORDS)
        for late in SLIPS if slips else (0,):
            for later in SLIPS if slips else (0,):
                found = Span(start + late, end + later)
                if same(self.text[found.start : found.end], node):
                    return found
        return None

    def of(self, node: vy.VyperNode) -> str | None:
        """The node's own text."""
        span = self.span(node)
        return None if span is None else self.text[span.start : span.end]

    def changed(self, span: Span, text: str) -> str:
        return self.text[: span.start] + text + self.text[span.end :]


def parse(text: str) -> vy.Module:
    """The tree of a whole source.

    Raises:
        VyperException, SyntaxError: It is no Vyper.
    """
    return parse_to_ast(text, module_path="source.vy", resolved_path="source.vy")


def same(text: str, node: vy.VyperNode) -> bool:
    """Whether a piece of text reads as exactly this node."""
    if isinstance(node, vy.Name):
        return text == str(node.id)
    if isinstance(node, vy.Int):
        return text.replace("_", "").isalnum() and int(text, 0) == node.value
    if not isinstance(node, vy.ExprNode) or isinstance(node, vy.keyword):
        return bool(text) and not text[0].isspace() and not text[-1].isspace()
    try:
        tree = parse(f"@internal\ndef f():\n    return (\n{text}\n)")
    except (VyperException, SyntaxError):
        return False
    return shape(tree.body[0].body[0].value) == shape(node)


SHAPE = (
    *("id", "attr", "value", "left", "right", "op", "ops", "args", "keywords", "func", "test"),
    *("body", "orelse", "operand", "values", "slice", "arg", "annotation", "defaults", "elements"),
)


def shape(node: object) -> object:
    """A tree without its positions, to compare."""
    if isinstance(node, vy.VyperNode):
        members = ((name, getattr(node, name, None)) for name in SHAPE)
        return type(node).__name__, [(name, shape(it)) for name, it in members if it is not None]
    if isinstance(node, (list, tuple)):
        return [shape(item) for item in node]
    return str(node)
