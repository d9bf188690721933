# SPDX-License-Identifier: MIT
"""The whole picture for a screen. A low one shows fewer rows, and always the verdict, the nodes and
the last things that happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Group
from rich.text import Text

from linkpool.story import table
from linkpool.story.cast import YOU
from linkpool.story.columns import Fitted
from linkpool.story.view import View
from linkpool.story.words import INDENT, WHO, wrapped

# Which part grows to how many lines of its own, in this order, while there is room.
GROWTH: Final = (
    ("nodes", 99),
    ("told", 3),
    ("agreements", 1),
    ("stakers", 2),
    ("sums", 99),
    ("agreements", 2),
    ("stakers", 3),
    ("answer", 99),
    ("told", 5),
    ("stakers", 99),
    ("who", 99),
    ("agreements", 4),
    ("owners", 99),
    ("told", 99),
    ("agreements", 8),
)
WHOLE: Final = ("sums", "answer", "who", "owners")  # all of its lines or none
LIVE: Final = ("nodes", "agreements", "stakers", "owners", "sums", "answer", "who", "told")
PRINTED: Final = ("nodes", "agreements", "stakers", "owners", "sums", "answer")


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of which the first are shown, below a head and above a legend."""

    head: Sequence[Text]
    lines: Sequence[Text]
    legend: Sequence[Text] = ()

    @classmethod
    def of(cls, fitted: Fitted) -> Part:
        return cls([fitted.head], fitted.rows, fitted.legend)

    @property
    def frame(self) -> int:
        return len(self.head) + len(self.legend)

    def shown(self, count: int) -> list[Text]:
        return [*self.head, *self.lines[:count], *self.legend]


def render(view: View, *, width: int, height: int, hint: str = "") -> Group:
    """As much as fits, one line of the terminal left for the cursor."""
    parts = _parts(view, width)
    head = table.heading(view, width)
    last = [Text(line, style="dim") for line in wrapped(hint, width)]
    counts, left = _fitting(parts, height - 1 - len(head) - len(last))
    if counts["told"]:
        parts["told"] = _happened(view.told, width, counts["told"])
    chosen = [parts[name].shown(counts[name]) for name in LIVE if counts[name]]
    return _group([head, *chosen, *([last] if last else [])], spaced=left > len(chosen))


def whole(view: View, *, width: int) -> Group:
    """All of it but what happened, for paper: what is read first on a screen is the last."""
    parts = _parts(view, width)
    head, *right = table.heading(view, width)
    chosen = [parts[name].shown(len(parts[name].lines)) for name in PRINTED if parts[name].lines]
    return _group([[head], *chosen, right], spaced=True)


def _group(parts: Sequence[Sequence[Text]], *, spaced: bool) -> Group:
    lines: list[Text] = []
    for part in parts:
        if spaced and lines:
            lines.append(Text())
        lines.extend(part)
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"  # it fits: but on a terminal of no width
    return Group(*lines)


def _parts(view: View, width: int) -> dict[str, Part]:
    names = [row.name for row in view.nodes]
    people = sorted(view.stakers, key=lambda row: row.name != YOU)
    return {
        "nodes": Part.of(table.nodes(view.nodes, width)),
        "agreements": Part.of(table.agreements(view.agreements, names, width)),
        "stakers": Part.of(table.stakers(people, width)),
        "owners": Part.of(table.owners(view.owners, width)),
        "sums": Part([], table.totals(view, width)),
        "answer": Part([], table.last_answer(view, width)),
        "who": Part([Text("Who is who", style="bold underline")], _lines(WHO, width)),
        "told": _happened(view.told, width, len(view.told) * 99),
    }


def _happened(told: Sequence[str], width: int, most: int) -> Part:
    """The latest, whole, in `most` lines; of one that is longer as much as there is room for."""
    found: list[str] = []
    for text in reversed(told):
        lines = wrapped(text, width, INDENT)
        if len(found) + len(lines) > most:
            found = found or lines[:most]
            break
        found = [*lines, *found]
    return Part([Text("What just happened", style="bold underline")], [*map(Text, found)])


def _lines(texts: Sequence[str], width: int) -> list[Text]:
    return [Text(line, style="dim") for text in texts for line in wrapped(text, width, INDENT)]


def _fitting(parts: Mapping[str, Part], room: int) -> tuple[dict[str, int], int]:
    """How many lines of its own each part gets, and the lines that are left."""
    counts = dict.fromkeys(parts, 0)
    for name, most in GROWTH:
        part = parts[name]
        frame = 0 if counts[name] else part.frame
        more = min(len(part.lines), most) - counts[name]
        fits = min(more, room - frame)
        if fits > 0 and (name not in WHOLE or fits == more):
            counts[name] += fits
            room -= fits + frame
    return counts, room
