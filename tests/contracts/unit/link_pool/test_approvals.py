# SPDX-License-Identifier: MIT
"""approveNode(), registerNode(): a node registers itself at first boot."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import ZERO, Suite, actor, link, logs
from tests.contracts.unit.link_pool.figures import LIMIT

FRESH = actor("fresh node")
NOTHING = (ZERO, 0, False)


@pytest.fixture
def approved(suite: Suite, owner: str, operator: str) -> str:
    """A fresh node, private, of 70 LINK, approved."""
    suite.pool.approveNode(FRESH, operator, link(70), True, sender=owner)
    return FRESH


def test_an_approved_node_registers_itself(suite: Suite, approved: str, operator: str) -> None:
    (event,) = logs(suite.pool, "NodeApproved")
    assert (event.node, event.operator) == (FRESH, operator)
    assert (event.limit, event.isPrivate) == (link(70), True)
    assert tuple(suite.pool.approvalOf(FRESH)) == (operator, link(70), True)

    store = suite.pool.registerNode(sender=FRESH)
    assert suite.factory.getStorageInstance(FRESH) == store
    info = suite.pool.getNode(FRESH)
    assert (info.operator, info.limit, info.isPrivate) == (operator, link(70), True)


def test_an_approval_is_used_up(suite: Suite, approved: str) -> None:
    suite.pool.registerNode(sender=FRESH)
    assert tuple(suite.pool.approvalOf(FRESH)) == NOTHING
    with boa.reverts("pool: not approved"):
        suite.pool.registerNode(sender=FRESH)


def test_only_the_approved_key_registers(suite: Suite, approved: str) -> None:
    actors = suite.actors
    for outsider in (actors.owner, actors.operator, actors.stranger, actors.node_address):
        with boa.reverts("pool: not approved"):
            suite.pool.registerNode(sender=outsider)


def test_only_the_owner_approves_and_revokes(
    suite: Suite, approved: str, keeper: str, listed: str
) -> None:
    for outsider in (keeper, suite.actors.stranger, suite.actors.operator, FRESH):
        with boa.reverts("pool: caller is not owner"):
            suite.pool.approveNode(FRESH, listed, 1, False, sender=outsider)
        with boa.reverts("pool: caller is not owner"):
            suite.pool.revokeApproval(FRESH, sender=outsider)


def test_a_revoked_approval_is_worth_nothing(suite: Suite, approved: str, owner: str) -> None:
    suite.pool.revokeApproval(FRESH, sender=owner)
    (event,) = logs(suite.pool, "NodeApprovalRevoked")
    assert event.node == FRESH
    with boa.reverts("pool: not approved"):
        suite.pool.registerNode(sender=FRESH)
    with boa.reverts("pool: not approved"):
        suite.pool.revokeApproval(FRESH, sender=owner)


def test_a_later_approval_replaces_the_earlier(suite: Suite, approved: str, owner: str) -> None:
    suite.pool.approveNode(FRESH, actor("other"), link(9), False, sender=owner)
    suite.pool.registerNode(sender=FRESH)
    info = suite.pool.getNode(FRESH)
    assert (info.operator, info.limit, info.isPrivate) == (actor("other"), link(9), False)


def test_p4_nothing_approved_works_after_the_owner_renounced(
    suite: Suite, keeper: str, listed: str, owner: str
) -> None:
    """Neither by the node's key nor by the creator under the approved terms."""
    suite.pool.approveNode(FRESH, listed, LIMIT, False, sender=owner)
    suite.timelock.renounce_ownership(sender=owner)
    with boa.reverts("pool: no owner"):
        suite.pool.registerNode(sender=FRESH)
    with boa.reverts("pool: no owner"):
        suite.pool.createNode(FRESH, listed, LIMIT, False, sender=keeper)


def test_an_approved_address_is_not_squatted_by_the_creator(
    suite: Suite, keeper: str, listed: str, owner: str
) -> None:
    """Else a stolen creator key puts another operator behind a node that is about to boot."""
    suite.pool.approveNode(FRESH, suite.actors.operator, LIMIT, False, sender=owner)
    with boa.reverts("pool: not as approved"):
        suite.pool.createNode(FRESH, listed, LIMIT, False, sender=keeper)
    suite.pool.registerNode(sender=FRESH)
    assert suite.pool.getNode(FRESH).operator == suite.actors.operator


@pytest.mark.parametrize("changed", ["operator", "limit", "private"])
def test_an_approved_address_is_created_as_approved_or_not_at_all(
    suite: Suite, approved: str, owner: str, operator: str, changed: str
) -> None:
    """By the owner neither: who approved may revoke."""
    terms: dict[str, Any] = {"operator": operator, "limit": link(70), "private": True}
    other: dict[str, Any] = {"operator": actor("other"), "limit": link(71), "private": False}
    wrong = terms | {changed: other[changed]}
    with boa.reverts("pool: not as approved"):
        suite.pool.createNode(FRESH, *wrong.values(), sender=owner)
    suite.pool.createNode(FRESH, *terms.values(), sender=owner)
    assert tuple(suite.pool.approvalOf(FRESH)) == NOTHING


def test_the_creator_may_create_as_approved_within_its_own_bounds(
    suite: Suite, keeper: str, listed: str, owner: str
) -> None:
    suite.pool.approveNode(FRESH, listed, LIMIT, False, sender=owner)
    before = suite.pool.creatorAllowance()
    suite.pool.createNode(FRESH, listed, LIMIT, False, sender=keeper)
    assert suite.pool.creatorAllowance() == before - 1
    with boa.reverts("pool: not approved"):
        suite.pool.registerNode(sender=FRESH)


def test_what_cannot_become_a_node_is_not_approved(
    suite: Suite, owner: str, operator: str, node_address: str
) -> None:
    for taken in (ZERO, node_address, suite.store.address, suite.link.address):
        with boa.reverts("pool: address is taken"):
            suite.pool.approveNode(taken, operator, 1, False, sender=owner)
    with boa.reverts("pool: operator is the node"):
        suite.pool.approveNode(FRESH, FRESH, 1, False, sender=owner)
    for barred in (ZERO, node_address, suite.node.address):
        with boa.reverts("pool: operator is barred"):
            suite.pool.approveNode(FRESH, barred, 1, False, sender=owner)
    with boa.reverts("pool: limit too high"):
        suite.pool.approveNode(FRESH, operator, 2**90, False, sender=owner)
    suite.pool.approveNode(FRESH, operator, 2**90 - 1, False, sender=owner)
    suite.pool.registerNode(sender=FRESH)
    assert suite.pool.getNode(FRESH).limit == 2**90 - 1


def test_an_operator_that_became_a_node_meanwhile_fails_at_creation(
    suite: Suite, owner: str
) -> None:
    second = actor("second node")
    suite.pool.approveNode(FRESH, second, 1, False, sender=owner)
    suite.create_node(second)
    with boa.reverts("creation: operator is barred"):
        suite.pool.registerNode(sender=FRESH)
