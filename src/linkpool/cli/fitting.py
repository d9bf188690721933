# SPDX-License-Identifier: MIT
"""A table for a terminal of some width: what makes it too wide goes step by step. Pure.

Long names and times become short, then columns that a command can do without are left out. What is
too wide even then is no table: each row is a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

FOLDED: Final = 28  # columns that a column of sentences has at least
_FRAME: Final = 3  # columns between two columns
_SHORT: Final = (
    (re.compile(r"\b0x([0-9a-fA-F]{6})[0-9a-fA-F]{28,}([0-9a-fA-F]{4})\b"), r"0x\1…\2"),
    (re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), r"\1…"),
    (re.compile(r"\b\d{4}-(\d\d-\d\d \d\d:\d\d):\d\d UTC\b"), r"\1"),
)

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is shown. `spared` are the columns that are left out, `short` whether names are cut."""

    columns: Sequence[str]
    rows: Sequence[Row]
    short: bool = False
    spared: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """What a wider terminal would show; empty where nothing."""
        less = [f"not shown: {', '.join(self.spared)}"] if self.spared else []
        less += ["names and times (UTC) in short"] if self.short else []
        return f"{'; '.join(less)} (a wider terminal, or --json)" if less else ""


def fitted(
    columns: Sequence[str], rows: Sequence[Row], width: int, *, spare: Sequence[str]
) -> Fitted | None:
    """The fullest table that fits; `spare` can be left out, the first first. None: none fits."""
    return next((one for one in _smaller(columns, rows, spare) if _width(one) <= width), None)


def _smaller(columns: Sequence[str], rows: Sequence[Row], spare: Sequence[str]) -> Iterator[Fitted]:
    yield Fitted(columns, rows)
    for count in range(len(spare) + 1):
        gone = tuple(spare[:count])
        kept = [place for place, name in enumerate(columns) if name not in gone]
        whole = [[row[place] for place in kept] for row in rows]
        short = [[*map(shortened, row)] for row in whole]
        yield Fitted([columns[place] for place in kept], short, short != whole, gone)


def shortened(cell: str) -> str:
    """With addresses, hashes, UUIDs and times in short.

    >>> shortened("0x514910771AF9Ca656af840dff83E8264EcF986CA until 2026-01-31 18:00:00 UTC")
    '0x514910…86CA until 01-31 18:00'
    """
    for pattern, new in _SHORT:
        cell = pattern.sub(new, cell)
    return cell


def folds(table: Fitted, place: int) -> bool:
    """Whether a column holds sentences, which may take several lines."""
    cells = [row[place] for row in table.rows]
    return any(len(cell) > FOLDED and " " in cell for cell in cells)


def _width(table: Fitted) -> int:
    return (
        _FRAME * len(table.columns)
        + 1
        + sum(
            FOLDED
            if folds(table, place)
            else max(map(len, [name, *(row[place] for row in table.rows)]))
            for place, name in enumerate(table.columns)
        )
    )
