# SPDX-License-Identifier: MIT
"""What arrived is credited before anything else happens, to those who were staked (P8)."""

from __future__ import annotations

from collections.abc import Callable

import boa
import pytest

from tests.contracts.suite import (
    ALL,
    DELAY,
    PENALTY_LIFE,
    Contract,
    Suite,
    link,
    logs,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    BOB,
    CAROL,
    M90,
    SHARES_PER_JUEL,
    ask,
    books,
    earn,
    send,
    served,
    surplus,
)

LATER = int("0x" + "11" * 20, 16)


def _stake(suite: Suite, box: Contract) -> Contract:
    suite.stake(CAROL, link(5))
    return suite.link


def _withdraw(suite: Suite, box: Contract) -> Contract:
    suite.store.withdraw(link(1), sender=ALICE)
    return suite.store


def _distribute(suite: Suite, box: Contract) -> Contract:
    suite.store.distribute()
    return suite.store


def _lower_percentage(suite: Suite, box: Contract) -> Contract:
    suite.store.setTerm(0, 0, sender=suite.node.address)
    return suite.store


def _raise_percentage(suite: Suite, box: Contract) -> Contract:
    suite.store.activateTerm(0)
    return suite.store


def _change_wallet(suite: Suite, box: Contract) -> Contract:
    suite.store.activateTerm(2)
    return suite.store


def _return(suite: Suite, box: Contract) -> Contract:
    box.giveBack(suite.store.address, link(1), word(1))
    return box


def _resolve(suite: Suite, box: Contract) -> Contract:
    suite.store.resolveOverdue(box.address, word(1))
    return suite.store


SETTLING = [
    _stake,
    _withdraw,
    _distribute,
    _lower_percentage,
    _raise_percentage,
    _change_wallet,
    _return,
    _resolve,
]


@pytest.mark.parametrize("act", SETTLING, ids=[act.__name__[1:] for act in SETTLING])
def test_p8_everything_that_changes_a_share_settles_first(
    risked: Suite, listed: Contract, logic: str, act: Callable[[Suite, Contract], Contract]
) -> None:
    risked.store.setTerm(0, 300_000, sender=logic)
    risked.store.setTerm(2, LATER, sender=logic)
    travel(DELAY)
    earn(risked, link(4))
    assert risked.store.pendingIncome() == link(4)
    source = act(risked, listed)
    (settled,) = logs(source, "Settled")
    assert (settled.income, settled.owners, settled.stakers) == (link(4), link(1), link(3))
    assert risked.store.pendingIncome() == 0


def test_p8_a_penalty_sent_settles_first(suite: Suite, listed: Contract, operator: str) -> None:
    """What the owners are due by then can be pledged."""
    suite.stake(ALICE, link(100))
    earn(suite, link(4))
    suite.store.sendPenalty(listed.address, link(2), word(1), sender=operator)
    (settled,) = logs(suite.store, "Settled")
    assert (settled.income, settled.owners, settled.stakers) == (link(4), link(1), link(3))
    assert suite.store.ownersPledged() == link(1)


