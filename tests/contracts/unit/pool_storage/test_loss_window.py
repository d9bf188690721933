# SPDX-License-Identifier: MIT
"""P15, day by day against a plain list of losses: what counts, and until which midnight."""

from __future__ import annotations

from dataclasses import dataclass, field

import boa
import pytest

from tests.contracts.suite import (
    ALL,
    DAY,
    DELAY,
    LOSS_CAP,
    PENALTY_LIFE,
    PPM,
    Contract,
    Suite,
    deploy_core,
    link,
    travel,
    word,
)
from tests.contracts.suite import contract as compiled
from tests.contracts.unit.pool_storage.support import ALICE, BOB

WINDOW = DELAY // DAY


@dataclass
class Losses:
    """Sends penalties of a store whose cap is 100 %, loses them, and keeps the list."""

    suite: Suite
    box: Contract
    sent: int = 0
    lost: list[tuple[int, int]] = field(default_factory=list)  # day, ppm
    open_weight: int = 0

    def send(self, ppm: int) -> int:
        """Gives the reference; weighs `ppm` exactly."""
        self.sent += 1
        amount = self.suite.store.totalStaked() * ppm // PPM
        self.suite.store.sendPenalty(
            self.box.address, amount, word(self.sent), sender=self.suite.actors.operator
        )
        self.open_weight += ppm
        return self.sent

    def lose(self, ppm: int) -> None:
        """Sends, loses half, and has the other half back: half the weight, rounded up."""
        number = self.send(ppm)
        amount = self.suite.store.penaltyById(number).amount
        self.box.giveBackFinal(self.suite.store.address, amount // 2, word(number))
        self.book(ppm, -(-ppm * (amount - amount // 2) // amount))

    def book(self, ppm: int, lost: int) -> None:
        self.open_weight -= ppm
        self.lost.append((boa.env.timestamp // DAY, lost))

    def check(self) -> None:
        """In full from the midnight before one delay ago."""
        first = boa.env.timestamp // DAY - WINDOW
        recent = sum(ppm for day, ppm in self.lost if day >= first)
        assert self.suite.store.lossAllowance() == PPM - self.open_weight - recent

    def midnight(self) -> None:
        """Goes to the next one; looks a second before it too."""
        travel(DAY - 1 - boa.env.timestamp % DAY)
        self.check()
        travel(1)
        self.check()


@pytest.fixture
def losses(reckless: Suite, reckless_box: Contract) -> Losses:
    """A million LINK staked by two; one of them left a claim on a record that stays open."""
    reckless.stake(ALICE, link(999_000))
    reckless.stake(BOB, link(1_000))
    travel(12)
    found = Losses(reckless, reckless_box)
    found.send(30_001)
    reckless.store.withdraw(ALL, sender=BOB)
    return found


# Days on which something is lost, ppm of each. Two on one day; days in a row; the window apart;
# more than it apart; and again so that what is oldest ends in every place where losses are kept.
PLANS = {
    "now and then": {0: [501, 3], 1: [7_001], 2: [90_003], 5: [11, 21, 31], 9: [1_205], 13: [5]},
    "the window apart": {0: [401], 14: [83], 28: [7_003], 43: [29], 57: [1], 58: [5], 71: [17]},
    "oldest of three": {0: [401], 1: [83], 14: [7_003], 15: [29], 16: [1], 30: [5], 31: [9]},
    "every day": {day: [1_000 + 3 * day] for day in range(18)},
    "wide": {day: [140_003] for day in range(12)},
    "large": {0: [600_001, 460_003], 1: [400_003], 2: [100_001], 20: [500_003]},
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_p15_a_loss_counts_from_its_day_to_the_end_of_the_last_one(
    losses: Losses, plan: dict[int, list[int]]
) -> None:
    store = losses.suite.store
    claims = store.exitClaims()
    for day in range(max(plan) + WINDOW + 2):
        for ppm in plan.get(day, ()):
            losses.lose(ppm)
            losses.check()
        losses.midnight()
    assert store.lossAllowance() == PPM - 30_001
    assert (store.penaltyCount(), store.openPenalties()) == (losses.sent, [1])
    assert store.atRisk() == store.penaltyById(1).amount
    assert 0 < store.exitClaims() <= claims + 50


def test_p15_what_is_overdue_waits_beside_the_weights_of_earlier_days(losses: Losses) -> None:
    """Both are in one word: neither moves the other, before, while and after the other is there."""
    store, box = losses.suite.store, losses.box
    late = losses.send(20_001)
    waits = store.penaltyById(late).amount
    losses.lose(405)
    losses.midnight()
    losses.lose(1_003)
    for _ in range(PENALTY_LIFE // DAY):
        losses.midnight()
    losses.lose(77)
    assert store.overdue() == (0, 0)
    travel(1)
    store.resolveOverdue(box.address, word(late))
    losses.book(20_001, 20_001)
    until = boa.env.timestamp + DELAY
    for day in range(WINDOW):
        losses.check()
        assert store.overdue() == (waits, until)
        if day in (2, 3, 7, 8, 11):
            losses.lose(9_001 + day)
        if day == 5:
            box.giveBack(store.address, waits // 3, word(late))
            waits -= waits // 3
        losses.midnight()
    travel(until - 1 - boa.env.timestamp)
    assert store.overdue() == (waits, until)
    travel(1)
    assert store.overdue() == (0, 0)
    losses.lose(19)
    for _ in range(WINDOW + 1):
        losses.check()
        losses.midnight()
    assert store.lossAllowance() == PPM - 30_001


def test_p15_the_weight_of_what_was_lost_never_exceeds_the_weight_sent(losses: Losses) -> None:
    """All of it lost weighs all of it; a juel of it weighs a millionth."""
    store = losses.suite.store
    for back, weighs in ((0, 5_003), (1, 5_003), (None, 1)):
        number = losses.send(5_003)
        amount = store.penaltyById(number).amount
        returned = amount - 1 if back is None else back
        losses.box.giveBackFinal(store.address, returned, word(number))
        losses.book(5_003, weighs)
        losses.check()


def test_p15_what_is_a_juel_above_a_whole_weight_weighs_one_more(
    reckless: Suite, reckless_box: Contract
) -> None:
    """Of 10**18 + 333,333 juels, 3 * 10**12 + 1 are three millionths and a millionth of a juel."""
    store = reckless.store
    reckless.stake(ALICE, 10**18 + 333_333)
    for number, (amount, weight) in enumerate([(3 * 10**12 + 1, 4), (3 * 10**12, 3), (1, 1)], 1):
        operator = reckless.actors.operator
        store.sendPenalty(reckless_box.address, amount, word(number), sender=operator)
        assert store.penaltyById(number).weight == weight
    # Of what weighs a millionth a juel is lost: less than that, and still one.
    store.sendPenalty(reckless_box.address, 1_000, word(4), sender=reckless.actors.operator)
    reckless_box.giveBackFinal(store.address, 999, word(4))
    assert store.lossAllowance() == PPM - 4 - 3 - 1 - 1


# ---- What the kernel is made with ----


@pytest.mark.parametrize(
    ("cap", "life", "delay", "made"),
    [
        (LOSS_CAP, PENALTY_LIFE, DELAY, True),
        (0, 1, DELAY, True),
        (PPM, DELAY - 1, DELAY, True),
        (PPM + 1, PENALTY_LIFE, DELAY, False),
        (LOSS_CAP, 0, DELAY, False),
        (LOSS_CAP, DELAY, DELAY, False),
        (LOSS_CAP, DELAY + 1, DELAY, False),
        (LOSS_CAP, PENALTY_LIFE, 62 * DAY - 1, True),
        (LOSS_CAP, PENALTY_LIFE, 62 * DAY, False),
    ],
)
def test_the_cap_is_a_share_and_a_penalty_ends_before_a_delay_that_the_window_holds(
    suite: Suite, cap: int, life: int, delay: int, made: bool
) -> None:
    core = deploy_core(suite.actors, delay=delay)
    if made:
        compiled("PoolStorage").deploy(core.factory.address, cap, life)
    else:
        with boa.reverts():
            compiled("PoolStorage").deploy(core.factory.address, cap, life)
