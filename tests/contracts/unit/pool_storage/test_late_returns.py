# SPDX-License-Identifier: MIT
"""Whose a late return is: theirs who bore the loss and are still there, or the owners (P8, P10)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ALL, DAY, DELAY, PENALTY_LIFE, Contract, Suite, link, travel, word
from tests.contracts.unit.pool_storage.figures import said
from tests.contracts.unit.pool_storage.support import ALICE, BOB, CAROL, earn, stake_and_wait


def _company(suite: Suite) -> None:
    """Alice 60, Bob 40 LINK, able to leave."""
    suite.stake(ALICE, link(60))
    stake_and_wait(suite, BOB, link(40))


def _lose(suite: Suite, box: Contract, juels: int, number: int, *, overdue: bool) -> None:
    """A penalty of which nothing came back."""
    operator = suite.actors.operator
    suite.store.sendPenalty(box.address, juels, word(number), sender=operator)
    if overdue:
        travel(PENALTY_LIFE + 1)
        suite.store.resolveOverdue(box.address, word(number))
    else:
        box.giveBackFinal(suite.store.address, 0, word(number))


@pytest.mark.parametrize("overdue", [False, True])
@pytest.mark.parametrize("earlier", [0, 1, 3])
def test_p8_each_company_gets_back_its_own_losses_and_the_owners_those_of_one_that_left(
    suite: Suite, listed: Contract, earlier: int, overdue: bool
) -> None:
    """The first company of a node, the second, the fourth: each has a number of its own."""
    store = suite.store
    for _ in range(earlier):
        stake_and_wait(suite, ALICE, link(10))
        store.withdraw(ALL, sender=ALICE)
    _company(suite)
    _lose(suite, listed, link(4), 1, overdue=overdue)
    listed.giveBack(store.address, link(1), word(1))
    assert (store.totalStaked(), store.ownersDue()) == (link(97), 0)
    store.withdraw(ALL, sender=ALICE)
    store.withdraw(ALL, sender=BOB)
    assert (store.totalStaked(), store.totalShares()) == (0, 0)
    stake_and_wait(suite, CAROL, link(50))
    listed.giveBack(store.address, link(1), word(1))
    assert said(listed, store)[-1] == ("LossBooked", 1, 0, 0, link(2))
    assert (store.stakeOf(CAROL), store.ownersDue()) == (link(50), link(1))
    found = store.penalty(listed.address, word(1))
    assert (found.id, found.amount, found.returned) == (1, link(4), link(2))
    _lose(suite, listed, link("0.2"), 2, overdue=overdue)
    listed.giveBack(store.address, link("0.2"), word(2))
    assert (store.stakeOf(CAROL), store.ownersDue()) == (link(50), link(1))


def test_p10_records_of_one_wait_are_one_sum_and_those_of_another_are_not(
    suite: Suite, listed: Contract
) -> None:
    """Three waits: in the first one record, in the second two, in the third one."""
    store = suite.store
    _company(suite)
    _lose(suite, listed, link(1), 1, overdue=True)
    travel(DELAY)
    assert store.overdue() == (0, 0)
    store.sendPenalty(listed.address, link(3), word(2), sender=suite.actors.operator)
    travel(5 * DAY)
    store.sendPenalty(listed.address, link("1.5"), word(3), sender=suite.actors.operator)
    travel(PENALTY_LIFE - 5 * DAY + 1)
    store.resolveOverdue(listed.address, word(2))
    assert store.overdue() == (link(3), boa.env.timestamp + DELAY)
    travel(5 * DAY)
    store.resolveOverdue(listed.address, word(3))
    until = boa.env.timestamp + DELAY
    assert (store.overdue(), store.totalStaked()) == ((link("4.5"), until), link("94.5"))
    # Bob, four tenths of the pool, gives up his part of this sum.
    store.withdraw(ALL, sender=BOB)
    assert (store.overdue(), store.totalStaked()) == ((link("2.7"), until), link("56.7"))
    # The first record's time is over: what comes back of it is all of those who are there.
    listed.giveBack(store.address, link("0.5"), word(1))
    assert (store.overdue(), store.totalStaked()) == ((link("2.7"), until), link("57.2"))
    listed.giveBack(store.address, link(1), word(3))
    assert (store.overdue(), store.totalStaked()) == ((link("1.7"), until), link("58.2"))
    listed.giveBack(store.address, link(3), word(2))
    assert (store.overdue(), store.totalStaked()) == ((0, 0), link("59.9"))
    assert tuple(store.distribute()) == (link("1.3"), 0)
    travel(DELAY)
    _lose(suite, listed, link("0.2"), 4, overdue=True)
    listed.giveBack(store.address, link("0.5"), word(3))
    listed.giveBack(store.address, link("0.5"), word(1))
    assert (store.overdue()[0], store.totalStaked()) == (link("0.2"), link("60.7"))
    listed.giveBack(store.address, link("0.1"), word(4))
    assert (store.overdue()[0], store.totalStaked()) == (link("0.1"), link("60.8"))


def test_p10_what_was_final_is_not_waited_for(suite: Suite, listed: Contract) -> None:
    """Beside an overdue record; before it nobody left, after it Bob did."""
    store = suite.store
    _company(suite)
    _lose(suite, listed, link(1), 1, overdue=False)
    _lose(suite, listed, link(2), 2, overdue=True)
    store.withdraw(ALL, sender=BOB)
    assert store.overdue()[0] == link("1.2")
    staked = store.totalStaked()
    listed.giveBack(store.address, link(1), word(1))
    assert (store.overdue()[0], store.ownersDue()) == (link("1.2"), 0)
    assert store.totalStaked() == staked + link(1)


# ---- A juel ----


@pytest.mark.parametrize("overdue", [False, True])
def test_a_pledge_of_one_juel_is_told_from_what_came_back(
    suite: Suite, listed: Contract, overdue: bool
) -> None:
    store = suite.store
    stake_and_wait(suite, ALICE, link(100))
    earn(suite, 4)
    store.sendPenalty(listed.address, 1_000, word(1), sender=suite.actors.operator)
    assert (store.ownersPledged(), store.ownersDue()) == (1, 1)
    if overdue:
        travel(PENALTY_LIFE + 1)
        store.resolveOverdue(listed.address, word(1))
        assert said(store, store)[-1] == ("LossBooked", 1, 1, 0, 999)
        listed.giveBack(store.address, 400, word(1))
    else:
        listed.giveBackFinal(store.address, 400, word(1))
    assert said(listed, store)[-1] == ("LossBooked", 1, 1, 0, 599)
    assert (store.ownersPledged(), store.ownersDue()) == (0, 0)
    kept = store.penaltyById(1)
    assert (kept.state, kept.amount, kept.pledge, kept.returned) == (2, 1_000, 1, 400)
    listed.giveBack(store.address, 599, word(1))
    assert store.penaltyById(1).returned == 999
    assert said(listed, store)[-1] == ("LossBooked", 1, 1, 0, 0)
    listed.giveBack(store.address, 1, word(1))
    assert said(listed, store)[-1] == ("LossBooked", 1, 0, 0, 0)
    assert (store.ownersDue(), store.totalStaked()) == (1, link(100) + 3)


def test_a_loss_of_one_juel_is_a_loss(suite: Suite, listed: Contract) -> None:
    store = suite.store
    stake_and_wait(suite, ALICE, link(100))
    store.sendPenalty(listed.address, 1_000, word(1), sender=suite.actors.operator)
    listed.giveBack(store.address, 1, word(1))
    listed.giveBackFinal(store.address, 998, word(1))
    slashed = ("PenaltySlashed", listed.address, word(1), 1, 1, False)
    assert said(listed, store)[1:] == [slashed, ("LossBooked", 1, 0, 0, 1)]
    assert store.totalStaked() == link(100) - 1
    assert store.penaltyById(1).returned == 999
    listed.giveBack(store.address, 1, word(1))
    assert store.totalStaked() == link(100)
    assert store.pendingIncome() == 0
