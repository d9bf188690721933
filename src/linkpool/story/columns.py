# SPDX-License-Identifier: MIT
"""Tables that fit: a narrow terminal gets fewer columns or fewer digits, never a cut word.

A column has one form or several, the longest first, each with the width of a terminal from which on
it is wanted. That width is also its rank: where a table is too wide for all the same, as with long
amounts, what is wanted latest gives way first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.text import Text

from linkpool.story.words import wrapped

Cell = str | Text
GAPS: Final = (3, 2)  # spaces between columns: where there is room, and at least


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a column, for terminals of `least` columns or more."""

    least: int
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """`meaning` says what its name means, where that is not plain."""

    name: str
    forms: Sequence[Form]
    style: str = ""
    left: bool = False
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A table as wide as its terminal. `legend` explains the columns that are shown."""

    head: Text
    rows: Sequence[Text]
    legend: Sequence[Text]


def column(
    name: str,
    *forms: tuple[int, Sequence[Cell]],
    style: str = "",
    left: bool = False,
    meaning: str = "",
) -> Column:
    return Column(name, [Form(*form) for form in forms], style, left, meaning)


def fitted(columns: Sequence[Column], width: int, note: str = "") -> Fitted:
    """`note` begins the legend."""
    shown = _chosen(columns, width)
    every = [(one, form, _width(one, form)) for one, form in shown]
    room = width - sum(wide for _, _, wide in every)
    gap = next((gap for gap in GAPS if gap * (len(every) - 1) <= room), GAPS[-1])
    count = max((len(form.cells) for _, form, _ in every), default=0)
    names = [_padded(one.name, wide, one, "bold underline") for one, _, wide in every]
    rows = [
        [_padded(form.cells[row], wide, one, one.style) for one, form, wide in every]
        for row in range(count)
    ]
    meanings = [note, *(f"{one.name}: {one.meaning}" if one.meaning else "" for one, _, _ in every)]
    legend = wrapped(" · ".join(filter(None, meanings)), width)
    return Fitted(
        head=_line(names, gap),
        rows=[_line(cells, gap) for cells in rows],
        legend=[Text(line, style="dim italic") for line in legend],
    )


def _chosen(columns: Sequence[Column], width: int) -> list[tuple[Column, Form]]:
    """The longest form of each that is wanted and fits; without one the column is left out."""
    wanted = {
        at: forms
        for at, one in enumerate(columns)
        if (forms := [form for form in one.forms if form.least <= width])
    }
    while _total([(columns[at], forms[0]) for at, forms in wanted.items()]) > width:
        latest = max(wanted, key=lambda at: wanted[at][0].least)
        if wanted[latest][0].least == 0:
            break  # what is always shown
        wanted[latest] = wanted[latest][1:]
        if not wanted[latest]:
            del wanted[latest]
    return [(columns[at], forms[0]) for at, forms in wanted.items()]


def _total(shown: Sequence[tuple[Column, Form]]) -> int:
    return sum(_width(*one) for one in shown) + GAPS[-1] * (len(shown) - 1)


def _width(one: Column, form: Form) -> int:
    return max(cell_len(str(text)) for text in (one.name, *form.cells))


def _padded(cell: Cell, width: int, one: Column, style: str) -> Text:
    text = cell.copy() if isinstance(cell, Text) else Text(cell, style=style)
    space = " " * (width - cell_len(text.plain))
    return Text.assemble(text, space) if one.left else Text.assemble(space, text)


def _line(cells: Sequence[Text], gap: int) -> Text:
    line = Text(" " * gap).join(cells)
    line.rstrip()
    return line
