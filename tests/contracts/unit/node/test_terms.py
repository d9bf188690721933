# SPDX-License-Identifier: MIT
"""Makers' percentage, cost ceiling, operations wallet, prices."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import DELAY, GRACE, Suite, actor, link, logs, travel

WALLET = actor("another wallet")
# setter, activation, term, a value that waits
WAITING: list[tuple[str, str, int, Any]] = [
    ("setMakersPercentage", "activateMakersPercentage", 0, 300_000),
    ("setCostCeiling", "activateCostCeiling", 1, 600_000),
    ("setOperationsWallet", "activateOperationsWallet", 2, WALLET),
]
NAMES = ["makersPercentage", "costCeiling", "operationsWallet"]


def _value(suite: Suite, term: int) -> Any:
    return getattr(suite.store, NAMES[term])()


@pytest.mark.parametrize(("setter", "activate", "term", "new"), WAITING, ids=NAMES)
def test_p4_a_new_power_is_announced_and_applied_by_anyone_after_the_delay(
    suite: Suite, node_address: str, setter: str, activate: str, term: int, new: Any
) -> None:
    old = _value(suite, term)
    getattr(suite.node, setter)(node_address, new, sender=suite.actors.owner)
    (event,) = logs(suite.node, "TermAnnounced")
    assert (event.term, event.ready) == (term, boa.env.timestamp + DELAY)
    travel(DELAY - 1)
    with boa.reverts("storage: not ready"):
        getattr(suite.node, activate)(node_address, sender=suite.actors.owner)
    assert _value(suite, term) == old
    travel(1)
    getattr(suite.node, activate)(node_address, sender=suite.actors.stranger)
    assert _value(suite, term) == new


@pytest.mark.parametrize(("setter", "activate", "term", "new"), WAITING, ids=NAMES)
def test_p4_an_announced_power_lapses(
    suite: Suite, node_address: str, setter: str, activate: str, term: int, new: Any
) -> None:
    getattr(suite.node, setter)(node_address, new, sender=suite.actors.owner)
    travel(DELAY + GRACE + 1)
    with boa.reverts("storage: nothing to activate"):
        getattr(suite.node, activate)(node_address)


@pytest.mark.parametrize(("setter", "activate", "term", "new"), WAITING, ids=NAMES)
def test_p4_an_announced_power_dies_with_the_owner(
    suite: Suite, node_address: str, setter: str, activate: str, term: int, new: Any
) -> None:
    getattr(suite.node, setter)(node_address, new, sender=suite.actors.owner)
    suite.timelock.renounce_ownership(sender=suite.actors.owner)
    travel(DELAY)
    with boa.reverts("storage: owner renounced"):
        getattr(suite.node, activate)(node_address)


@pytest.mark.parametrize(("setter", "activate", "term", "new"), WAITING, ids=NAMES)
def test_p4_an_announced_power_is_cancelled_at_once(
    suite: Suite, node_address: str, setter: str, activate: str, term: int, new: Any
) -> None:
    getattr(suite.node, setter)(node_address, new, sender=suite.actors.owner)
    suite.node.cancelAnnouncement(node_address, term, sender=suite.actors.owner)
    travel(DELAY)
    with boa.reverts("storage: nothing to activate"):
        getattr(suite.node, activate)(node_address)


@pytest.mark.parametrize(("setter", "activate", "term", "new"), WAITING, ids=NAMES)
def test_only_the_owner_announces_and_cancels(
    suite: Suite, node_address: str, setter: str, activate: str, term: int, new: Any
) -> None:
    for outsider in (suite.actors.operator, suite.actors.stranger, node_address):
        with boa.reverts("node: caller is not owner"):
            getattr(suite.node, setter)(node_address, new, sender=outsider)
        with boa.reverts("node: caller is not owner"):
            suite.node.cancelAnnouncement(node_address, term, sender=outsider)


@pytest.mark.parametrize(
    ("setter", "term", "lower"),
    [("setMakersPercentage", 0, 200_000), ("setCostCeiling", 1, 400_000)],
    ids=NAMES[:2],
)
def test_p4_a_reduction_works_at_once(
    suite: Suite, node_address: str, owner: str, setter: str, term: int, lower: int
) -> None:
    getattr(suite.node, setter)(node_address, lower, sender=owner)
    assert _value(suite, term) == lower


def test_what_arrived_before_a_reduction_is_shared_at_the_old_percentage(
    staked: Suite, node_address: str, owner: str
) -> None:
    staked.fund(staked.store.address, link(4))
    staked.node.setMakersPercentage(node_address, 0, sender=owner)
    assert staked.store.ownersDue() == link(1)
    assert staked.store.totalStaked() == link(13)


def test_owner_and_operator_set_prices_at_once(
    suite: Suite, node_address: str, owner: str, operator: str
) -> None:
    for who, price in ((owner, link("0.2")), (operator, link("0.3"))):
        suite.node.setMinimumPayment(node_address, price, sender=who)
        suite.node.setOperationalCost(node_address, price // 4, sender=who)
        assert suite.store.minimumPayment() == price
        assert suite.store.operationalCost() == price // 4


def test_nobody_else_sets_prices(suite: Suite, node_address: str, stranger: str) -> None:
    for outsider in (stranger, node_address, suite.actors.creator):
        with boa.reverts("node: not owner or operator"):
            suite.node.setMinimumPayment(node_address, 1, sender=outsider)
        with boa.reverts("node: not owner or operator"):
            suite.node.setOperationalCost(node_address, 1, sender=outsider)


def test_an_unknown_node_has_no_terms(suite: Suite, owner: str) -> None:
    nobody = actor("nobody")
    calls: list[tuple[str, tuple[Any, ...]]] = [
        ("setMakersPercentage", (1,)),
        ("setCostCeiling", (1,)),
        ("setOperationsWallet", (WALLET,)),
        ("setOperationalCost", (1,)),
        ("setMinimumPayment", (1,)),
        ("cancelAnnouncement", (0,)),
        ("activateMakersPercentage", ()),
        ("activateCostCeiling", ()),
        ("activateOperationsWallet", ()),
    ]
    for name, arguments in calls:
        with boa.reverts("factory: unknown node"):
            getattr(suite.node, name)(nobody, *arguments, sender=owner)
