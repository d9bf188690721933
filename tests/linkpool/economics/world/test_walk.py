# SPDX-License-Identifier: MIT
"""The vectorised model beside the contracts, on the quick engine: equal to the juel."""

from __future__ import annotations

from collections import Counter

from tests.contracts.stateful.build import build
from tests.contracts.stateful.revm import Revm
from tests.contracts.stateful.run import USUAL_CAP, WHOLE_CAP
from tests.linkpool.economics.world.walk import Walk

STEPS = 2_000
REACHED = (
    "answered",
    "cancel",
    "a pledge stays",
    "closed with a loss",
    "late return",
    "slashed",
    "resolved overdue",
    "claims paid",
    "withdraws while a penalty is open",
    "the last one leaves",
    "storage: over the loss cap",
    "storage: exceeds withdrawable",
    "storage: credited in this block",
    "storage: deadline not passed",
    "storage: reference already used",
)


def test_model_and_contracts_are_equal_to_the_juel_over_a_walk() -> None:
    """With the pool's cap, and where everything can be lost."""
    seen: Counter[str] = Counter()
    for cap in (USUAL_CAP, WHOLE_CAP):
        walk = Walk(build(Revm(), loss_cap=cap), seed=cap)
        for _ in range(STEPS):
            walk.step()
        seen += walk.seen
    assert {what for what in REACHED if not seen[what]} == set()
