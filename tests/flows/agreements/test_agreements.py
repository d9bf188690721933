# SPDX-License-Identifier: MIT
"""Five nodes, forty stakers, two hundred agreements and whatever goes wrong, on a real chain.

Real LINK, the package's own deployment, every transaction signed; the test plays nodes, consumers,
stakers, operators and strangers. The seed repeats a run: LINKPOOL_FUZZ_SEED=number. After each day
and at the end every figure is compared with the models. What seeds 1 to 5 printed: 3,339 to 3,471
transactions; from exact, stakers at most 0.97 and leavers 1.88 juels for one penalty (2 are
allowed), 4.24 for a whole position with 32 penalties in it (65 are allowed).
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from linkpool.chain.anvil import Anvil
from tests.flows.agreements.bargains import PLOTS
from tests.flows.agreements.collateral import FATES
from tests.flows.agreements.course import SEEN, Course

DEFAULT_SEED = 1
SEED = int(os.environ.get("LINKPOOL_FUZZ_SEED", DEFAULT_SEED))
AGREEMENTS = 200
# What a run has to come to, beside every plot and every fate of a deposit.
REACHED = (
    "outcome 1",
    "outcome 2",
    "outcome 3",
    "outcome 4",
    "cancelled",
    "settled with a result",
    "settled without one",
    "request refused",
    "released in part",
    "released with something reserved",
    "resolved overdue by anyone",
    "exit claim paid",
    "donation",
    "refused: agreements: already bid",
    "refused: agreements: answers may still come",
    "refused: agreements: not a sender of the oracle",
    "refused: agreements: too few bids",
    "refused: agreements: too late to start",
    "refused: aggregator: too little gas",
    "refused: agreements: too little gas",
    "refused: penalties: not yet",
    "refused: penalties: penalty above the collateral",
    "refused: storage: deadline not passed",
    "refused: storage: no such request",
)


def test_every_juel_of_two_hundred_agreements_is_accounted_for(
    anvil: Anvil, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course = Course(anvil, tmp_path, seed=SEED, agreements=AGREEMENTS)
    with capsys.disabled():
        print(f"\nagreements: seed {SEED}")
    course.run()
    with capsys.disabled():
        print("\n".join(course.report()))
    world = course.world
    assert len(world.network.deals) == AGREEMENTS
    wanted = {*REACHED, *(f"plot: {p}" for p in PLOTS), *(f"collateral: {f}" for f in FATES)}
    reached = world.reached + Counter(
        {
            "a slash that came too late": world.network.passed_over,
            **{name: sum(side.book.seen[name] for side in world.sides) for name in SEEN},
        }
    )
    missing = {what for what in {*wanted, *SEEN, "a slash that came too late"} if not reached[what]}
    # Chosen for the seed of every day; another may miss something rare.
    assert SEED != DEFAULT_SEED or missing == set()
