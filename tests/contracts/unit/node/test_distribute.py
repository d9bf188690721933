# SPDX-License-Identifier: MIT
"""distribute() and what pendingDistribution() says of it beforehand: whitepaper 6.1.4."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import Contract, Suite, actor, link, word


def _distributed(suite: Suite, node_address: str) -> tuple[int, int, int]:
    """What distribute() really does: to operations, to owners, to the stakers."""
    link_, store = suite.link, suite.store
    wallet, owners = store.operationsWallet(), suite.pool_owners.address
    before = (link_.balanceOf(wallet), link_.balanceOf(owners), store.totalStaked())
    paid = suite.node.distribute(node_address, sender=suite.actors.stranger)
    after = (link_.balanceOf(wallet), link_.balanceOf(owners), store.totalStaked())
    operations, owned, staked = (b - a for a, b in zip(before, after, strict=True))
    assert tuple(paid) == (owned, operations)
    return operations, owned, staked


@pytest.mark.parametrize("income", [0, 1, 3, 4, link(4), link(4) + 3, 10**27 - link(100)])
def test_what_is_announced_is_what_is_paid(staked: Suite, node_address: str, income: int) -> None:
    if income:
        staked.fund(staked.store.address, income)
    said = tuple(staked.node.pendingDistribution(node_address))
    assert said == (0, income // 4, income - income // 4)
    assert _distributed(staked, node_address) == said
    assert tuple(staked.node.pendingDistribution(node_address)) == (0, 0, 0)


def test_what_was_settled_before_is_paid_too(staked: Suite, node_address: str) -> None:
    staked.fund(staked.store.address, link(4))
    staked.stake(staked.actors.stranger, link(1))
    staked.fund(staked.store.address, link(8))
    said = tuple(staked.node.pendingDistribution(node_address))
    assert said == (0, link(3), link(6))
    assert _distributed(staked, node_address) == said


def test_p8_without_a_staker_all_of_it_is_the_owners(suite: Suite, node_address: str) -> None:
    suite.fund(suite.store.address, link(4))
    said = tuple(suite.node.pendingDistribution(node_address))
    assert said == (0, link(4), 0)
    assert _distributed(suite, node_address) == said


def test_what_an_open_penalty_pledges_is_not_announced(
    staked: Suite, node_address: str, box: Contract, operator: str
) -> None:
    staked.whitelist(box.address)
    staked.fund(staked.store.address, link(4))
    staked.stake(staked.actors.stranger, link(1))
    staked.node.sendPenalty(node_address, box.address, link("0.4"), word(1), sender=operator)
    assert staked.store.ownersPledged() == link("0.4")
    staked.fund(staked.store.address, link(4))
    said = tuple(staked.node.pendingDistribution(node_address))
    assert said == (0, link("1.6"), link(3))
    assert _distributed(staked, node_address) == said


def test_p10_anyone_distributes(staked: Suite, node_address: str, stranger: str) -> None:
    staked.fund(staked.store.address, link(4))
    staked.node.distribute(node_address, sender=stranger)
    assert staked.link.balanceOf(staked.pool_owners.address) == link(1)
    assert staked.link.balanceOf(stranger) == 0


def test_an_unknown_node_distributes_nothing(suite: Suite) -> None:
    with boa.reverts("factory: unknown node"):
        suite.node.distribute(actor("nobody"))
    with boa.reverts("factory: unknown node"):
        suite.node.pendingDistribution(actor("nobody"))
