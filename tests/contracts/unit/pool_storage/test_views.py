# SPDX-License-Identifier: MIT
"""What PoolStorage shows: sums that balance, forecasts that come true, nodes kept apart."""

from __future__ import annotations

from random import Random

import boa
import pytest

from tests.contracts.suite import (
    ALL,
    PENALTY_LIFE,
    ZERO,
    Contract,
    Suite,
    actor,
    link,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    BOB,
    CAROL,
    ask,
    books,
    earn,
    send,
    served,
    stake_for,
    surplus,
)


def test_p3_all_that_is_owed_is_here_or_at_risk_after_every_step(
    suite: Suite, listed: Contract, operator: str
) -> None:
    """With equality: what is above is the income that waits."""
    store = suite.store

    def check() -> None:
        assert surplus(suite.link, store) == store.pendingIncome()

    suite.stake(ALICE, link(60))
    suite.stake(BOB, link(40))
    travel(12)
    check()
    for step in (
        lambda: earn(suite, link(4)),
        lambda: served(suite, link("0.3"), nonce=1),
        lambda: ask(suite, CAROL, link(2), nonce=2),
        lambda: store.sendPenalty(listed.address, link(3), word(1), sender=operator),
        lambda: store.withdraw(link(30), sender=ALICE),
        lambda: listed.giveBack(store.address, link(1), word(1)),
        lambda: store.distribute(),
        lambda: store.withdraw(ALL, sender=BOB),
        lambda: earn(suite, 7),
        lambda: travel(PENALTY_LIFE + 1),
        lambda: store.resolveOverdue(listed.address, word(1)),
        lambda: store.claimExit(BOB, [1]),
        lambda: listed.giveBack(store.address, link(1), word(1)),
        lambda: store.claimExit(BOB, [1]),
        lambda: store.withdraw(ALL, sender=ALICE),
        lambda: store.claimExit(ALICE, [1]),
        lambda: store.distribute(),
    ):
        step()
        check()
    assert store.exitClaims() <= 2


def test_who_has_nothing_is_shown_nothing(suite: Suite) -> None:
    suite.stake(ALICE, link(5))
    for nobody in (BOB, ZERO, suite.store.address):
        assert suite.store.stakeOf(nobody) == suite.store.sharesOf(nobody) == 0
        assert suite.store.withdrawable(nobody) == 0
        assert tuple(suite.store.exitClaimOf(nobody, [1, 2])) == (0, 0)


def test_an_unknown_penalty_has_state_zero(suite: Suite) -> None:
    for found in (
        suite.store.penalty(ALICE, word(1)),
        suite.store.penaltyById(0),
        suite.store.penaltyById(2**256 - 1),
    ):
        assert tuple(found)[1:] == (0,) * 7
    assert suite.store.openPenalties() == []
    assert suite.store.penaltyCount() == 0


@pytest.mark.parametrize("seed", range(6))
def test_withdrawable_is_what_a_full_withdrawal_pays(
    suite: Suite, listed: Contract, operator: str, seed: int
) -> None:
    """With income waiting, penalties open, and credits of this very block by a stranger."""
    random = Random(seed)
    for staker in (ALICE, BOB, CAROL):
        suite.stake(staker, link(1) + random.randrange(link(50)))
    earn(suite, random.randrange(link(9)))
    travel(12)
    for number in range(random.randrange(4)):
        suite.store.sendPenalty(
            listed.address, random.randrange(1, link("0.3")), word(number), sender=operator
        )
        earn(suite, random.randrange(link(1)))
    for staker in (ALICE, BOB, CAROL):
        if random.random() < 0.5:
            juels = random.choice([1, 10**12, random.randrange(10**13, link(30))])
            send(suite, actor("stranger"), juels, stake_for(staker))
        shown = suite.store.withdrawable(staker)
        with boa.env.anchor():
            assert suite.store.withdraw(shown, sender=staker) == shown
        assert suite.store.withdraw(ALL, sender=staker) == shown


def test_p1_nothing_done_on_one_node_changes_a_figure_of_another(
    suite: Suite, listed: Contract, operator: str
) -> None:
    other = suite.create_node(actor("node 2"), operator=actor("operator 2"))
    suite.stake(BOB, link(50), other)
    suite.fund(other.address, link(3))
    before = (books(other), tuple(other.policy()), other.lossAllowance(), other.stakeOf(BOB))
    suite.stake(ALICE, link(100))
    travel(12)
    served(suite, link(1))
    suite.store.sendPenalty(listed.address, link(2), word(1), sender=operator)
    suite.store.withdraw(link(10), sender=ALICE)
    listed.giveBackFinal(suite.store.address, 0, word(1))
    suite.store.distribute()
    suite.store.setTerm(0, 0, sender=suite.node.address)
    suite.store.setPolicy((False, True, False, 0, 0), sender=suite.node.address)
    after = (books(other), tuple(other.policy()), other.lossAllowance(), other.stakeOf(BOB))
    assert after == before
    with boa.reverts("storage: only the operator"):
        suite.store.setAuthorizedSenders([], sender=actor("operator 2"))
    with boa.reverts("storage: nothing staked"):
        suite.store.withdraw(ALL, sender=BOB)


def test_the_pools_own_instances_show_empty_books(suite: Suite) -> None:
    for address in (
        suite.factory.poolStorage(),
        suite.factory.poolData(),
        suite.factory.implementation(),
    ):
        found = books(suite.store_at(address))
        assert set(vars(found).values()) == {0}
        assert suite.store_at(address).nodeAddress() == ZERO


def test_p2_stakes_and_exits_of_a_hundred_stakers_add_up(suite: Suite) -> None:
    """Nobody has to be asked and nobody is left over: the last exit leaves only the owners' due."""
    random = Random(7)
    stakers = [actor(f"staker {i}") for i in range(100)]
    for i, staker in enumerate(stakers):
        send(suite, actor("payer"), link(1) + random.randrange(link(9)), stake_for(staker))
        if i % 10 == 9:
            earn(suite, random.randrange(link(2)))
    travel(12)
    assert suite.store.stakerCount() == 100
    random.shuffle(stakers)
    for staker in stakers:
        assert suite.store.withdraw(ALL, sender=staker) >= link(1)
    found = books(suite.store)
    assert (found.staked, found.shares, found.stakers, found.pending) == (0, 0, 0, 0)
    assert suite.link.balanceOf(suite.store.address) == found.owners
