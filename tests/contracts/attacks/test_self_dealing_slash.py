# SPDX-License-Identifier: MIT
"""Operator, admin, consumer and penalty contract in league slash the node in their own favour."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import ALICE, BOB, most, penalty, worth
from tests.contracts.suite import DAY, DELAY, LOSS_CAP, PPM, Contract, Suite, travel, word


def slash(suite: Suite, box: Contract, amount: int, reference: int) -> None:
    """Sent and declared lost at once."""
    penalty(suite, box, amount, reference)
    box.giveBackFinal(suite.store.address, 0, word(reference))


@pytest.mark.parametrize("pieces", [1, 3, 10, 40])
def test_p15_within_one_delay_no_more_than_the_cap_is_lost(
    staked: Suite, listed: Contract, pieces: int
) -> None:
    total = staked.store.totalStaked()
    piece = total * LOSS_CAP // PPM // pieces
    for reference in range(pieces):
        slash(staked, listed, min(piece, most(staked)), reference)
    with boa.reverts("storage: over the loss cap"):
        penalty(staked, listed, most(staked) + total // 1000, 999)
    assert total - staked.store.totalStaked() <= total * LOSS_CAP // PPM
    assert staked.store.lossAllowance() <= 2 * pieces


def test_p15_a_slash_a_day_loses_no_more_in_any_delay(staked: Suite, listed: Contract) -> None:
    """For seven weeks the league takes whatever the cap allows, each day."""
    taken: list[tuple[int, int, int]] = []
    for day in range(50):
        total, amount = staked.store.totalStaked(), most(staked)
        if amount:
            slash(staked, listed, amount, day)
            taken.append((boa.env.timestamp, amount, total))
        travel(DAY)
    assert len(taken) > 2
    for start, _, _ in taken:
        window = [(a, t) for time, a, t in taken if start <= time < start + DELAY]
        assert sum(a * PPM / t for a, t in window) <= LOSS_CAP


def test_p15_a_return_gives_its_part_back(staked: Suite, listed: Contract) -> None:
    amount = most(staked)
    penalty(staked, listed, amount, 1)
    assert staked.store.lossAllowance() == 0
    listed.giveBackFinal(staked.store.address, amount * 3 // 4, word(1))
    assert 37_000 <= staked.store.lossAllowance() <= 37_500


def test_p15_one_juel_weighs_at_least_one_ppm(staked: Suite, listed: Contract) -> None:
    for reference in range(9):
        slash(staked, listed, 1, reference)
    assert staked.store.lossAllowance() == LOSS_CAP - 9


def test_p15_staking_to_enlarge_the_penalty_enlarges_ones_own_loss(
    staked: Suite, listed: Contract
) -> None:
    """An operator's own stake weighs like any other, and leaving keeps its part of the risk."""
    honest = worth(staked, ALICE) + worth(staked, BOB)
    operator = staked.actors.operator
    staked.stake(operator, 19 * honest)
    travel(12)
    penalty(staked, listed, most(staked), 1)
    staked.store.withdraw(2**256 - 1, sender=operator)
    listed.giveBackFinal(staked.store.address, 0, word(1))
    left = worth(staked, ALICE) + worth(staked, BOB)
    assert honest - left <= honest * LOSS_CAP // PPM + 2
    assert staked.store.claimExit(operator, [1]) == 0
