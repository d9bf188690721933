# SPDX-License-Identifier: MIT
"""The machine: on pyrevm for volume, on titanoboa for traces; with the pool's cap and with none.

`make fuzz-model N=steps SEED=number` runs as many transitions as asked; a seed repeats a run.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contracts.stateful.reached import EVERYWHERE, WITHOUT_CAP
from tests.contracts.stateful.run import (
    DEFAULT_SEED,
    SEED,
    USUAL_CAP,
    WHOLE_CAP,
    base,
    report,
    run,
    steps,
)

VOLUME = 10_000
READABLE = 150


def test_every_promise_holds_at_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Half of it with the pool's cap, half where everything can be lost."""
    asked = steps(2 * VOLUME)
    seen: Counter[str] = Counter()
    for cap in (USUAL_CAP, WHOLE_CAP):
        deployed = base("pyrevm", cap)
        part = run(deployed, asked // 2)
        report(capsys, f"pyrevm, cap {cap} ppm", part)
        seen += part
    assert seen["transitions"] >= asked
    # Chosen for the seed of every day; any other needs a longer run to get everywhere.
    if asked >= (2 if SEED == DEFAULT_SEED else 20) * VOLUME:
        assert {what for what in EVERYWHERE | WITHOUT_CAP if not seen[what]} == set()


def test_the_same_rules_hold_on_titanoboa(capsys: pytest.CaptureFixture[str]) -> None:
    """Few steps; a failure shows the line of Vyper."""
    # Before the first example: titanoboa undoes whatever an example does.
    deployed = base("titanoboa", USUAL_CAP)
    seen = run(deployed, READABLE)
    report(capsys, "titanoboa", seen)
    assert seen["transitions"] >= READABLE
