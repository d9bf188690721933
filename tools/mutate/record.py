# SPDX-License-Identifier: MIT
"""What became of each mutant: a file that a later run goes on from."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

RECORD = Path(__file__).parent / "record.json"


class Fate(StrEnum):
    """Of one mutant."""

    KILLED = "killed"  # a test fails
    SURVIVED = "survived"  # every test that reaches the function passes
    PAUSED = "paused"  # so did all so far; not all were run
    SAME = "same"  # the same code as without the fault
    REPEATED = "repeated"  # the same code as another mutant
    STILLBORN = "stillborn"  # does not compile


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of one mutant gave."""

    id: str
    fate: Fate
    killer: str = ""  # the test's name
    code: str = ""  # hash of what it compiles to


@dataclass
class Source:
    """The mutants of one source."""

    fates: dict[str, Fate] = field(default_factory=dict)
    killers: Counter[str] = field(default_factory=Counter)
    codes: set[str] = field(default_factory=set)  # of this run only

    def add(self, outcome: Outcome) -> None:
        fate = outcome.fate
        if outcome.code and outcome.code in self.codes and outcome.id not in self.fates:
            fate = Fate.REPEATED
        self.codes.add(outcome.code)
        self.fates[outcome.id] = fate
        if fate is Fate.KILLED:
            self.killers[outcome.killer] += 1

    def text(self) -> dict[str, Any]:
        """Ids by fate, in order, twelve on a line: a change of one mutant changes one line."""
        by_fate: dict[str, list[str]] = {}
        for mutant in sorted(self.fates):
            by_fate.setdefault(self.fates[mutant], []).append(mutant)
        lines = {
            fate: [" ".join(ids[at : at + 8]) for at in range(0, len(ids), 8)]
            for fate, ids in sorted(by_fate.items())
        }
        return {**lines, "killers": dict(sorted(self.killers.items()))}

    @classmethod
    def read(cls, text: dict[str, Any]) -> Source:
        fates = {
            mutant: fate for fate in Fate for line in text.get(fate, ()) for mutant in line.split()
        }
        return cls(fates, Counter(text["killers"]))


@dataclass
class Record:
    """All sources, by name."""

    path: Path
    sources: dict[str, Source] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path = RECORD) -> Record:
        if not path.exists():
            return cls(path)
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(path, {name: Source.read(text) for name, text in found.items()})

    def source(self, name: str, known: set[str]) -> Source:
        """Of a source as it is now: what is no longer one of its mutants is forgotten."""
        source = self.sources.setdefault(name, Source())
        source.fates = {mutant: fate for mutant, fate in source.fates.items() if mutant in known}
        return source

    def save(self) -> None:
        texts = {name: self.sources[name].text() for name in sorted(self.sources)}
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(texts, indent=1) + "\n", encoding="utf-8")
        os.replace(draft, self.path)
