# SPDX-License-Identifier: MIT
"""All mutants of a source, in the order of its text, under ids that outlive changes elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vyper.ast import nodes as vy

from tools.mutate.operators import OPERATORS, Change
from tools.mutate.text import Document
from tools.sources import CONTRACTS, ROOT, name_of

# What says how a module is put together, and types: no behaviour.
DECLARATIONS = (
    *(vy.Import, vy.ImportFrom, vy.InterfaceDef, vy.EventDef, vy.StructDef, vy.FlagDef),
    *(vy.UsesDecl, vy.InitializesDecl, vy.ExportsDecl, vy.ImplementsDecl),
)


STATEMENTS = (
    *(vy.If, vy.For, vy.Assert, vy.Raise, vy.Return, vy.Expr, vy.Log),
    *(vy.Assign, vy.AugAssign, vy.AnnAssign, vy.VariableDecl),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault: in which function of which source, and how it reads."""

    id: str
    source: str
    function: str  # empty outside of functions: a constant
    line: int
    inside: range  # lines of its statement, branches included, counted from the function's head
    operator: str
    change: Change
    before: str
    after: str

    def text(self) -> str:
        """The whole source with the fault."""
        return document(ROOT / self.source).changed(self.change.span, self.change.text)

    def __str__(self) -> str:
        return f"{self.id} {self.source}:{self.line} {self.before}  ->  {self.after}"


@cache
def document(path: Path) -> Document:
    return Document.read(path)


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of a source, whether it compiles or not."""
    source = document(path)
    taken: set[Change] = set()
    found = []
    for top, node in nodes(source):
        for operator, make in OPERATORS.items():
            for change in make(source, node):
                if change not in taken:
                    taken.add(change)
                    found.append(describe(source, top, node, operator, change))
    return sorted(found, key=lambda mutant: mutant.change.span.start)


def nodes(source: Document) -> Iterator[tuple[vy.VyperNode, vy.VyperNode]]:
    """Each node that may be changed, after the function or constant it is part of."""
    for top in source.tree.body:
        if isinstance(top, vy.FunctionDef):
            yield top, top
            for statement in top.body:
                yield from ((top, node) for node in within(statement))
        elif isinstance(top, vy.VariableDecl) and top.value is not None:
            yield from ((top, node) for node in within(top.value))
        elif not isinstance(top, (*DECLARATIONS, vy.VariableDecl)):
            raise ValueError(f"{source.path}:{top.lineno}: no operator knows {type(top).__name__}")


def within(top: vy.VyperNode) -> Iterator[vy.VyperNode]:
    """A node and all below it, types left out."""
    yield top
    for child in top.get_children():
        if child is not getattr(top, "annotation", None):
            yield from within(child)


def describe(
    source: Document, top: vy.VyperNode, node: vy.VyperNode, operator: str, change: Change
) -> Mutant:
    span = change.span
    text, changed = source.text, source.changed(span, change.text)
    name = name_of(source.path)
    line = text.count("\n", 0, span.start) + 1
    statement = node if isinstance(node, STATEMENTS) else node.get_ancestor(STATEMENTS) or top
    is_function = isinstance(top, vy.FunctionDef)
    start, end = source.lines_of(top)
    # The same as long as its function is the same, wherever that stands.
    identity = (name, text[start:end], str(span.start - start), str(span.end - start), change.text)
    grown = len(changed) - len(text)
    first = text.rfind("\n", 0, span.start) + 1
    return Mutant(
        id=hashlib.sha256("\0".join(identity).encode()).hexdigest()[:10],
        source=name,
        function=top.name if is_function else "",
        line=line,
        inside=range(line - top.lineno, statement.end_lineno - top.lineno + 1),
        operator=operator,
        change=change,
        before=" ".join(text[first : text.find("\n", span.end)].split()),
        after=" ".join(changed[first : changed.find("\n", span.end + grown)].split()),
    )


def sources() -> list[Path]:
    """Every contract and module of ours; the examples are not custody, and come last."""
    found = sorted(CONTRACTS.glob("*.vy")) + sorted((CONTRACTS / "modules").glob("*.vy"))
    found += sorted((CONTRACTS / "chainlink").glob("*.vy"))
    return found + sorted((CONTRACTS / "examples").glob("*.vy"))
