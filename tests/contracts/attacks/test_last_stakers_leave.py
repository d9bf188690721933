# SPDX-License-Identifier: MIT
"""Everybody leaves while a penalty is open: who has what, and what newcomers get (P8, P9)."""

from __future__ import annotations

import pytest

from tests.contracts.attacks.support import ALICE, BOB, CAROL, next_block, out, penalty, worth
from tests.contracts.suite import Contract, Suite, link, word

ODD = link(20) - 1


@pytest.fixture
def deserted(staked: Suite, listed: Contract) -> Suite:
    penalty(staked, listed, ODD, 1)
    assert out(staked, ALICE) + out(staked, BOB) == link(400) - ODD
    assert (staked.store.totalStaked(), staked.store.totalShares()) == (0, 0)
    return staked


@pytest.mark.parametrize("back", [0, 1, ODD // 2, ODD])
def test_p9_leavers_have_all_that_comes_back(deserted: Suite, listed: Contract, back: int) -> None:
    listed.giveBackFinal(deserted.store.address, back, word(1))
    paid = deserted.store.claimExit(ALICE, [1]) + deserted.store.claimExit(BOB, [1])
    assert back - 2 < paid <= back
    # What rounding left of their claims belongs to nobody and stays covered.
    assert deserted.link.balanceOf(deserted.store.address) == back - paid
    assert deserted.store.pendingIncome() == 0


def test_p9_a_newcomer_has_no_part_in_it(deserted: Suite, listed: Contract) -> None:
    deserted.stake(CAROL, link(5))
    next_block()
    listed.giveBack(deserted.store.address, ODD, word(1))
    assert worth(deserted, CAROL) == link(5)
    assert out(deserted, CAROL) == link(5)
    paid = deserted.store.claimExit(ALICE, [1]) + deserted.store.claimExit(BOB, [1])
    assert paid >= ODD - 1


def test_p8_income_without_stakers_is_the_owners(deserted: Suite, listed: Contract) -> None:
    deserted.fund(deserted.store.address, link(3))
    assert deserted.store.distribute() == (link(3), 0)
    listed.giveBack(deserted.store.address, ODD, word(1))
    assert deserted.store.distribute() == (0, 0)
