# SPDX-License-Identifier: MIT
"""Writes the figures of docs/explain/mutants.md: `python -m tools.mutate.report`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.mutate.mutants import Mutant, mutants, sources
from tools.mutate.record import Fate, Record
from tools.mutate.verdicts import Verdict, by_mutant, load
from tools.sources import ROOT, name_of

PAGE = ROOT / "docs" / "explain" / "mutants.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
COLUMNS = (
    *("mutants", "killed", "equivalent", "open", "paused", "not run"),
    *("same code", "repeated", "stillborn"),
)
HEAD = f"| source | {' | '.join(COLUMNS)} | killed of counted |\n|---|{'--:|' * len(COLUMNS)}--:|"
LEFT = (Fate.SURVIVED, Fate.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one source, or of all; what is not `mutants` adds up to them."""

    name: str
    mutants: int
    killed: int
    equivalent: int
    open: int
    paused: int
    not_run: int
    same: int
    repeated: int
    stillborn: int

    @property
    def counted(self) -> int:
        """What compiles, to other code, and is not argued to be equivalent."""
        return self.killed + self.open + self.paused

    @property
    def score(self) -> str:
        """Only of what was run to the end: a part says more of the order than of the tests."""
        finished = self.counted and not self.not_run and not self.paused
        return f"{100 * self.killed / self.counted:.1f} %" if finished else "-"

    def row(self) -> str:
        cells = (
            *(self.mutants, self.killed, self.equivalent, self.open, self.paused, self.not_run),
            *(self.same, self.repeated, self.stillborn),
        )
        row = " | ".join(f"{cell:,}" for cell in cells)
        return f"| {self.name} | {row} | {self.score} |"


def figures(name: str, fates: Iterable[Fate | None], judged: Iterable[Fate] = ()) -> Figures:
    """Counts; `judged` are the fates of those argued to be equivalent, run to the end or not."""
    found, argued = Counter(fates), Counter(judged)
    return Figures(
        name=name,
        mutants=found.total(),
        killed=found[Fate.KILLED],
        equivalent=argued.total(),
        open=found[Fate.SURVIVED] - argued[Fate.SURVIVED],
        paused=found[Fate.PAUSED] - argued[Fate.PAUSED],
        not_run=found[None],
        same=found[Fate.SAME],
        repeated=found[Fate.REPEATED],
        stillborn=found[Fate.STILLBORN],
    )


def fates_of(path: Path, record: Record) -> dict[Mutant, Fate | None]:
    source = record.sources.get(name_of(path))
    known = {} if source is None else source.fates
    return {mutant: known.get(mutant.id) for mutant in mutants(path)}


def refuted(fates: Mapping[str, Fate | None], judged: Iterable[str]) -> list[str]:
    """Mutants that are argued to be equivalent although a test fails with them."""
    return sorted(mutant for mutant in judged if fates.get(mutant) is Fate.KILLED)


def lines(paths: list[Path], record: Record, verdicts: list[Verdict]) -> list[str]:
    """The generated part of the page."""
    judged = by_mutant(verdicts)
    rows, survivors = [], []
    everything: list[Fate | None] = []
    equivalent: list[Fate] = []
    for path in paths:
        fates = fates_of(path, record)
        if wrong := refuted({it.id: fate for it, fate in fates.items()}, judged):
            raise SystemExit(f"report: killed, so not equivalent: {', '.join(wrong)}")
        left = {it: fate for it, fate in fates.items() if fate in LEFT}
        argued = [fate for it, fate in left.items() if fate and it.id in judged]
        if any(fates.values()):
            rows.append(figures(name_of(path), fates.values(), argued).row())
        survivors += [it for it, fate in left.items() if it.id not in judged and fate is LEFT[0]]
        everything += fates.values()
        equivalent += argued
    total = figures("all", everything, equivalent).row()
    text = [HEAD, *rows, total, "", "### Equivalent, and why", ""]
    text += [f"- {it.source}, {len(it.mutants)}: {it.why}" for it in verdicts]
    text += ["", "### Open", ""]
    return text + [f"- `{mutant.source}:{mutant.line}` `{mutant.after}`" for mutant in survivors]


def page(text: str, generated: list[str]) -> str:
    """The page with its generated part anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return "\n".join([before + BEGIN, *generated, END + after])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutate.report", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    text = PAGE.read_text(encoding="utf-8")
    wanted = page(text, lines(sources(), Record.load(), load()))
    if check and text != wanted:
        print(f"report: {name_of(PAGE)} is stale: python -m tools.mutate.report", file=sys.stderr)
        return 1
    if not check:
        PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
