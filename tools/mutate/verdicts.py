# SPDX-License-Identifier: MIT
"""Survivors that no test can kill, each with the reason why: `verdicts.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.mutate.mutants import Mutant

VERDICTS = Path(__file__).parent / "verdicts.toml"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One argument, for all mutants that it holds for."""

    source: str
    why: str
    mutants: frozenset[str]  # ids


def load(path: Path = VERDICTS) -> list[Verdict]:
    """All verdicts.

    Raises:
        ValueError: One gives no reason, or judges a mutant that another has judged.
    """
    found = []
    judged: set[str] = set()
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", ()):
        verdict = Verdict(entry["source"], entry["why"].strip(), frozenset(entry["mutants"]))
        if not verdict.why.endswith("."):
            raise ValueError(f"{path.name}: a verdict on {verdict.source} has no sentence")
        if twice := judged & verdict.mutants:
            raise ValueError(f"{path.name}: judged twice: {', '.join(sorted(twice))}")
        judged |= verdict.mutants
        found.append(verdict)
    return found


def by_mutant(verdicts: Iterable[Verdict]) -> dict[str, Verdict]:
    return {mutant: verdict for verdict in verdicts for mutant in verdict.mutants}


def unknown(verdicts: Iterable[Verdict], mutants: Iterable[Mutant]) -> list[str]:
    """Ids that are judged but that no source has: their function has changed since."""
    known = {mutant.id for mutant in mutants}
    return sorted(set(by_mutant(verdicts)) - known)
