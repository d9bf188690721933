# SPDX-License-Identifier: MIT
"""The machine: on pyrevm for volume, on titanoboa for traces; with the pool's cap and with none.

`make fuzz N=steps SEED=number` runs as many transitions as asked; the same seed repeats a run.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.contracts.stateful.reached import EVERYWHERE, WITHOUT_CAP
from tests.contracts.stateful.run import USUAL_CAP, WHOLE_CAP, base, report, run, steps

VOLUME = 10_000
READABLE = 400


def missed(seen: Counter[str], wanted: frozenset[str]) -> set[str]:
    return {what for what in wanted if not seen[what]}


@pytest.mark.parametrize(
    ("cap", "wanted"), [(USUAL_CAP, EVERYWHERE), (WHOLE_CAP, EVERYWHERE | WITHOUT_CAP)]
)
def test_every_promise_holds_at_every_step(
    cap: int, wanted: frozenset[str], capsys: pytest.CaptureFixture[str]
) -> None:
    asked = steps(2 * VOLUME) // 2
    seen = run(lambda: base("pyrevm", cap), asked)
    report(capsys, f"pyrevm, cap {cap} ppm", seen)
    assert seen["transitions"] >= asked
    if asked >= VOLUME:
        assert missed(seen, wanted) == set()


def test_the_same_rules_hold_on_titanoboa(capsys: pytest.CaptureFixture[str]) -> None:
    """Few steps; a failure shows the line of Vyper."""
    seen = run(lambda: base("titanoboa", USUAL_CAP), READABLE)
    report(capsys, "titanoboa", seen)
    assert seen["transitions"] >= READABLE
