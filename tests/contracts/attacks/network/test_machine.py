# SPDX-License-Identifier: MIT
"""The machine of the network: it runs, gets everywhere, and finds bugs that were planted.

`make fuzz-model N=steps SEED=number` runs it longer; the same seed repeats a run.
"""

from __future__ import annotations

from collections import Counter
from math import ceil

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.contracts.attacks.network.arena import Arena, arena
from tests.contracts.attacks.network.machine import Network
from tests.contracts.stateful.build import Patch
from tests.contracts.stateful.run import DEFAULT_SEED, SEED, report, steps
from tests.repeated import repeated

PER_EXAMPLE = 40
USUAL = 3_000
# What is tried at most to find a planted bug.
PATIENCE = 2_400

EVERYWHERE = {
    f"{what} {how}"
    for what in ("post", "bid", "start", "cancel", "answer", "settle", "release", "reclaim")
    for how in ("done", "refused")
}


def run(deployed: Arena, transitions: int, *, shrink: bool = True) -> Counter[str]:
    """Runs the machine and gives what it reached; fails as soon as the books are wrong."""
    seen: Counter[str] = Counter()
    machine = type("Run", (Network,), {"arena": deployed, "seen": seen})
    chosen = settings(
        max_examples=ceil(transitions / PER_EXAMPLE),
        stateful_step_count=PER_EXAMPLE,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    repeated(machine, SEED, chosen)
    return seen


def test_the_books_hold_after_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    asked = steps(USUAL)
    seen = run(arena(), asked)
    report(capsys, "network", seen)
    # Chosen for the seed of every day; any other needs a longer run to get everywhere.
    if asked >= (1 if SEED == DEFAULT_SEED else 10) * USUAL:
        assert {what for what in EVERYWHERE if not seen[what]} == set()


PLANTED = {
    "a slash leaves the deposit as it was": Patch(
        "chainlink/Penalties.vy",
        "            word - (amount << RESERVED) - claim.slash\n",
        "            word - (amount << RESERVED)\n",
    ),
    "what is reserved is released with the rest": Patch(
        "chainlink/Penalties.vy",
        "    amount: uint256 = balance - reserved\n",
        "    amount: uint256 = balance\n",
    ),
    "who loses the bidding stays reserved": Patch(
        "chainlink/ServiceAgreements.vy",
        "    bidding._free(losers, (deal >> book.PENALTY) & book.M90)\n",
        "",
    ),
    "a refused payment is kept": Patch(
        "modules/requests.vy",
        "            refund += payment\n",
        "            refund += 0\n",
    ),
    "an answer is never late": Patch(
        "modules/requests.vy",
        "    late: bool = block.timestamp > (word >> TIME) & M40\n",
        "    late: bool = False\n",
    ),
    "the first bids win whatever their score": Patch(
        "modules/agreements_bids.vy",
        "            | (((word >> SCORE) & book.M20) << RANK_SCORE)\n",
        "",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_found(name: str) -> None:
    deployed = arena(PLANTED[name])
    with pytest.raises(AssertionError, match="network: "):
        run(deployed, PATIENCE, shrink=False)
