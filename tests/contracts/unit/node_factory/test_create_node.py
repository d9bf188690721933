# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa

from tests.contracts.suite import ZERO, Contract, Suite, actor, link, logs

NEW = actor("second node")


def test_a_node_starts_with_the_default_terms(suite: Suite, operator: str) -> None:
    """Whitepaper 4.1 and 4.2: half of the payment runs the node, a quarter of the profit is the
    makers'."""
    suite.node_factory.createNode(NEW, operator, link(1000), True, sender=suite.pool.address)
    store = suite.store_of(NEW)
    assert store.nodeAddress() == NEW
    assert (store.operator(), store.operationsWallet()) == (operator, operator)
    assert (store.makersPercentage(), store.costCeiling()) == (250_000, 500_000)
    assert (store.minimumPayment(), store.operationalCost()) == (link("0.1"), link("0.05"))
    policy = store.policy()
    assert (policy.enabled, policy.isPrivate, policy.askNode) == (True, True, False)
    assert (policy.limit, policy.minimumStake) == (link(1000), link(1))


def test_a_creation_is_told(suite: Suite, operator: str) -> None:
    store = suite.node_factory.createNode(
        NEW, operator, link(1000), True, sender=suite.pool.address
    )
    (event,) = logs(suite.node_factory, "NodeCreated")
    assert (event.node, event.store, event.operator) == (NEW, store, operator)
    assert (event.limit, event.isPrivate) == (link(1000), True)


def test_only_linkpool_creates(suite: Suite, owner: str, stranger: str, operator: str) -> None:
    for outsider in (owner, stranger, operator, suite.node.address, suite.factory.address, NEW):
        with boa.reverts("creation: caller is not LinkPool"):
            suite.node_factory.createNode(NEW, operator, 1, False, sender=outsider)


def test_a_linkpool_that_was_replaced_creates_nothing(suite: Suite, operator: str) -> None:
    suite.factory.setContract("LinkPool", ZERO, bytes(32), sender=suite.timelock.address)
    with boa.reverts("creation: caller is not LinkPool"):
        suite.node_factory.createNode(NEW, operator, 1, False, sender=suite.pool.address)


def test_without_a_linkpool_nobody_creates(suite: Suite, operator: str) -> None:
    """An empty name is 0x0, from which nobody calls."""
    suite.factory.setContract("LinkPool", ZERO, bytes(32), sender=suite.timelock.address)
    for outsider in (suite.actors.owner, suite.node_factory.address):
        with boa.reverts("creation: caller is not LinkPool"):
            suite.node_factory.createNode(NEW, operator, 1, False, sender=outsider)


def test_a_node_does_not_operate_itself(suite: Suite) -> None:
    """Its key lies in a container: it must not send penalties."""
    with boa.reverts("creation: operator is the node"):
        suite.node_factory.createNode(NEW, NEW, 1, False, sender=suite.pool.address)


def test_no_part_of_the_suite_is_an_operator(suite: Suite, box: Contract) -> None:
    suite.whitelist(box.address)
    for taken in (ZERO, suite.link.address, suite.node.address, suite.actors.node_address, box):
        address = taken if isinstance(taken, str) else taken.address
        with boa.reverts("creation: operator is barred"):
            suite.node_factory.createNode(NEW, address, 1, False, sender=suite.pool.address)


def test_a_replaced_nodefactory_creates_nothing(suite: Suite, owner: str, operator: str) -> None:
    suite.factory.setContract("NodeFactory", ZERO, bytes(32), sender=suite.timelock.address)
    with boa.reverts("factory: caller not NodeFactory"):
        suite.node_factory.createNode(NEW, operator, 1, False, sender=suite.pool.address)
