# SPDX-License-Identifier: MIT
"""Joining after an overdue loss to gain from what comes back late."""

from __future__ import annotations

import pytest

from tests.contracts.attacks.support import (
    ALICE,
    BOB,
    CAROL,
    next_block,
    out,
    overdue,
    penalty,
    worth,
)
from tests.contracts.suite import DAY, DELAY, Contract, Suite, link, travel, word


def test_p10_who_joins_after_the_loss_gains_nothing_from_its_return(
    staked: Suite, listed: Contract
) -> None:
    penalty(staked, listed, link(20), 1)
    overdue(staked, listed, 1)
    staked.stake(CAROL, link(380))
    next_block()
    listed.giveBack(staked.store.address, link(20), word(1))
    assert worth(staked, CAROL) <= link(380)
    assert worth(staked, CAROL) >= link(380) - 2
    assert worth(staked, ALICE) >= link(100) - 2


def test_p10_a_return_for_an_older_loss_does_not_lower_the_price(
    staked: Suite, listed: Contract
) -> None:
    """The older one's time is over; its return must not make the younger one snipable."""
    penalty(staked, listed, link(10), 1)
    overdue(staked, listed, 1)
    travel(DELAY + DAY)
    penalty(staked, listed, link(10), 2)
    overdue(staked, listed, 2)
    listed.giveBack(staked.store.address, link(10), word(1))
    assert staked.store.overdue()[0] == link(10)
    staked.stake(CAROL, link(390))
    listed.giveBack(staked.store.address, link(10), word(2))
    assert worth(staked, CAROL) <= link(390)


@pytest.mark.parametrize("final", [True, False])
def test_p10_nobody_snipes_what_comes_back_after_everybody_left(
    staked: Suite, listed: Contract, final: bool
) -> None:
    """With those gone on whom the loss fell, its return is the owners', not the newcomer's."""
    penalty(staked, listed, link(20), 1)
    if final:
        listed.giveBackFinal(staked.store.address, 0, word(1))
    else:
        overdue(staked, listed, 1)
    out(staked, ALICE)
    out(staked, BOB)
    staked.stake(CAROL, link(1))
    due = staked.store.ownersDue()
    listed.giveBack(staked.store.address, link(20), word(1))
    assert worth(staked, CAROL) == link(1)
    assert staked.store.ownersDue() == due + link(20)


def test_p10_a_new_company_does_not_pay_for_an_old_loss(staked: Suite, listed: Contract) -> None:
    penalty(staked, listed, link(20), 1)
    overdue(staked, listed, 1)
    out(staked, ALICE)
    out(staked, BOB)
    staked.stake(CAROL, link(1))
    staked.stake(ALICE, link(100))
    assert worth(staked, ALICE) == link(100)
    assert worth(staked, CAROL) == link(1)


def test_p10_the_outcome_depends_on_the_total_returned_not_on_when(
    staked: Suite, listed: Contract
) -> None:
    """The same record three times: in time, late, and in two parts."""
    outcomes = []
    ways = ([(0, 7)], [(1, 7)], [(0, 3), (1, 4)], [(1, 3), (1, 4)])
    for reference, way in enumerate(ways, 1):
        penalty(staked, listed, link(10), reference)
        before = staked.store.totalStaked()
        for late, juels in way:
            if late and staked.store.penaltyById(reference).state == 1:
                overdue(staked, listed, reference)
            listed.giveBack(staked.store.address, juels, word(reference))
        if staked.store.penaltyById(reference).state == 1:
            listed.giveBackFinal(staked.store.address, 0, word(reference))
        outcomes.append(before - staked.store.totalStaked())
        travel(2 * DELAY)
    assert outcomes == [link(10) - 7] * 4


def test_p10_the_price_falls_with_those_who_leave_for_whom_it_waits(
    staked: Suite, listed: Contract
) -> None:
    """Bob leaves his part of what is overdue behind: no newcomer pays for it, nobody snipes it."""
    penalty(staked, listed, link(20), 1)
    overdue(staked, listed, 1)
    out(staked, BOB)
    assert staked.store.overdue()[0] == link(5)
    staked.stake(CAROL, link(100))
    due = staked.store.ownersDue()
    listed.giveBack(staked.store.address, link(20), word(1))
    assert link(100) - 2 <= worth(staked, CAROL) <= link(100)
    assert link(100) - 2 <= worth(staked, ALICE) <= link(100)
    assert staked.store.ownersDue() == due + link(15)


def test_p10_a_sum_that_came_back_is_not_paid_for_again(staked: Suite, listed: Contract) -> None:
    """A later, tiny loss prolongs the wait; what came back of the earlier one leaves the price."""
    penalty(staked, listed, link(10), 1)
    penalty(staked, listed, 1000, 2)
    overdue(staked, listed, 1)
    travel(DELAY - 60)
    staked.store.resolveOverdue(listed.address, word(2))
    travel(120)
    listed.giveBack(staked.store.address, link(10), word(1))
    assert staked.store.overdue()[0] <= 1000
    staked.stake(CAROL, link(100))
    assert worth(staked, CAROL) >= link(100) - 1000
