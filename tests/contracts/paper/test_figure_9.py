# SPDX-License-Identifier: MIT
"""The cases of the paper's own LinkPool suite (Figure 9, section 6.2.1), under its names.

As its users would act: through LinkPool, NodeStaking and Node. Where ours is better on purpose the
better behaviour is asserted, and the case says so.
"""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ALL, Contract, Suite, actor, link, logs, travel

ALICE, BOB, CAROL = actor("alice"), actor("bob"), actor("carol")
NODE = actor("a new node")


def stake(suite: Suite, staker: str, juels: int, node: str | None = None) -> None:
    """Approves NodeStaking and stakes through it; a block passes."""
    suite.fund(staker, juels)
    suite.link.approve(suite.staking.address, juels, sender=staker)
    suite.staking.stake(node or suite.actors.node_address, juels, sender=staker)
    travel(12)


def stake_of(suite: Suite, staker: str) -> int:
    return int(suite.pool.getStake(suite.actors.node_address, staker))


def earn(suite: Suite, juels: int, node: str | None = None) -> None:
    """Profit reaches the node's own address and anyone triggers the distribution."""
    node_address = node or suite.actors.node_address
    suite.fund(suite.factory.getStorageInstance(node_address), juels)
    suite.node.distribute(node_address, sender=suite.actors.stranger)


@pytest.fixture
def private(suite: Suite, owner: str) -> Contract:
    """A private node at NODE; gives its PoolStorage."""
    return suite.create_node(NODE, limit=link(20_000), private=True)


def test_should_add_a_node(suite: Suite, owner: str, operator: str) -> None:
    store = suite.pool.createNode(NODE, operator, link(20_000), False, sender=owner)
    assert suite.factory.getStorageInstance(NODE) == store
    assert suite.pool.nodeCount() == 2
    assert suite.pool.getNodes(0, 10) == [suite.actors.node_address, NODE]
    info = suite.pool.getNode(NODE)
    assert (info.nodeAddress, info.operator, info.limit) == (NODE, operator, link(20_000))
    assert info.enabled and not info.isPrivate


def test_should_allow_staking(suite: Suite) -> None:
    stake(suite, ALICE, link(100))
    assert stake_of(suite, ALICE) == link(100)
    assert suite.link.balanceOf(suite.store.address) == link(100)
    assert suite.link.balanceOf(suite.staking.address) == 0


def test_should_be_able_to_get_a_staker_amount(suite: Suite) -> None:
    assert stake_of(suite, ALICE) == 0
    stake(suite, ALICE, link("12.345678901234567891"))
    assert stake_of(suite, ALICE) == 12_345_678_901_234_567_891
    assert stake_of(suite, BOB) == 0


def test_should_be_able_to_do_a_partial_withdraw(suite: Suite) -> None:
    stake(suite, ALICE, link(100))
    node = suite.actors.node_address
    assert suite.node.withdrawStake(node, link(40), sender=ALICE) == link(40)
    (event,) = logs(suite.node, "Withdrawal")
    assert (event.node, event.staker, event.amount) == (node, ALICE, link(40))
    assert suite.link.balanceOf(ALICE) == link(40)
    assert stake_of(suite, ALICE) == link(60)
    assert suite.pool.getNode(node).stakers == 1


def test_should_be_able_to_fully_withdraw(suite: Suite) -> None:
    stake(suite, ALICE, link(100))
    node = suite.actors.node_address
    assert suite.node.withdrawStake(node, link(100), sender=ALICE) == link(100)
    assert suite.link.balanceOf(ALICE) == link(100)
    assert stake_of(suite, ALICE) == 0
    assert suite.pool.getNode(node).stakers == 0


def test_the_number_of_stakers_falls_with_ones_own_stake_and_not_the_nodes_total(
    suite: Suite,
) -> None:
    """Figure 8 tests the node's total: of two stakers neither would ever be counted out."""
    stake(suite, ALICE, link(100))
    stake(suite, BOB, link(50))
    node = suite.actors.node_address
    suite.node.withdrawStake(node, ALL, sender=ALICE)
    assert suite.pool.getNode(node).stakers == 1
    suite.node.withdrawStake(node, link(49), sender=BOB)
    assert suite.pool.getNode(node).stakers == 1
    suite.node.withdrawStake(node, ALL, sender=BOB)
    assert suite.pool.getNode(node).stakers == 0


def test_a_withdrawal_of_more_than_the_stake_is_refused(suite: Suite) -> None:
    stake(suite, ALICE, link(100))
    stake(suite, BOB, link(50))
    node = suite.actors.node_address
    with boa.reverts("storage: exceeds withdrawable"):
        suite.node.withdrawStake(node, link(100) + 1, sender=ALICE)
    with boa.reverts("storage: nothing staked"):
        suite.node.withdrawStake(node, 1, sender=CAROL)


def test_should_allow_multiple_stakes(suite: Suite) -> None:
    for staker, juels in ((ALICE, 100), (BOB, 200), (ALICE, 50), (CAROL, 300), (ALICE, 25)):
        stake(suite, staker, link(juels))
    assert [stake_of(suite, who) for who in (ALICE, BOB, CAROL)] == [
        link(175),
        link(200),
        link(300),
    ]
    info = suite.pool.getNode(suite.actors.node_address)
    assert (info.totalStaked, info.stakers) == (link(675), 3)


