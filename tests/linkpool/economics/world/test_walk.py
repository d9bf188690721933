# SPDX-License-Identifier: MIT
"""The vectorised model beside the contracts, on the quick engine: equal to the juel."""

from __future__ import annotations

from collections import Counter

from tests.contracts.stateful.build import build, travel
from tests.contracts.stateful.revm import Revm
from tests.contracts.stateful.run import USUAL_CAP, WHOLE_CAP
from tests.contracts.suite import DAY
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
    "announced",
    "activated",
    "storage: makers over limit",
    "storage: ceiling over 100 %",
    "storage: price too large",
    "storage: not ready",
    "storage: nothing to activate",
    "storage: node is disabled",
    "storage: over the stake limit",
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


def test_overdue_records_that_wait_together_are_one_sum() -> None:
    """Two are overdue at once, somebody leaves, then the LINK of both comes late."""
    walk = Walk(build(Revm(), loss_cap=WHOLE_CAP), seed=5)
    side = walk.nodes.sides[0]
    while len(side.positions) < 3:
        walk.stake()
    travel(walk.world, 12)
    while sum(id_ is not None for id_ in side.open) < 2:
        walk.send_from(0)
    first, second = (side.records[id_] for id_ in side.open if id_ is not None)
    travel(walk.world, 8 * DAY)
    for record in (first, second):
        walk.resolve_one(0, record)
        walk.compare()
    assert first.awaited_in == second.awaited_in == side.sums == 1
    before = side.awaited
    walk.leave(0, min(side.positions))
    walk.compare()
    assert 0 < side.awaited < before
    walk.give_back(0, first, first.amount, False)
    walk.compare()
    assert side.awaited < before - first.amount // 2
    walk.give_back(0, second, second.amount, False)
    walk.compare()
    assert walk.nodes.owners.get(0) > 0 == side.awaited
