# SPDX-License-Identifier: MIT
"""distribute(): PoolOwners and the operations wallet are paid; stakers are credited (6.1.4)."""

from __future__ import annotations

import pytest

from tests.contracts.suite import Contract, Suite, actor, link, logs, travel, word
from tests.contracts.unit.pool_storage.support import ALICE, BOB, ask, books, earn, send, served


def _paid(suite: Suite) -> tuple[int, int]:
    """What PoolOwners and the operations wallet hold."""
    wallet = suite.store.operationsWallet()
    return suite.link.balanceOf(suite.pool_owners.address), suite.link.balanceOf(wallet)


def test_a_quarter_of_profit_is_the_owners_and_the_rest_the_stakers(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    suite.stake(BOB, link(1))
    earn(suite, link(4))
    assert tuple(suite.store.distribute()) == (link(1), 0)
    (event,) = logs(suite.store, "Distributed")
    assert (event.owners, event.operations) == (link(1), 0)
    assert _paid(suite) == (link(1), 0)
    assert suite.store.stakeOf(ALICE) == link("5.25")
    assert suite.store.stakeOf(BOB) == link("1.75")


def test_the_running_cost_goes_to_the_operations_wallet(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    served(suite, link("0.1"))
    assert tuple(suite.store.distribute()) == (link("0.0125"), link("0.05"))
    assert _paid(suite) == (link("0.0125"), link("0.05"))
    assert suite.store.stakeOf(ALICE) == link("3.0375")


def test_what_is_above_the_minimum_price_is_profit_at_once(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    served(suite, link("1.05"))
    assert tuple(suite.store.distribute()) == (link("0.25"), link("0.05"))


def test_nothing_due_pays_nothing(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    for _ in range(2):
        assert tuple(suite.store.distribute()) == (0, 0)
    assert _paid(suite) == (0, 0)
    assert suite.store.stakeOf(ALICE) == link(3)


def test_a_second_distribution_pays_only_what_is_new(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    served(suite, nonce=1)
    suite.store.distribute()
    assert tuple(suite.store.distribute()) == (0, 0)
    served(suite, nonce=2)
    assert tuple(suite.store.distribute()) == (link("0.0125"), link("0.05"))


def test_p10_anyone_distributes_and_gets_nothing(suite: Suite, stranger: str) -> None:
    suite.stake(ALICE, link(3))
    earn(suite, link(4))
    suite.store.distribute(sender=stranger)
    assert _paid(suite) == (link(1), 0)
    assert suite.link.balanceOf(stranger) == 0


def test_p8_without_a_staker_profit_is_the_owners(suite: Suite) -> None:
    earn(suite, link(4))
    assert tuple(suite.store.distribute()) == (link(4), 0)


def test_stakes_and_escrow_are_not_distributed(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    customer = actor("customer")
    ask(suite, customer, link(2))
    assert tuple(suite.store.distribute()) == (0, 0)
    assert suite.link.balanceOf(suite.store.address) == link(5)


def test_p9_what_an_open_penalty_pledges_is_not_distributed(
    suite: Suite, listed: Contract, operator: str
) -> None:
    """Owners who distribute before a slash bear it all the same."""
    suite.stake(ALICE, link(100))
    earn(suite, link(8))
    suite.store.sendPenalty(listed.address, link("0.5"), word(1), sender=operator)
    assert suite.store.ownersPledged() == link("0.5")
    assert tuple(suite.store.distribute()) == (link("1.5"), 0)
    assert tuple(suite.store.distribute()) == (0, 0)
    listed.giveBackFinal(suite.store.address, link("0.1"), word(1))
    assert suite.store.totalStaked() == link(106)
    assert tuple(suite.store.distribute()) == (link("0.1"), 0)


def test_the_owners_bear_all_of_a_small_loss(suite: Suite, listed: Contract, operator: str) -> None:
    suite.stake(ALICE, link(100))
    earn(suite, link(8))
    suite.store.sendPenalty(listed.address, link("0.5"), word(1), sender=operator)
    listed.giveBackFinal(suite.store.address, 0, word(1))
    assert tuple(suite.store.distribute()) == (link("1.5"), 0)
    assert suite.store.stakeOf(ALICE) == link(106)


def test_p1_another_wallet_is_paid_only_what_is_earned_after_it_works(
    suite: Suite, logic: str
) -> None:
    suite.stake(ALICE, link(3))
    old, new = suite.store.operationsWallet(), actor("new wallet")
    suite.store.setTerm(2, int(new, 16), sender=logic)
    served(suite, nonce=1)
    travel(suite.factory.delay())
    suite.store.activateTerm(2)
    assert suite.link.balanceOf(old) == link("0.05")
    served(suite, nonce=2)
    suite.store.distribute()
    assert suite.link.balanceOf(old) == suite.link.balanceOf(new) == link("0.05")


@pytest.mark.parametrize(
    ("income", "owners"), [(1, 0), (3, 0), (4, 1), (7, 1), (8, 2), (10**27 // 2, 10**27 // 8)]
)
def test_p6_the_owners_part_rounds_down_and_the_stakers_have_the_remainder(
    suite: Suite, income: int, owners: int
) -> None:
    suite.stake(ALICE, link(3))
    earn(suite, income)
    assert suite.store.distribute()[0] == owners
    assert suite.store.totalStaked() == link(3) + income - owners


def test_p7_distributing_costs_the_same_for_one_and_for_a_hundred_stakers(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    gas = []
    for count in (1, 1, 100):
        for i in range(count - 1):
            send(suite, actor(f"staker {i}"), link(1))
        earn(suite, link(4))
        suite.store.distribute()
        gas.append(suite.store.call_trace().gas_used)
    assert abs(gas[2] - gas[1]) < 200


def test_link_sent_to_the_pools_own_instances_is_the_owners(suite: Suite) -> None:
    """They hold nothing for anybody, and nothing can be stuck there."""
    for address in (suite.factory.poolStorage(), suite.factory.poolData()):
        before = suite.link.balanceOf(suite.pool_owners.address)
        suite.fund(address, link(2))
        instance = suite.store_at(address)
        assert instance.pendingIncome() == link(2)
        assert tuple(instance.distribute()) == (link(2), 0)
        assert suite.link.balanceOf(suite.pool_owners.address) == before + link(2)


def test_p1_a_distribution_changes_no_other_balance(suite: Suite, stranger: str) -> None:
    suite.stake(ALICE, link(3))
    served(suite, link("4.05"))
    who = suite.actors
    others = [ALICE, stranger, who.owner, who.node_address, who.creator, suite.node.address]
    before = [suite.link.balanceOf(account) for account in others]
    suite.store.distribute(sender=who.owner)
    assert [suite.link.balanceOf(account) for account in others] == before
    assert books(suite.store).owners == books(suite.store).operations == 0
