# SPDX-License-Identifier: MIT
"""Sequences that once broke something, as files: replayed for ever.

Contracts are written by name, so that a file outlives a deployment with other addresses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.contracts.evil.chunk import Found, World
from tests.contracts.evil.step import Step

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True)
class Kept:
    """A sequence of the corpus: which bug it shows, and what it breaks where that bug is."""

    world: World
    bug: str
    promise: str
    addresses: Mapping[str, str]
    steps: tuple[Step, ...]

    def at(self, names: Mapping[str, str]) -> tuple[Step, ...]:
        """The steps for a deployment whose contracts have these addresses."""
        moved = {old[2:]: names[name][2:] for name, old in self.addresses.items()}
        return tuple(_moved(step, moved) for step in self.steps)


def _moved(step: Step, moved: Mapping[str, str]) -> Step:
    data, to, who = step.data.hex(), step.to[2:], step.who
    for old, new in moved.items():
        if old != new:
            data, to = data.replace(old, new), to.replace(old, new)
    return Step(who, f"0x{to}", bytes.fromhex(data), step.wei, step.seconds, step.honest)


def save(path: Path, found: Found, bug: str, names: Mapping[str, str]) -> None:
    """Writes one sequence; small, and stable enough to be compared."""
    steps = [
        [step.who, step.to, step.data.hex(), step.wei, step.seconds, step.honest]
        for step in found.steps
    ]
    content: dict[str, Any] = {
        "scenario": found.world.scenario,
        "loss_cap": found.world.loss_cap,
        "bug": bug,
        "promise": found.promise,
        "addresses": dict(names),
    }
    head = json.dumps(content, indent=1, sort_keys=True).removesuffix("\n}")
    lines = ",\n  ".join(json.dumps(step) for step in steps)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{head},\n "steps": [\n  {lines}\n ]\n}}\n', encoding="utf-8")


def load(path: Path) -> Kept:
    found = json.loads(path.read_text(encoding="utf-8"))
    return Kept(
        world=World(found["scenario"], found["loss_cap"]),
        bug=found["bug"],
        promise=found["promise"],
        addresses=found["addresses"],
        steps=tuple(
            Step(who, to, bytes.fromhex(data), wei, seconds, honest)
            for who, to, data, wei, seconds, honest in found["steps"]
        ),
    )
