# SPDX-License-Identifier: MIT
"""Everything about a node in one call, and the pages."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import (
    DELAY,
    Contract,
    Suite,
    actor,
    contract,
    link,
    mock,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.support import answer, ask


def test_a_new_node_read_whole(suite: Suite, node_address: str, operator: str) -> None:
    info = suite.pool.getNode(node_address)
    assert info._asdict() == {
        "nodeAddress": node_address,
        "poolStorage": suite.store.address,
        "operator": operator,
        "operationsWallet": operator,
        "enabled": True,
        "isPrivate": False,
        "limit": link(1_000_000),
        "minimumStake": link(1),
        "totalStaked": 0,
        "liquid": 0,
        "atRisk": 0,
        "stakers": 0,
        "pendingIncome": 0,
        "ownersDue": 0,
        "operationsDue": 0,
        "escrowed": 0,
        "makersPercentage": 250_000,
        "operationalCost": link("0.05"),
        "minimumPayment": link("0.1"),
        "openPenalties": 0,
        "lossAllowance": 50_000,
    }


def test_a_node_at_work_read_whole(
    suite: Suite, node_address: str, owner: str, operator: str, box: Contract
) -> None:
    store = suite.store
    suite.whitelist(box.address)
    suite.stake(suite.actors.staker, link(100))
    suite.fund(store.address, link(8))
    suite.stake(suite.actors.stranger, link(50))
    travel(12)
    store.sendPenalty(box.address, link(3), word(1), sender=operator)
    suite.fund(store.address, link(4))
    suite.node.setPrivate(node_address, True, sender=owner)
    suite.node.setEnabled(node_address, False, sender=owner)

    info = suite.pool.getNode(node_address)
    assert (info.enabled, info.isPrivate, info.stakers) == (False, True, 2)
    assert (info.totalStaked, info.ownersDue) == (link(156), link(2))
    assert (info.openPenalties, info.atRisk, info.pendingIncome) == (1, link(3), link(4))
    assert info.lossAllowance == 50_000 - -(-3_000_000 // 156)
    same = {
        "liquid": store.liquid(),
        "operationsDue": store.operationsDue(),
        "escrowed": store.escrowed(),
        "atRisk": store.atRisk(),
    }
    assert {name: getattr(info, name) for name in same} == same


def test_no_two_figures_of_a_node_are_taken_for_each_other(
    suite: Suite, node_address: str, owner: str, operator: str, box: Contract
) -> None:
    """All of them differ here; each is what the PoolStorage says itself."""
    store, wallet, customer = suite.store, actor("wallet"), actor("customer")
    suite.whitelist(box.address)
    suite.node.setOperationsWallet(node_address, wallet, sender=owner)
    travel(DELAY)
    suite.node.activateOperationsWallet(node_address)
    for number in range(3):
        suite.stake(actor(f"staker {number}"), link(50))
    answer(suite, ask(suite, customer, link("0.1"), nonce=1))
    ask(suite, customer, link("0.3"), nonce=2)
    suite.fund(store.address, link(8))
    store.sendPenalty(box.address, link(3), word(1), sender=operator)
    store.sendPenalty(box.address, link(1), word(2), sender=operator)
    suite.fund(store.address, link(7))
    suite.node.setMinimumStake(node_address, link(2), sender=owner)
    suite.node.setMinimumPayment(node_address, link("0.11"), sender=owner)
    suite.node.setOperationalCost(node_address, link("0.06"), sender=owner)
    suite.fund(store.address, link(5))
    policy = store.policy()
    figures = {
        "nodeAddress": node_address,
        "poolStorage": store.address,
        "operator": operator,
        "operationsWallet": wallet,
        "enabled": True,
        "isPrivate": False,
        "limit": policy.limit,
        "minimumStake": link(2),
        "totalStaked": store.totalStaked(),
        "liquid": store.liquid(),
        "atRisk": link(4),
        "stakers": 3,
        "pendingIncome": link(5),
        "ownersDue": store.ownersDue(),
        "operationsDue": link("0.05"),
        "escrowed": link("0.3"),
        "makersPercentage": 250_000,
        "operationalCost": link("0.06"),
        "minimumPayment": link("0.11"),
        "openPenalties": 2,
        "lossAllowance": store.lossAllowance(),
    }
    assert len({str(value) for value in figures.values()}) == len(figures)
    assert suite.pool.getNode(node_address)._asdict() == figures


def test_an_unknown_node_has_nothing_to_read(suite: Suite, staker: str) -> None:
    with boa.reverts("factory: unknown node"):
        suite.pool.getNode(actor("nobody"))
    with boa.reverts("factory: unknown node"):
        suite.pool.getStake(actor("nobody"), staker)


def test_a_stake_is_read_through_the_pool(
    suite: Suite, staker: str, stranger: str, node_address: str
) -> None:
    suite.stake(staker, link("3.5"))
    assert suite.pool.getStake(node_address, staker) == link("3.5")
    assert suite.pool.getStake(node_address, stranger) == 0


@pytest.fixture
def six(suite: Suite) -> list[str]:
    """Six nodes in the order of creation."""
    more = [actor(f"page {i}") for i in range(5)]
    for name in more:
        suite.create_node(name)
    return [suite.actors.node_address, *more]


@pytest.mark.parametrize(
    ("offset", "limit"),
    [(0, 6), (0, 3), (3, 3), (5, 100), (0, 2**256 - 1), (6, 1), (2**256 - 1, 2**256 - 1), (2, 0)],
)
def test_pages_of_nodes(suite: Suite, six: list[str], offset: int, limit: int) -> None:
    assert suite.pool.nodeCount() == 6
    assert suite.pool.getNodes(offset, limit) == six[offset : offset + limit]


def test_a_page_of_nodes_has_a_hundred_at_most(_fresh_chain: None) -> None:
    """Of a thousand nodes; else a page would grow dearer than a node serves."""
    crowd = mock("logic_crowd")
    pool = contract("LinkPool").deploy(crowd.address)
    assert pool.nodeCount() == 1000
    for offset, limit, size in ((0, 1000, 100), (0, 99, 99), (950, 1000, 50)):
        assert len(pool.getNodes(offset, limit)) == size


def test_p5_the_whitelist_is_read_page_by_page(suite: Suite, owner: str) -> None:
    boxes = [mock("penalty_box", suite.link.address) for _ in range(4)]
    addresses = [box.address for box in boxes]
    for address in addresses:
        suite.factory.announceDestination(address, sender=owner)
    assert suite.pool.whitelist(0, 100) == []
    travel(DELAY)
    for address in addresses[:3]:
        suite.factory.activateDestination(address)
    assert suite.pool.whitelist(0, 100) == addresses[:3]
    suite.factory.removeDestination(addresses[1], sender=owner)
    assert suite.pool.whitelist(0, 2) == addresses[:1]
    assert suite.pool.whitelist(2, 2) == addresses[2:3]
    assert suite.pool.whitelist(4, 1) == []
    assert [suite.pool.isWhitelisted(address) for address in addresses] == [
        True,
        False,
        True,
        False,
    ]


def test_p5_a_destination_whose_code_changed_is_not_on_the_whitelist(
    suite: Suite, box: Contract
) -> None:
    suite.whitelist(box.address)
    boa.env.set_code(box.address, boa.env.get_code(box.address) + b"\0")
    assert suite.pool.whitelist(0, 100) == []
    assert not suite.pool.isWhitelisted(box.address)


def test_everybody_knows_the_factory(suite: Suite) -> None:
    for part in (suite.pool, suite.node_factory, suite.node, suite.staking, suite.store):
        assert part.factory() == suite.factory.address