def test_should_allow_adding_shares_back_to_stakers_proportionately(suite: Suite) -> None:
    """100 LINK of profit, three quarters of it on stakes of 1 : 2 : 5. No loop over people."""
    for staker, juels in ((ALICE, 100), (BOB, 200), (CAROL, 500)):
        stake(suite, staker, link(juels))
    earn(suite, link(100))
    assert stake_of(suite, ALICE) == link("109.375")
    assert stake_of(suite, BOB) == link("218.75")
    assert stake_of(suite, CAROL) == link("546.875")


def test_shares_added_back_are_staked_and_can_leave(suite: Suite) -> None:
    stake(suite, ALICE, link(100))
    earn(suite, link(100))
    paid = suite.node.withdrawStake(suite.actors.node_address, ALL, sender=ALICE)
    assert paid == suite.link.balanceOf(ALICE) == link(175)


def test_should_be_able_to_withdraw_taken_shares_from_the_owners_contract(
    suite: Suite, owner: str
) -> None:
    """Two owners, a half and a quarter of PoolOwners: each fetches exactly that of the cut."""
    stake(suite, ALICE, link(100))
    owners = suite.pool_owners
    first, second = actor("first owner"), actor("second owner")
    owners.whitelistToken(suite.link.address, 0, sender=owner)
    owners.setOwnerShare(first, 2000 * 10**18, sender=owner)
    owners.setOwnerShare(second, 1000 * 10**18, sender=owner)
    earn(suite, link(100))
    assert suite.link.balanceOf(owners.address) == link(25)
    owners.distributeTokens(suite.link.address, sender=suite.actors.stranger)
    owners.claim(suite.link.address, sender=first)
    owners.claimFor(second, suite.link.address, sender=suite.actors.stranger)
    assert suite.link.balanceOf(first) == link("12.5")
    assert suite.link.balanceOf(second) == link("6.25")


def test_should_be_able_to_set_the_percentage(suite: Suite, owner: str) -> None:
    """A lower one works at once; a higher one is announced and waits (P4)."""
    node = suite.actors.node_address
    stake(suite, ALICE, link(100))
    suite.node.setMakersPercentage(node, 100_000, sender=owner)
    earn(suite, link(10))
    assert stake_of(suite, ALICE) == link(109)
    suite.node.setMakersPercentage(node, 500_000, sender=owner)
    earn(suite, link(10))
    assert stake_of(suite, ALICE) == link(118)
    travel(suite.factory.delay())
    suite.node.activateMakersPercentage(node)
    earn(suite, link(10))
    assert stake_of(suite, ALICE) == link(123)


def test_should_be_able_to_set_the_limit(suite: Suite, owner: str) -> None:
    node = suite.actors.node_address
    suite.node.setStakeLimit(node, link(100), sender=owner)
    assert suite.pool.getNode(node).limit == link(100)
    stake(suite, ALICE, link(100))
    with boa.reverts():  # the token passes no reason on from so deep
        stake(suite, BOB, link(1))
    suite.node.setStakeLimit(node, link(101), sender=owner)
    stake(suite, BOB, link(1))
    assert suite.pool.getNode(node).totalStaked == link(101)


def test_should_be_able_to_disable_a_node(suite: Suite, owner: str) -> None:
    """And its stakers can leave all the same."""
    node = suite.actors.node_address
    stake(suite, ALICE, link(100))
    suite.node.setEnabled(node, False, sender=owner)
    assert not suite.pool.getNode(node).enabled
    assert suite.node.withdrawStake(node, ALL, sender=ALICE) == link(100)


def test_should_be_able_to_add_a_new_staker_to_a_private_node(
    suite: Suite, owner: str, private: Contract
) -> None:
    assert suite.pool.getNode(NODE).isPrivate
    suite.node.setStakerAllowed(NODE, ALICE, True, sender=owner)
    stake(suite, ALICE, link(100), NODE)
    assert suite.pool.getStake(NODE, ALICE) == link(100)


def test_should_not_be_able_to_stake_to_a_private_node_if_not_allowed(
    suite: Suite, owner: str, private: Contract
) -> None:
    suite.node.setStakerAllowed(NODE, ALICE, True, sender=owner)
    with boa.reverts("storage: staker is not allowed"):
        stake(suite, BOB, link(100), NODE)
    suite.node.setStakerAllowed(NODE, ALICE, False, sender=owner)
    with boa.reverts("storage: staker is not allowed"):
        stake(suite, ALICE, link(100), NODE)
    assert private.totalStaked() == 0


def test_should_not_be_able_to_add_a_stake_when_the_node_is_disabled(
    suite: Suite, owner: str
) -> None:
    stake(suite, ALICE, link(100))
    suite.node.setEnabled(suite.actors.node_address, False, sender=owner)
    for staker in (ALICE, BOB):
        with boa.reverts("storage: node is disabled"):
            stake(suite, staker, link(10))
    assert stake_of(suite, ALICE) == link(100)


def test_should_not_be_able_to_add_a_node_if_not_the_owner(suite: Suite) -> None:
    who = suite.actors
    for outsider in (who.operator, who.stranger, who.node_address, who.deployer, who.creator):
        with boa.reverts("pool: not owner or creator"):
            suite.pool.createNode(NODE, who.operator, link(1), False, sender=outsider)
    assert suite.pool.nodeCount() == 1
