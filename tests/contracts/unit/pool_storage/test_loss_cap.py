# SPDX-License-Identifier: MIT
"""LOSS_CAP: what open and lately lost penalties weigh together (P15)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import (
    ALL,
    DAY,
    DELAY,
    LOSS_CAP,
    PENALTY_LIFE,
    Contract,
    Suite,
    link,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.support import ALICE, BOB, earn, stake_and_wait


@pytest.fixture
def staked(suite: Suite, listed: Contract) -> Suite:
    """100 LINK staked by Alice."""
    stake_and_wait(suite, ALICE, link(100))
    return suite


def _send(suite: Suite, box: Contract, amount: int, number: int) -> None:
    suite.store.sendPenalty(box.address, amount, word(number), sender=suite.actors.operator)


def test_p15_an_open_penalty_weighs_and_a_return_gives_its_weight_back(
    staked: Suite, listed: Contract
) -> None:
    assert staked.store.lossAllowance() == LOSS_CAP == 50_000
    _send(staked, listed, link(2), 1)
    assert staked.store.lossAllowance() == 30_000
    _send(staked, listed, link(3), 2)
    assert staked.store.lossAllowance() == 0
    listed.giveBack(staked.store.address, link(3), word(2))
    assert staked.store.lossAllowance() == 30_000
    listed.giveBack(staked.store.address, link(2), word(1))
    assert staked.store.lossAllowance() == 50_000


def test_p15_a_part_that_came_back_weighs_until_the_record_closes(
    staked: Suite, listed: Contract
) -> None:
    _send(staked, listed, link(2), 1)
    listed.giveBack(staked.store.address, link(1), word(1))
    assert staked.store.lossAllowance() == 30_000
    listed.giveBackFinal(staked.store.address, 0, word(1))
    assert staked.store.lossAllowance() == 40_000


@pytest.mark.parametrize(("lost", "weight"), [(1, 1), (link(1) + 1, 10_001), (link(2), 20_000)])
def test_p15_the_lost_part_of_a_weight_rounds_up(
    staked: Suite, listed: Contract, lost: int, weight: int
) -> None:
    _send(staked, listed, link(2), 1)
    listed.giveBackFinal(staked.store.address, link(2) - lost, word(1))
    assert staked.store.lossAllowance() == 50_000 - weight


def test_p15_a_loss_weighs_for_one_delay_and_the_rest_of_its_last_day(
    staked: Suite, listed: Contract
) -> None:
    _send(staked, listed, link(5), 1)
    listed.giveBackFinal(staked.store.address, 0, word(1))
    end_of_day = DAY - boa.env.timestamp % DAY
    travel(DELAY + end_of_day - 1)
    assert staked.store.lossAllowance() == 0
    travel(1)
    assert staked.store.lossAllowance() == 50_000


def test_p15_losses_of_several_days_end_one_after_the_other(
    staked: Suite, listed: Contract
) -> None:
    for day in range(4):
        _send(staked, listed, staked.store.totalStaked() // 100, day)
        listed.giveBackFinal(staked.store.address, 0, word(day))
        assert staked.store.lossAllowance() == 50_000 - 10_000 * (day + 1)
        travel(3 * DAY)
    travel(3 * DAY)
    seen = []
    for _ in range(12):
        seen.append(staked.store.lossAllowance())
        travel(DAY)
    assert seen == sorted(seen)
    assert set(seen) == {20_000, 30_000, 40_000, 50_000}


@pytest.mark.parametrize("earlier", [1, 2, 3])
def test_p15_earlier_losses_share_a_word_with_what_is_pledged_and_awaited(
    staked: Suite, listed: Contract, earlier: int
) -> None:
    """Whatever of them is written, the others stay as they are, and each loss ends at its time."""
    store = staked.store
    _send(staked, listed, link(1), 100)
    earn(staked, link(4))
    _send(staked, listed, link("0.1"), 101)
    pledged = store.ownersPledged()
    assert pledged == link("0.1")
    travel(PENALTY_LIFE - earlier * DAY)
    for day in range(earlier):
        _send(staked, listed, store.totalStaked() // 200, day)
        listed.giveBackFinal(store.address, 0, word(day))
        travel(DAY)
    assert (store.ownersPledged(), store.overdue()) == (pledged, (0, 0))
    travel(1)
    left = store.lossAllowance()
    store.resolveOverdue(listed.address, word(100))
    assert store.ownersPledged() == pledged
    assert store.overdue() == (link(1), boa.env.timestamp + DELAY)
    # As heavy lost as at risk.
    assert store.lossAllowance() == left
    listed.giveBack(store.address, link("0.4"), word(100))
    assert store.overdue() == (link("0.6"), boa.env.timestamp + DELAY)
    listed.giveBack(store.address, link("0.1"), word(101))
    assert store.ownersPledged() == 0
    travel(DELAY - earlier * DAY)
    seen = {store.lossAllowance()}
    for _ in range(earlier + 2):
        travel(DAY)
        seen.add(store.lossAllowance())
    assert max(seen) == LOSS_CAP
    assert len(seen) == earlier + 2
    assert store.overdue() == (0, 0)


def test_p15_an_overdue_loss_weighs_from_the_day_it_is_booked(
    staked: Suite, listed: Contract
) -> None:
    _send(staked, listed, link(5), 1)
    travel(PENALTY_LIFE + 30 * DAY)
    assert staked.store.lossAllowance() == 0
    staked.store.resolveOverdue(listed.address, word(1))
    travel(DELAY)
    assert staked.store.lossAllowance() == 0
    travel(DAY)
    assert staked.store.lossAllowance() == 50_000


def test_p15_operator_admin_and_penalty_contract_in_league_take_no_more_in_one_delay(
    staked: Suite, listed: Contract
) -> None:
    """As often as they try, whatever they return and however people come and go."""
    taken, number, start = 0, 0, boa.env.timestamp
    while boa.env.timestamp < start + DELAY:
        allowance = staked.store.lossAllowance()
        amount = staked.store.totalStaked() * allowance // 1_000_000
        if amount:
            _send(staked, listed, amount, number)
            listed.giveBackFinal(staked.store.address, amount // 3, word(number))
            taken += amount - amount // 3
            number += 1
        with boa.reverts("storage: over the loss cap"):
            over = staked.store.totalStaked() * (staked.store.lossAllowance() + 1) // 1_000_000
            _send(staked, listed, over + link("0.001"), 10_000)
        travel(DAY)
    assert number > 5
    assert taken <= link(5)
    assert staked.store.stakeOf(ALICE) == link(100) - taken


def test_p15_stakers_who_leave_raise_no_weight_and_block_nothing(
    staked: Suite, listed: Contract
) -> None:
    staked.stake(BOB, link(100))
    _send(staked, listed, link(10), 1)
    staked.store.withdraw(ALL, sender=ALICE)
    assert staked.store.lossAllowance() == 0
    listed.giveBack(staked.store.address, link(10), word(1))
    assert staked.store.lossAllowance() == 50_000
    _send(staked, listed, link(5), 2)
    with boa.reverts("storage: over the loss cap"):
        _send(staked, listed, 1, 3)


def test_p15_a_late_return_does_not_give_the_weight_back(staked: Suite, listed: Contract) -> None:
    """The cap is checked at sending only; a loss booked stays booked for its delay."""
    _send(staked, listed, link(5), 1)
    listed.giveBackFinal(staked.store.address, 0, word(1))
    listed.giveBack(staked.store.address, link(5), word(1))
    assert staked.store.stakeOf(ALICE) == link(100)
    assert staked.store.lossAllowance() == 0


def test_p15_the_cap_holds_for_the_whole_year(staked: Suite, listed: Contract) -> None:
    """In any window of one delay no more than the cap, five years long at most 5 % each."""
    sent: list[tuple[int, int]] = []
    for number in range(40):
        allowance = staked.store.lossAllowance()
        if allowance:
            _send(staked, listed, staked.store.totalStaked() * allowance // 1_000_000, number)
            sent.append((boa.env.timestamp, allowance))
            listed.giveBackFinal(staked.store.address, 0, word(number))
        travel(5 * DAY + 3_600)
    for since, _ in sent:
        window = [weight for time, weight in sent if since <= time <= since + DELAY]
        assert sum(window) <= LOSS_CAP
    assert len(sent) > 5
