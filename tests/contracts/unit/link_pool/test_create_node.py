# SPDX-License-Identifier: MIT
"""createNode(): by the owner, or by the creator within its bounds."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DAY, ZERO, Suite, actor, link, travel
from tests.contracts.unit.link_pool.figures import DAILY, LIMIT

NEW = actor("new node")


def test_the_owner_creates_a_node_of_any_limit_and_operator(suite: Suite, owner: str) -> None:
    operator = actor("unlisted operator")
    store = suite.pool.createNode(NEW, operator, link(7), True, sender=owner)
    assert suite.factory.getStorageInstance(NEW) == store
    assert suite.store_at(store).operator() == operator
    assert suite.store_at(store).policy().limit == link(7)
    assert suite.store_at(store).policy().isPrivate


def test_nobody_else_creates_a_node(suite: Suite, keeper: str, listed: str) -> None:
    actors = suite.actors
    for outsider in (
        actors.stranger,
        actors.operator,
        actors.deployer,
        actors.staker,
        NEW,
        suite.timelock.address,
        suite.node_factory.address,
    ):
        with boa.reverts("pool: not owner or creator"):
            suite.pool.createNode(NEW, listed, LIMIT, False, sender=outsider)


def test_without_a_creator_only_the_owner_creates(suite: Suite, stranger: str) -> None:
    assert suite.pool.creator() == ZERO
    with boa.reverts("pool: not owner or creator"):
        suite.pool.createNode(NEW, suite.actors.operator, 0, False, sender=stranger)


def test_an_address_is_created_once(suite: Suite, owner: str, node_address: str) -> None:
    with boa.reverts("factory: address is taken"):
        suite.pool.createNode(node_address, suite.actors.operator, 1, False, sender=owner)


def test_a_limit_wider_than_a_poolstorage_keeps_is_refused(suite: Suite, owner: str) -> None:
    with boa.reverts("storage: limit too large"):
        suite.pool.createNode(NEW, suite.actors.operator, 2**90, False, sender=owner)
    suite.pool.createNode(NEW, suite.actors.operator, 2**90 - 1, False, sender=owner)


def test_the_creator_creates_with_its_own_terms(suite: Suite, keeper: str, listed: str) -> None:
    store = suite.pool.createNode(NEW, listed, LIMIT, False, sender=keeper)
    assert suite.store_at(store).operator() == listed
    assert suite.store_at(store).policy().limit == LIMIT


@pytest.mark.parametrize(("limit", "private"), [(LIMIT + 1, False), (0, False), (LIMIT, True)])
def test_the_creator_creates_with_no_other_terms(
    suite: Suite, keeper: str, listed: str, limit: int, private: bool
) -> None:
    with boa.reverts("pool: not the creator's terms"):
        suite.pool.createNode(NEW, listed, limit, private, sender=keeper)


def test_the_creator_names_only_operators_of_the_list(suite: Suite, keeper: str) -> None:
    """Else a stolen key makes itself the operator of nodes that stakers trust."""
    for unlisted in (keeper, suite.actors.operator, suite.actors.owner):
        with boa.reverts("pool: operator not on the list"):
            suite.pool.createNode(NEW, unlisted, LIMIT, False, sender=keeper)


def test_the_creator_stops_at_its_daily_number(suite: Suite, keeper: str, listed: str) -> None:
    for i in range(DAILY):
        assert suite.pool.creatorAllowance() == DAILY - i
        suite.pool.createNode(actor(f"daily {i}"), listed, LIMIT, False, sender=keeper)
    assert suite.pool.creatorAllowance() == 0
    with boa.reverts("pool: daily number reached"):
        suite.pool.createNode(NEW, listed, LIMIT, False, sender=keeper)


def test_the_daily_number_starts_again_at_midnight(suite: Suite, keeper: str, listed: str) -> None:
    for i in range(DAILY):
        suite.pool.createNode(actor(f"daily {i}"), listed, LIMIT, False, sender=keeper)
    to_midnight = DAY - boa.env.timestamp % DAY
    travel(to_midnight - 1)
    with boa.reverts("pool: daily number reached"):
        suite.pool.createNode(NEW, listed, LIMIT, False, sender=keeper)
    travel(1)
    assert suite.pool.creatorAllowance() == DAILY
    suite.pool.createNode(NEW, listed, LIMIT, False, sender=keeper)
    assert suite.pool.creatorAllowance() == DAILY - 1


def test_what_the_owner_creates_takes_nothing_from_the_creator(
    suite: Suite, keeper: str, owner: str
) -> None:
    suite.pool.createNode(NEW, suite.actors.operator, 1, False, sender=owner)
    assert suite.pool.creatorAllowance() == DAILY


def test_a_creation_that_fails_is_not_counted(
    suite: Suite, keeper: str, listed: str, node_address: str
) -> None:
    with boa.reverts("factory: address is taken"):
        suite.pool.createNode(node_address, listed, LIMIT, False, sender=keeper)
    assert suite.pool.creatorAllowance() == DAILY


def test_without_a_nodefactory_nobody_creates(suite: Suite, owner: str) -> None:
    suite.factory.setContract("NodeFactory", ZERO, bytes(32), sender=suite.timelock.address)
    with boa.reverts("pool: no NodeFactory"):
        suite.pool.createNode(NEW, suite.actors.operator, 1, False, sender=owner)
