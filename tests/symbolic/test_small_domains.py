# SPDX-License-Identifier: MIT
"""Shares and splits for every choice out of small domains: multiplication is beyond the solvers.

Everything runs on the compiled contracts. The smallest positions are the hardest for rounding, and
incomes of a few juels are those whose remainders matter.
"""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from tests.contracts.stateful import build
from tests.contracts.stateful.build import OWNER, STAKERS, STRANGER, Base, Built, travel
from tests.contracts.stateful.revm import Revm
from tests.contracts.stateful.run import USUAL_CAP
from tests.contracts.stateful.world import Interface, actor
from tests.contracts.suite import ALL, PPM
from tools.sources import ARTEFACTS, CONTRACTS

SMALLEST = 10**12  # juels: no position is below 10**27 shares, 10**15 for each juel at first
STAKES = (SMALLEST, SMALLEST + 1, 3 * SMALLEST + 7)
# What would leave less than the smallest position takes all: the second can take a part.
SECOND_STAKES = tuple(SMALLEST + stake for stake in STAKES)
INCOMES = (0, 1, 2, 7)
TAKEN = (0, 1, 3)
FIRST, SECOND = (actor(name) for name in STAKERS[:2])
BLOCK = 12  # seconds


class Run:
    """Two stakers of one node, and what each is owed in fractions of a juel."""

    def __init__(self, pool: Base) -> None:
        self.pool, self.store = pool, pool.stores[0]
        self.worth: dict[str, Fraction] = {}

    def earn(self, juels: int) -> None:
        """Income by plain transfer, settled at once; D = S / T * O of the stakers' part."""
        if juels == 0:
            return
        self.pool.link.do(STRANGER, "transfer", self.store.address, juels)
        logs = self.store.send(STRANGER, "distribute").logs
        (settled,) = self.store.events(logs, "Settled")
        assert settled["owners"] + settled["stakers"] == settled["income"] == juels
        assert settled["owners"] == juels * self.store.read("makersPercentage") // PPM
        self._share(Fraction(settled["stakers"]))
        travel(self.pool.world, BLOCK)

    def _share(self, juels: Fraction) -> None:
        whole = sum(self.worth.values())
        self.worth = {name: one + one * juels / whole for name, one in self.worth.items()}

    def stake(self, staker: str, juels: int) -> None:
        self.pool.link.do(staker, "transferAndCall", self.store.address, juels, b"")
        self.worth[staker] = self.worth.get(staker, Fraction(0)) + juels
        travel(self.pool.world, BLOCK)

    def take(self, staker: str, juels: int) -> None:
        if juels:
            assert self.store.do(staker, "withdraw", juels) == juels
            self.worth[staker] -= juels
            travel(self.pool.world, BLOCK)

    def leave(self, staker: str) -> None:
        """Never above, at most a juel below; what is rounded off stays with the others."""
        paid = self.store.do(staker, "withdraw", ALL)
        rest = self.worth.pop(staker) - paid
        assert 0 <= rest <= 1, f"{float(rest)} juels below what was owed"
        assert self.store.read("stakeOf", staker) == 0
        if self.worth:
            self._share(rest)
        else:
            assert rest == self.store.read("totalStaked") == self.store.read("totalShares") == 0


def committed(path: Path) -> Built:
    """The committed byte code: it takes no time."""
    artefact = json.loads((ARTEFACTS / f"{path.stem}.json").read_text())
    return Built(Interface(artefact["abi"]), bytes.fromhex(artefact["bytecode"][2:]))


@pytest.fixture(scope="module")
def pool() -> Base:
    """A node without a smallest stake."""
    compiled = build.built
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            build,
            "built",
            lambda path: (committed if path.is_relative_to(CONTRACTS) else compiled)(path),
        )
        found = build.build(Revm(), loss_cap=USUAL_CAP)
    node = found.stores[0].read("nodeAddress")
    found.served["Node"].do(OWNER, "setMinimumStake", node, 0)
    return found


@pytest.mark.parametrize("first", STAKES)
def test_every_small_life_of_two_stakers_is_exact_to_a_juel(pool: Base, first: int) -> None:
    """All stakes, incomes before and between, parts taken: P6 for each of them."""
    lives = 0
    for second, before, between, after, part in product(
        SECOND_STAKES, INCOMES, INCOMES, INCOMES, TAKEN
    ):
        mark = pool.world.snapshot()
        run = Run(pool)
        run.stake(FIRST, first)
        run.earn(before)
        run.stake(SECOND, second)
        run.earn(between)
        run.take(SECOND, part)
        run.earn(after)
        run.leave(FIRST)
        run.leave(SECOND)
        pool.world.revert(mark)
        lives += 1
    assert lives == len(STAKES) * len(INCOMES) ** 3 * len(TAKEN)


@pytest.mark.parametrize("makers", [250_000, 249_999, 3, 1, 0])
def test_every_small_income_is_split_without_a_rest(pool: Base, makers: int) -> None:
    """The owners' part is rounded down, the rest is the stakers': for 1 to 60 juels at once."""
    mark = pool.world.snapshot()
    run = Run(pool)
    if makers != run.store.read("makersPercentage"):
        node = run.store.read("nodeAddress")
        pool.served["Node"].do(OWNER, "setMakersPercentage", node, makers)
    run.stake(FIRST, SMALLEST)
    for juels in range(1, 61):
        run.earn(juels)
        assert run.store.read("totalStaked") == run.worth[FIRST]
    run.leave(FIRST)
    pool.world.revert(mark)
