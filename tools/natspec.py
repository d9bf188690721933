# SPDX-License-Identifier: MIT
"""docs/reference/contracts.md: what anyone may call, read from the contracts' own documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vyper.ast import nodes as vy
from vyper.compiler.settings import anchor_settings

from tools.compiler import Source
from tools.sources import CONTRACTS, deployables, name_of

TAG = re.compile(r"@([a-z0-9:-]+)\s*")
INVARIANT = re.compile(r"custom:invariant-p(\d+)")
PARAGRAPHS = ("notice", "dev")


@dataclass(frozen=True)
class Text:
    """A docstring taken apart: (tag, words), in order."""

    parts: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, node: Any) -> Text:
        docstring = getattr(getattr(node, "doc_string", None), "value", "")
        pieces = re.split(r"(?m)^\s*(?=@[a-z])", docstring)
        tagged = (TAG.match(piece) for piece in pieces)
        pairs = zip(tagged, pieces, strict=True)
        return cls(tuple((m[1], " ".join(piece[m.end() :].split())) for m, piece in pairs if m))

    def all(self, *tags: str) -> list[str]:
        return [words for tag, words in self.parts if tag in tags]

    def promises(self) -> Iterator[tuple[int, str]]:
        for tag, words in self.parts:
            if match := INVARIANT.fullmatch(tag):
                yield int(match[1]), words


def is_ours(node: Any) -> bool:
    return Path(node.module_node.resolved_path).is_relative_to(CONTRACTS)


def comment_above(node: Any) -> str:
    """The comment lines right above a declaration (a getter's: its variable), as one line."""
    if node.lineno is None:
        variables = node.module_node.get_children(vy.VariableDecl)
        node = next(variable for variable in variables if variable.target.id == node.name)
    lines = node.module_node.full_source_code.splitlines()[: node.lineno - 1]
    taken: list[str] = []
    while lines and lines[-1].lstrip().startswith("# "):
        taken.insert(0, lines.pop().strip().removeprefix("# "))
    return "" if taken and taken[0].startswith("----") else " ".join(taken)


def function_lines(function: Any) -> Iterator[str]:
    node = function.decl_node
    names = [(argument.name, argument.typ) for argument in function.arguments]
    arguments = ", ".join(f"{name}: {typ}" for name, typ in names)
    returns = f" -> {function.return_type}" if function.return_type else ""
    mutability = function.mutability.value
    extra = "" if mutability == "nonpayable" else f" ({mutability})"
    yield f"**`{function.name}({arguments}){returns}`**{extra}"
    text = Text.of(node)
    notice = text.all(*PARAGRAPHS) or [comment_above(node)]
    yield from (f"\n{words}" for words in notice if words)
    details = [
        f"`{name}`: {rest}" for name, _, rest in (w.partition(" ") for w in text.all("param"))
    ]
    details += [f"returns {words}" for words in text.all("return")]
    yield ""
    yield from (f"- {detail}" for detail in details)
    if details:
        yield ""


def event_line(event: Any) -> str:
    fields = ", ".join(
        f"{name}: {'indexed ' * indexed}{typ}"
        for (name, typ), indexed in zip(event.arguments.items(), event.indexed, strict=True)
    )
    words = comment_above(event.decl_node) if is_ours(event.decl_node) else ""
    return f"- `{event.name}({fields})`" + (f": {words}" if words else "")


def contract_lines(path: Path) -> Iterator[str]:
    data = Source(path).data
    with anchor_settings(data.settings):
        module = data.global_ctx
        header = Text.of(module.decl_node)
        yield f"## {path.stem}\n"
        yield f"Source: `{name_of(path)}`"
        yield from (f"\n{words}" for words in header.all(*PARAGRAPHS))
        promises = sorted(header.promises())
        if promises:
            yield "\nPromises made here:\n"
            yield from (f"- **P{number}** {words}" for number, words in promises)
        functions = sorted(module.exposed_functions, key=lambda function: str(function.name))
        yield "\n### Functions\n"
        for function in functions:
            if is_ours(function.decl_node):
                yield from function_lines(function)
        borrowed = [function for function in functions if not is_ours(function.decl_node)]
        if borrowed:
            names = ", ".join(f"`{function.name}`" for function in borrowed)
            yield f"From snekmate, documented there: {names}.\n"
        events = sorted(module.used_events, key=lambda event: str(event.name))
        if events:
            yield "### Events\n"
            yield from (event_line(event) for event in events)
            yield ""


def page() -> str:
    head = [
        "# Contract reference",
        "",
        "Generated from the contracts by `make docs`. Unless a line says otherwise, amounts are",
        "juels (10\\*\\*18 = 1 LINK), ratios ppm (1,000,000 = 100 %), times seconds.",
        "",
    ]
    body = (line for path in deployables() for line in contract_lines(path))
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*head, *body])).rstrip() + "\n"
