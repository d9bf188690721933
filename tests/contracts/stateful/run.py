# SPDX-License-Identifier: MIT
"""How a machine is run: how many transitions, from which seed, on which engine; what it reached."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import cache
from math import ceil

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.contracts.stateful.build import Base, Patch, build
from tests.contracts.stateful.promises import Promises
from tests.contracts.stateful.revm import Revm
from tests.contracts.stateful.titan import Titan
from tests.contracts.stateful.world import World
from tests.repeated import repeated

PER_EXAMPLE = 50
# hypothesis cuts some examples short.
MARGIN = 1.45
DEFAULT_SEED = 1
SEED = int(os.environ.get("LINKPOOL_FUZZ_SEED", DEFAULT_SEED))
# The pool's own cap, and one with which everything can be lost.
USUAL_CAP = 50_000
WHOLE_CAP = 1_000_000
ENGINES: dict[str, Callable[[], World]] = {"pyrevm": Revm, "titanoboa": Titan}


def steps(default: int) -> int:
    """How many transitions are asked for."""
    return int(os.environ.get("LINKPOOL_FUZZ_STEPS", default))


@cache
def base(engine: str, loss_cap: int, patch: Patch | None = None) -> Base:
    """Deployed once; each example goes back to it."""
    return build(ENGINES[engine](), loss_cap=loss_cap, patch=patch)


def run(deployed: Base, transitions: int, *, shrink: bool = True) -> Counter[str]:
    """Runs the machine and gives what it reached; fails as soon as a promise is broken."""
    seen: Counter[str] = Counter()
    machine = type("Pool", (Promises,), {"base": deployed, "seen": seen})
    phases = [Phase.generate, Phase.shrink] if shrink else [Phase.generate]
    chosen = settings(
        max_examples=ceil(MARGIN * transitions / PER_EXAMPLE),
        stateful_step_count=PER_EXAMPLE,
        database=None,
        deadline=None,
        derandomize=False,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    repeated(machine, SEED, chosen)
    return seen


def report(capsys: pytest.CaptureFixture[str], title: str, seen: Counter[str]) -> None:
    """Prints what a run did, with what repeats it."""
    with capsys.disabled():
        counted = f"{seen['transitions']} transitions in {seen['examples']} examples"
        print(f"\n{title}: {counted}, seed {SEED}")
        for name, times in sorted(seen.items()):
            print(f"  {times:>7}  {name}")
