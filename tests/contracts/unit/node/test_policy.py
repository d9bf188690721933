# SPDX-License-Identifier: MIT
"""Limit, status, private nodes, minimum stake."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import ALL, Suite, actor, link, travel

SETTERS: list[tuple[str, tuple[Any, ...]]] = [
    ("setStakeLimit", (link(5),)),
    ("setPrivate", (True,)),
    ("setStakerAllowed", (actor("staker"), True)),
    ("setMinimumStake", (link(2),)),
]


@pytest.mark.parametrize(("setter", "arguments"), SETTERS, ids=[name for name, _ in SETTERS])
def test_only_the_owner_sets_policy(
    suite: Suite, node_address: str, setter: str, arguments: tuple[Any, ...]
) -> None:
    for outsider in (suite.actors.operator, suite.actors.stranger, node_address):
        with boa.reverts("node: caller is not owner"):
            getattr(suite.node, setter)(node_address, *arguments, sender=outsider)


@pytest.mark.parametrize(("setter", "arguments"), SETTERS, ids=[name for name, _ in SETTERS])
def test_an_unknown_node_has_no_policy(
    suite: Suite, owner: str, setter: str, arguments: tuple[Any, ...]
) -> None:
    with boa.reverts("factory: unknown node"):
        getattr(suite.node, setter)(actor("nobody"), *arguments, sender=owner)


def test_each_setter_changes_its_own_part_only(suite: Suite, owner: str, node_address: str) -> None:
    node = suite.node
    node.setPrivate(node_address, True, sender=owner)
    node.setStakeLimit(node_address, link(50), sender=owner)
    node.setMinimumStake(node_address, link(2), sender=owner)
    assert tuple(suite.store.policy()) == (True, True, False, link(50), link(2))
    node.setEnabled(node_address, False, sender=owner)
    assert tuple(suite.store.policy()) == (False, True, False, link(50), link(2))
    node.setPrivate(node_address, False, sender=owner)
    node.setEnabled(node_address, True, sender=owner)
    assert tuple(suite.store.policy()) == (True, False, False, link(50), link(2))


def test_the_limit_stops_stakes_and_no_withdrawal(
    suite: Suite, owner: str, staker: str, node_address: str
) -> None:
    suite.stake(staker, link(10))
    suite.node.setStakeLimit(node_address, link(9), sender=owner)
    suite.fund(staker, link(1))
    with boa.reverts("storage: over the stake limit"):
        suite.link.transferAndCall(suite.store.address, link(1), b"", sender=staker)
    travel(12)
    assert suite.node.withdrawStake(node_address, ALL, sender=staker) == link(10)


def test_the_minimum_is_for_new_positions_and_no_withdrawal(
    suite: Suite, owner: str, staker: str, stranger: str, node_address: str
) -> None:
    suite.stake(staker, link(10))
    suite.node.setMinimumStake(node_address, link(5), sender=owner)
    suite.stake(staker, 1)
    suite.fund(stranger, link(5))
    with boa.reverts("storage: below minimum stake"):
        suite.link.transferAndCall(suite.store.address, link(5) - 1, b"", sender=stranger)
    travel(12)
    assert suite.node.withdrawStake(node_address, link(9), sender=staker) == link(9)


def test_a_private_node_takes_allowed_stakers_only(
    suite: Suite, owner: str, staker: str, stranger: str, node_address: str
) -> None:
    suite.node.setPrivate(node_address, True, sender=owner)
    suite.node.setStakerAllowed(node_address, staker, True, sender=owner)
    suite.stake(staker, link(2))
    suite.fund(stranger, link(2))
    with boa.reverts("storage: staker is not allowed"):
        suite.link.transferAndCall(suite.store.address, link(2), b"", sender=stranger)
    suite.node.setStakerAllowed(node_address, staker, False, sender=owner)
    suite.fund(staker, link(2))
    with boa.reverts("storage: staker is not allowed"):
        suite.link.transferAndCall(suite.store.address, link(2), b"", sender=staker)
    travel(12)
    assert suite.node.withdrawStake(node_address, ALL, sender=staker) == link(2)


def test_owner_and_operator_disable_and_only_the_owner_enables(
    suite: Suite, owner: str, operator: str, stranger: str, node_address: str
) -> None:
    suite.node.setEnabled(node_address, False, sender=operator)
    assert not suite.store.policy().enabled
    with boa.reverts("node: caller is not owner"):
        suite.node.setEnabled(node_address, True, sender=operator)
    suite.node.setEnabled(node_address, True, sender=owner)
    suite.node.setEnabled(node_address, False, sender=owner)
    for outsider in (stranger, node_address):
        with boa.reverts("node: not owner or operator"):
            suite.node.setEnabled(node_address, False, sender=outsider)
        with boa.reverts("node: caller is not owner"):
            suite.node.setEnabled(node_address, True, sender=outsider)


def test_the_operator_of_one_node_has_no_say_on_another(suite: Suite, node_address: str) -> None:
    other = actor("other operator")
    suite.create_node(actor("second node"), operator=other)
    with boa.reverts("node: not owner or operator"):
        suite.node.setEnabled(node_address, False, sender=other)
    suite.node.setEnabled(actor("second node"), False, sender=other)
    assert suite.store.policy().enabled


def test_a_disabled_node_takes_no_stake_and_stops_no_withdrawal(
    staked: Suite, owner: str, staker: str, node_address: str
) -> None:
    staked.node.setEnabled(node_address, False, sender=owner)
    staked.fund(staker, link(1))
    with boa.reverts("storage: node is disabled"):
        staked.link.transferAndCall(staked.store.address, link(1), b"", sender=staker)
    assert staked.node.withdrawStake(node_address, ALL, sender=staker) == link(10)


def test_this_version_refuses_no_stake_when_asked(
    suite: Suite, staker: str, node_address: str
) -> None:
    """The bit that makes a PoolStorage ask is set by a later Node; here by hand."""
    policy = suite.store.policy()
    asking = (policy.enabled, policy.isPrivate, True, policy.limit, policy.minimumStake)
    suite.store.setPolicy(asking, sender=suite.node.address)
    suite.stake(staker, link(2))
    assert suite.store.stakeOf(staker) == link(2)
    suite.node.setPrivate(node_address, False, sender=suite.actors.owner)
    assert suite.store.policy().askNode
