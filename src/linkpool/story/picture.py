# SPDX-License-Identifier: MIT
"""The whole picture for a screen. A low one shows fewer rows, and always the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from linkpool.story import table
from linkpool.story.table import HEAD, Size
from linkpool.story.view import View

FRAME: Final = 3  # lines of the verdict while it fits one
# Which part grows to how many rows, in this order, while there is room.
GROWTH: Final = (
    ("agreements", 2),
    ("stakers", 3),
    ("told", 3),
    ("stakers", 99),
    ("agreements", 4),
    ("owners", 99),
    ("told", 99),
    ("agreements", 8),
)
WHOLE: Final = ("owners",)  # all of its rows or none


def render(
    view: View, *, width: int, height: int = 200, lines: int = 6, hint: str = ""
) -> RenderableType:
    """`lines`: how much of what happened is told at most."""
    size = Size.of(width)
    sums, line = table.totals(view, size), f"  block {view.block:,}: {view.verdict.line}"
    fixed = _height(sums, width) + FRAME + len(line) // (width - 6) + HEAD + len(view.nodes)
    rows, left = _fitting(view, height - 1 - fixed - bool(hint), lines)
    parts: list[RenderableType] = [
        table.verdict(view),
        table.nodes(view.nodes, size),
        *_optional(view, size, rows, width),
        sums,
    ]
    if left >= len(parts) - 2:
        spaced = [part for one in parts[1:] for part in (one, Text())]
        parts = [parts[0], *spaced[:-1]]
    if hint:
        parts.append(Text(hint[:width], style="dim"))
    return Group(*parts)


def _optional(view: View, size: Size, rows: dict[str, int], width: int) -> list[RenderableType]:
    found: list[RenderableType] = []
    if rows["agreements"]:
        names = [row.name for row in view.nodes]
        found.append(table.agreements(view.agreements[-rows["agreements"] :], names, size))
    if rows["stakers"]:
        shown = view.stakers[: rows["stakers"]]
        found.append(table.stakers(shown, size, of=len(view.stakers)))
    if rows["owners"]:
        found.append(table.owners(view.owners))
    if rows["told"]:
        found.append(_happened(view.told[-rows["told"] :], width))
    return found


def _happened(told: Sequence[str], width: int) -> RenderableType:
    lines = [Text(_cut(f"  {line}", width), style="dim") for line in told]
    return Group(Text("What happened", style="bold"), *lines)


def _fitting(view: View, room: int, lines: int) -> tuple[dict[str, int], int]:
    """How many rows each part gets, and the lines that are left."""
    there = {
        "agreements": len(view.agreements),
        "stakers": len(view.stakers),
        "owners": len(view.owners),
        "told": min(lines, len(view.told)),
    }
    rows = dict.fromkeys(there, 0)
    for part, most in GROWTH:
        head = 0 if rows[part] else 1 if part == "told" else HEAD
        more = min(there[part], most) - rows[part]
        fits = min(more, room - head)
        if fits > 0 and (part not in WHOLE or fits == more):
            rows[part] += fits
            room -= fits + head
    return rows, room


def _height(text: Text, width: int) -> int:
    return sum(1 + max(0, len(line) - 1) // width for line in text.plain.splitlines())


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: width - 1] + "…"
