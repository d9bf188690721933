# SPDX-License-Identifier: MIT
"""Plants faults in the contracts, one at a time, and looks whether a test notices.

Goes on where the last run stopped: what a source's text and a mutant's id say is known is not run
again. `--again` runs survivors again, after new tests.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from inspect import getsource
from pathlib import Path

import pytest

from tools.mutate.contracts import Contracts
from tools.mutate.mutants import Mutant, mutants, sources
from tools.mutate.reach import Reach
from tools.mutate.record import RECORD, Fate, Outcome, Record, Source
from tools.mutate.session import Job, Tests, collect, measured, outcomes, prepare
from tools.mutate.verdicts import by_mutant, load
from tools.sources import ROOT, name_of

TESTS = ("unit", "attacks", "paper", "test_roles.py")
OPEN = (Fate.SURVIVED, Fate.PAUSED)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutate", description=__doc__)
    parser.add_argument("--only", default="", help="names of sources, such as custody,shares")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--patience", type=float, default=60.0, help="CPU s for one mutant")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="below tests/contracts")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="run survivors again")
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--cache", type=Path, default=ROOT / "build" / "mutants")
    parser.add_argument("--verbose", action="store_true", help="a line for each mutant")
    return parser.parse_args()


def chosen(only: str) -> list[Path]:
    """The sources asked for.

    Raises:
        SystemExit: A name that no source has.
    """
    if not only:
        return sources()
    names = only.replace(",", " ").split()
    by_name = {path.stem: path for path in sources()}
    by_name |= {name_of(path): path for path in sources()}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise SystemExit(f"mutate: no source is called {unknown[0]}; known: {', '.join(by_name)}")
    return [by_name[name] for name in names]


@dataclass
class Order:
    """Which tests meet a mutant, and in which order."""

    reach: Reach
    words: Mapping[str, frozenset[str]]  # of the text of each test
    varied: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    killers: Counter[tuple[str, str]] = field(default_factory=Counter)  # function, test

    def __post_init__(self) -> None:
        self.spread = Counter(word for words in self.words.values() for word in words)

    def tests(self, mutant: Mutant) -> list[str]:
        """What kills neighbours soonest first, then those through its statement and its branches,
        of these the ones that speak of what it speaks of, in words that few tests use.
        """
        place = mutant.source, mutant.function
        if place not in self.varied:
            self.varied[place] = self.reach.varied(self.reach.tests(*place) & self.words.keys())
        near: Counter[str] = Counter()
        for line in mutant.inside:
            near.update(self.reach.lines.get((*place, line), ()))
        said = words_of(mutant.before)
        return sorted(
            self.varied[place],
            key=lambda test: (
                -self.killers[mutant.function, test] / self.reach.seconds[test],
                -near[test],
                -sum(1 / self.spread[word] for word in said & self.words[test]),
            ),
        )

    def learn(self, mutant: Mutant, outcome: Outcome) -> None:
        if outcome.fate is Fate.KILLED:
            self.killers[mutant.function, outcome.killer] += 1


def words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[A-Za-z_]{4,}", text))


def jobs(
    paths: list[Path], record: Record, order: Order, again: bool, judged: Container[str] = ()
) -> Iterator[Job]:
    """What is still to do, in the order of ids: as good as by lot, so a part says what all will.

    Constants come last: their mutants need whole compilations. Who was judged is not run again.
    """
    todo: list[tuple[Mutant, Source]] = []
    for path in paths:
        found = mutants(path)
        source = record.source(name_of(path), {mutant.id for mutant in found})
        fates = ((mutant, source.fates.get(mutant.id)) for mutant in found)
        todo += [
            (it, source)
            for it, fate in fates
            if fate is None or (again and fate in OPEN and it.id not in judged)
        ]
    for mutant, source in sorted(todo, key=lambda one: (one[0].function == "", one[0].id)):
        yield Job(mutant, source, order.tests(mutant))


def until(deadline: float, found: Iterator[Job]) -> Iterator[Job]:
    for job in found:
        if time.monotonic() > deadline:
            return
        yield job


def run(options: argparse.Namespace, tests: Tests) -> None:
    start = time.monotonic()
    record = Record.load(options.record)
    paths = chosen(options.only)
    contracts = Contracts([name_of(path) for path in paths])
    prepare(contracts)
    reach = measured(tests, options.cache)
    functions = {name: it for name, it in tests.items.items() if isinstance(it, pytest.Function)}
    order = Order(reach, {name: words_of(getsource(it.obj)) for name, it in functions.items()})
    todo = until(
        start + options.seconds, jobs(paths, record, order, options.again, by_mutant(load()))
    )
    saved, done, began = start, 0, time.monotonic()
    for job, outcome in outcomes(
        tests, contracts, todo, workers=options.workers, patience=options.patience
    ):
        job.source.add(outcome)
        order.learn(job.mutant, outcome)
        done += 1
        if options.verbose or outcome.fate in OPEN:
            print(f"{outcome.fate:9} {job.mutant}", flush=True)
        if time.monotonic() - saved > 30:
            record.save()
            saved = time.monotonic()
    record.save()
    print(f"mutate: {done} mutants in {time.monotonic() - began:.0f} s")


def main() -> int:
    options = arguments()
    chosen(options.only)  # a wrong name is said before anything is compiled
    collect([f"tests/contracts/{name}" for name in options.tests], partial(run, options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