def test_pending_income_is_shown_and_not_booked(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    earn(suite, link(4))
    assert suite.store.pendingIncome() == link(4)
    assert suite.store.totalStaked() == link(3)
    assert suite.store.ownersDue() == 0
    served(suite, link("0.1"))
    assert suite.store.pendingIncome() == link("4.05")


def test_neither_stakes_nor_payments_nor_returns_are_income(
    risked: Suite, listed: Contract
) -> None:
    suite = risked
    earn(suite, link(4))
    suite.stake(CAROL, link(5))
    ask(suite, BOB, link(7))
    listed.giveBack(suite.store.address, link(2), word(1))
    assert suite.store.pendingIncome() == 0
    assert suite.store.totalStaked() == link(108)
    assert suite.store.ownersDue() == link(1)


def test_income_of_a_juel_is_settled_too(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    for _ in range(7):
        earn(suite, 1)
        suite.store.distribute()
    assert suite.store.totalStaked() == link(3) + 7
    earn(suite, 7)
    assert tuple(suite.store.distribute()) == (1, 0)


@pytest.mark.parametrize(("makers", "owners"), [(0, 0), (1, 4), (333_333, 1_333_332)])
def test_the_percentage_is_exact_to_a_millionth(
    suite: Suite, logic: str, makers: int, owners: int
) -> None:
    suite.stake(ALICE, link(3))
    if makers > suite.store.makersPercentage():
        suite.store.setTerm(0, makers, sender=logic)
        travel(DELAY)
        suite.store.activateTerm(0)
    else:
        suite.store.setTerm(0, makers, sender=logic)
    earn(suite, 4_000_000)
    assert suite.store.distribute()[0] == owners


def test_p2_settling_saturates_and_what_is_above_waits(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    """LINK that is at risk and comes back as profit counts twice, more than the width takes."""
    suite = reckless
    staked = 9 * 10**26
    suite.stake(ALICE, staked)
    travel(12)
    for i in range(2):
        suite.store.sendPenalty(reckless_box.address, staked // 2, word(i), sender=operator)
    reckless_box.plainTransfer(suite.store.address, staked)
    assert suite.store.pendingIncome() == M90 - staked
    suite.store.distribute()
    assert suite.store.totalStaked() == M90 - (M90 - staked) // 4
    assert surplus(suite.link, suite.store) > 0
    with boa.reverts("storage: over the stake limit"):
        suite.stake(BOB, link(90_000_000))
    assert suite.store.withdraw(link(1), sender=ALICE) == link(1)
    travel(PENALTY_LIFE + 1)
    for i in range(2):
        suite.store.resolveOverdue(reckless_box.address, word(i))
    suite.store.distribute()
    assert suite.store.pendingIncome() == 0 == surplus(suite.link, suite.store)
    suite.store.withdraw(ALL, sender=ALICE)
    suite.store.distribute()
    held = suite.link.balanceOf(ALICE) + suite.link.balanceOf(suite.pool_owners.address)
    assert held == staked - suite.link.balanceOf(suite.store.address)


def test_p8_after_a_total_loss_the_next_stake_opens_a_new_epoch(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    suite = reckless
    suite.stake(ALICE, link(10))
    suite.store.sendPenalty(reckless_box.address, link(10), word(1), sender=operator)
    reckless_box.giveBackFinal(suite.store.address, 0, word(1))
    found = books(suite.store)
    assert (found.staked, found.shares, found.stakers) == (0, link(10) * SHARES_PER_JUEL, 1)
    suite.stake(BOB, link(5))
    found = books(suite.store)
    assert (found.staked, found.shares, found.stakers) == (link(5), link(5) * SHARES_PER_JUEL, 1)
    assert suite.store.sharesOf(ALICE) == suite.store.stakeOf(ALICE) == 0
    travel(12)
    with boa.reverts("storage: nothing staked"):
        suite.store.withdraw(ALL, sender=ALICE)
    assert suite.store.withdraw(ALL, sender=BOB) == link(5)


def test_p8_income_after_a_total_loss_is_the_owners(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    suite = reckless
    suite.stake(ALICE, link(10))
    suite.store.sendPenalty(reckless_box.address, link(10), word(1), sender=operator)
    reckless_box.giveBackFinal(suite.store.address, 0, word(1))
    earn(suite, link(4))
    travel(12)
    suite.stake(BOB, link(3))
    assert suite.store.ownersDue() == link(4)
    assert suite.store.stakeOf(BOB) == suite.store.totalStaked() == link(3)


def test_a_stake_that_would_pass_the_width_of_shares_is_refused(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    """After a loss of nine tenths a juel buys ten times the shares."""
    suite = reckless
    suite.stake(ALICE, link(10))
    suite.store.sendPenalty(reckless_box.address, link(9), word(1), sender=operator)
    reckless_box.giveBackFinal(suite.store.address, 0, word(1))
    most = (2**140 - 1 - link(10) * SHARES_PER_JUEL) // (10 * SHARES_PER_JUEL)
    with boa.reverts("storage: too many shares"):
        send(suite, BOB, most + 1)
    send(suite, BOB, most)
    assert suite.store.sharesOf(BOB) == most * 10 * SHARES_PER_JUEL
    travel(12)
    assert suite.store.withdraw(ALL, sender=BOB) == most
