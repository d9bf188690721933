# SPDX-License-Identifier: MIT
"""Rounding, virtual shares and donations as a way to take from small stakes."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import ALICE, BOB, CAROL, hostile_logic, next_block, out, worth
from tests.contracts.suite import Suite, link, mock


@pytest.fixture
def tiny(suite: Suite) -> Suite:
    """A node that takes any stake from the smallest position up."""
    suite.node.setMinimumStake(suite.actors.node_address, 0, sender=suite.actors.owner)
    suite.node.setStakeLimit(suite.actors.node_address, 10**27, sender=suite.actors.owner)
    return suite


@pytest.mark.parametrize("big", [link(1), link(1_000_000), link(400_000_000)])
@pytest.mark.parametrize("income", [1, 3, link(1), link(100_000_000)])
def test_p6_a_small_stake_has_its_exact_part(tiny: Suite, big: int, income: int) -> None:
    """No virtual shares: the smallest stake beside the largest loses less than a juel."""
    small = 10**12
    tiny.stake(ALICE, big)
    tiny.stake(BOB, small)
    next_block()
    tiny.fund(tiny.store.address, income)
    stakers = income - income * 250_000 // 10**6
    paid = out(tiny, BOB)
    exact = small * (big + small + stakers)
    assert paid * (big + small) <= exact
    assert (paid + 1) * (big + small) > exact


def test_p6_a_donation_by_a_sole_staker_costs_who_comes_next_nothing(tiny: Suite) -> None:
    """The classic first-staker attack: one position, a large donation, then a victim."""
    tiny.stake(ALICE, 10**12)
    next_block()
    tiny.fund(tiny.store.address, link(100))
    tiny.stake(BOB, link(1_000))
    assert worth(tiny, BOB) >= link(1_000) - 1
    next_block()
    assert out(tiny, BOB) >= link(1_000) - 1
    assert out(tiny, ALICE) <= 10**12 + link(75) + 1


def test_p6_the_smallest_stake_grows_with_such_a_donation_and_says_so(tiny: Suite) -> None:
    """10**27 shares are now worth 75 LINK: less is refused, never rounded away."""
    tiny.stake(ALICE, 10**12)
    tiny.fund(tiny.store.address, link(100))
    tiny.fund(BOB, link(74))
    with boa.reverts():
        tiny.link.transferAndCall(tiny.store.address, link(74), b"", sender=BOB)
    tiny.stake(BOB, link(76))
    assert worth(tiny, BOB) >= link(76) - 1


def test_p6_the_whole_supply_can_be_staked(tiny: Suite) -> None:
    """10**27 juels: nothing wraps, nothing truncates, all of it comes out again."""
    bank = tiny.actors.bank
    tiny.link.transferAndCall(tiny.store.address, 10**27, b"", sender=bank)
    assert worth(tiny, bank) == 10**27
    next_block()
    assert tiny.store.withdraw(2**256 - 1, sender=bank) == 10**27
    assert tiny.store.totalShares() == 0


def test_p6_forced_withdrawals_of_a_juel_cost_no_more_than_a_juel(tiny: Suite) -> None:
    """Hostile logic pays a staker out juel by juel."""
    rogue = mock("logic_target")
    hostile_logic(tiny, rogue)
    tiny.stake(ALICE, link(1))
    tiny.stake(CAROL, link(2))
    next_block()
    tiny.fund(tiny.store.address, link(1) + 1)
    before = tiny.link.balanceOf(ALICE)
    for _ in range(40):
        rogue.act(tiny.store.address, tiny.store.release.prepare_calldata(ALICE, 1))
    out(tiny, ALICE)
    paid = tiny.link.balanceOf(ALICE) - before
    stakers = link(1) + 1 - (link(1) + 1) // 4
    assert 3 * paid <= 3 * link(1) + stakers
    assert 3 * (paid + 1) > 3 * link(1) + stakers
