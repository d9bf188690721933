# SPDX-License-Identifier: MIT
"""A position keeps its block modulo 2**26: an old credit in a block of the same number (P1, P8)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import ALICE, BOB, CAROL, next_block, worth
from tests.contracts.suite import ALL, Suite, link

ROUND = 2**26


@pytest.fixture
def remembered(suite: Suite) -> Suite:
    """Carol has left with nine tenths of what she was credited, a whole round of numbers ago."""
    suite.stake(ALICE, link(400))
    credited = boa.env.evm.patch.block_number
    suite.stake(CAROL, link(10))
    next_block()
    suite.store.withdraw(link(9), sender=CAROL)
    boa.env.evm.patch.block_number = credited + ROUND
    return suite


@pytest.mark.parametrize("asked", [1, link("0.4"), link(1), link(1) + 1, link(401), ALL])
def test_p1_an_old_credit_larger_than_the_position_takes_nobody_elses_stake(
    remembered: Suite, asked: int
) -> None:
    """The credit is more than is held; what is left of the difference is no licence."""
    store, held = remembered.store, remembered.link.balanceOf(remembered.store.address)
    paid = store.withdraw(asked, sender=CAROL)
    assert paid == min(asked, link(1))
    assert worth(remembered, ALICE) == link(400)
    assert worth(remembered, CAROL) == link(1) - paid
    assert remembered.link.balanceOf(store.address) == held - paid


def test_p8_a_stake_on_top_of_an_old_credit_stays_its_owners(remembered: Suite) -> None:
    """Old and new credit are added: neither this position nor another is worth more for it."""
    remembered.stake(CAROL, link(300))
    remembered.stake(BOB, link(5))
    assert (worth(remembered, CAROL), worth(remembered, BOB)) == (link(301), link(5))
    next_block()
    assert remembered.store.withdraw(ALL, sender=CAROL) == link(301)
    assert remembered.store.withdraw(ALL, sender=ALICE) == link(400)
    assert remembered.store.withdraw(ALL, sender=BOB) == link(5)
