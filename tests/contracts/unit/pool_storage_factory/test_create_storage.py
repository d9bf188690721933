# SPDX-License-Identifier: MIT
from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import ZERO, Contract, Suite, actor, code_hash, link, logs, mock


def _terms(suite: Suite, node_address: str) -> tuple[Any, ...]:
    operator = suite.actors.operator
    return (
        node_address,
        operator,
        operator,
        False,
        link(1000),
        link(1),
        link("0.1"),
        link("0.05"),
        500_000,
        250_000,
    )


def test_a_node_has_a_poolstorage_of_its_own(suite: Suite) -> None:
    second = actor("second node")
    suite.factory.createStorage(_terms(suite, second), sender=suite.node_factory.address)
    (event,) = logs(suite.factory, "StorageCreated")
    store = suite.factory.getStorageInstance(second)
    assert (event.node, event.store, event.index) == (second, store, 1)
    assert store != suite.store.address
    assert suite.factory.isStorage(store) and not suite.factory.isStorage(second)
    assert suite.store_at(store).nodeAddress() == second


def test_only_nodefactory_creates(suite: Suite, owner: str, stranger: str) -> None:
    terms = _terms(suite, actor("second node"))
    for outsider in (owner, stranger, suite.pool.address, suite.timelock.address):
        with boa.reverts("factory: caller not NodeFactory"):
            suite.factory.createStorage(terms, sender=outsider)


def test_an_address_has_one_poolstorage_for_ever(suite: Suite, node_address: str) -> None:
    with boa.reverts("factory: address is taken"):
        suite.factory.createStorage(_terms(suite, node_address), sender=suite.node_factory.address)
    assert suite.factory.getStorageInstance(node_address) == suite.store.address


def test_no_part_of_the_suite_becomes_a_node(suite: Suite, box: Contract) -> None:
    suite.whitelist(box.address)
    for taken in (
        ZERO,
        suite.link.address,
        suite.pool_owners.address,
        suite.timelock.address,
        suite.factory.address,
        suite.factory.poolStorage(),
        suite.factory.poolData(),
        suite.factory.implementation(),
        suite.store.address,
        suite.node.address,
        box.address,
    ):
        with boa.reverts("factory: address is taken"):
            suite.factory.createStorage(_terms(suite, taken), sender=suite.node_factory.address)


def test_terms_that_poolstorage_refuses_create_nothing(suite: Suite) -> None:
    greedy = (*_terms(suite, actor("second node"))[:-1], 500_001)
    with boa.reverts("storage: makers over limit"):
        suite.factory.createStorage(greedy, sender=suite.node_factory.address)
    assert suite.factory.storageCount() == 1
    with boa.reverts("factory: unknown node"):
        suite.factory.getStorageInstance(actor("second node"))


@pytest.mark.parametrize("unknown", [ZERO, actor("nobody")])
def test_an_unknown_node_has_no_poolstorage(suite: Suite, unknown: str) -> None:
    with boa.reverts("factory: unknown node"):
        suite.factory.getStorageInstance(unknown)


def test_p17_nodes_are_listed_in_the_order_of_creation_and_never_leave(suite: Suite) -> None:
    names = [actor(f"node {i}") for i in range(3)]
    stores = [suite.store.address, *(suite.create_node(name).address for name in names)]
    factory = suite.factory
    assert factory.storageCount() == 4
    assert [factory.storageAt(i) for i in range(4)] == stores
    assert [factory.getStorageInstance(name) for name in names] == stores[1:]
    with boa.reverts("factory: index out of range"):
        factory.storageAt(4)
    upgraded = mock("logic_target").address
    for name in ("LinkPool", "NodeFactory", "Node", "NodeStaking"):
        factory.setContract(name, ZERO, bytes(32), sender=suite.timelock.address)
    factory.setContract("Node", upgraded, code_hash(upgraded), sender=suite.timelock.address)
    suite.timelock.renounce_ownership(sender=suite.actors.owner)
    assert [factory.storageAt(i) for i in range(4)] == stores
    assert [factory.getStorageInstance(name) for name in names] == stores[1:]


def test_who_is_barred(suite: Suite, stranger: str, node_address: str) -> None:
    """Everything with a part in the suite; nobody else."""
    factory = suite.factory
    parts = [
        ZERO,
        suite.link.address,
        suite.pool_owners.address,
        suite.timelock.address,
        factory.address,
        factory.poolStorage(),
        factory.poolData(),
        factory.implementation(),
        suite.pool.address,
        suite.node.address,
        suite.staking.address,
        suite.node_factory.address,
        suite.store.address,
        node_address,
    ]
    assert [part for part in parts if not factory.isBarred(part)] == []
    people = (stranger, suite.actors.owner, suite.actors.operator, suite.actors.deployer)
    assert [person for person in people if factory.isBarred(person)] == []
