# SPDX-License-Identifier: MIT
"""Who leaves while an overdue record may still give back, leaves that part to the owners."""

from __future__ import annotations

import pytest

from tests.contracts.suite import ALL, PENALTY_LIFE, Contract, Suite, link, travel, word
from tests.contracts.unit.pool_storage.support import ALICE, BOB, CAROL


@pytest.fixture
def lost(risked: Suite, listed: Contract) -> Suite:
    """Alice 60, Bob 40 LINK before 5 of them were lost; those may still come back."""
    travel(PENALTY_LIFE + 1)
    risked.store.resolveOverdue(listed.address, word(1))
    return risked


def test_p10_what_a_leaver_gave_up_goes_to_the_owners_when_it_comes_back(
    lost: Suite, listed: Contract
) -> None:
    assert lost.store.withdraw(ALL, sender=BOB) == link(38)
    assert lost.store.overdue()[0] == link(3)
    listed.giveBack(lost.store.address, link(5), word(1))
    assert lost.store.stakeOf(ALICE) == link(60)
    assert lost.store.ownersDue() == link(2)


def test_p10_nothing_is_awaited_once_all_is_back(lost: Suite, listed: Contract) -> None:
    """More came than those who stayed wait for: who joins next pays no premium."""
    lost.store.withdraw(ALL, sender=BOB)
    listed.giveBack(lost.store.address, link(5), word(1))
    assert tuple(lost.store.overdue()) == (0, 0)
    lost.stake(CAROL, link(30))
    assert lost.store.stakeOf(CAROL) == link(30)
    assert lost.store.stakeOf(ALICE) == link(60)


def test_a_part_that_comes_back_belongs_to_those_who_stayed_first(
    lost: Suite, listed: Contract
) -> None:
    lost.store.withdraw(ALL, sender=BOB)
    listed.giveBack(lost.store.address, link(2), word(1))
    assert lost.store.stakeOf(ALICE) == link(59)
    assert (lost.store.overdue()[0], lost.store.ownersDue()) == (link(1), 0)
    listed.giveBack(lost.store.address, link(3), word(1))
    assert lost.store.stakeOf(ALICE) == link(60)
    assert (lost.store.overdue()[0], lost.store.ownersDue()) == (0, link(2))
