# SPDX-License-Identifier: MIT
"""The operators whom the creator may name: additions wait, removals do not."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DELAY, GRACE, ZERO, Suite, actor, logs, travel
from tests.contracts.unit.link_pool.figures import LIMIT

COMPANY = actor("company")


@pytest.fixture
def announced(suite: Suite, owner: str) -> str:
    suite.pool.announceOperator(COMPANY, sender=owner)
    return COMPANY


def test_p4_an_operator_joins_the_list_after_the_delay(
    suite: Suite, announced: str, owner: str, stranger: str
) -> None:
    (event,) = logs(suite.pool, "OperatorAnnounced")
    now = boa.env.timestamp
    assert (event.operator, event.ready, event.lapse) == (
        COMPANY,
        now + DELAY,
        now + DELAY + GRACE,
    )
    assert suite.pool.operatorReady(COMPANY) == now + DELAY
    travel(DELAY - 1)
    with boa.reverts("pool: not ready"):
        suite.pool.activateOperator(COMPANY, sender=owner)
    assert not suite.pool.isOperator(COMPANY)
    travel(1)
    suite.pool.activateOperator(COMPANY, sender=stranger)
    (activated,) = logs(suite.pool, "OperatorActivated")
    assert activated.operator == COMPANY
    assert suite.pool.isOperator(COMPANY)
    assert suite.pool.operatorReady(COMPANY) == 0


def test_p4_an_announcement_lapses_and_may_be_repeated(
    suite: Suite, announced: str, owner: str
) -> None:
    travel(DELAY + GRACE)
    with boa.reverts("pool: already announced"):
        suite.pool.announceOperator(COMPANY, sender=owner)
    travel(1)
    with boa.reverts("pool: announcement lapsed"):
        suite.pool.activateOperator(COMPANY)
    suite.pool.announceOperator(COMPANY, sender=owner)
    with boa.reverts("pool: not ready"):
        suite.pool.activateOperator(COMPANY)
    travel(DELAY + GRACE)
    suite.pool.activateOperator(COMPANY)
    assert suite.pool.isOperator(COMPANY)


def test_p4_nobody_joins_after_the_owner_renounced(
    suite: Suite, announced: str, owner: str
) -> None:
    suite.timelock.renounce_ownership(sender=owner)
    travel(DELAY)
    with boa.reverts("pool: no owner"):
        suite.pool.activateOperator(COMPANY)


def test_p4_an_operator_leaves_the_list_at_once(
    suite: Suite, keeper: str, listed: str, owner: str
) -> None:
    suite.pool.removeOperator(listed, sender=owner)
    (event,) = logs(suite.pool, "OperatorRemoved")
    assert event.operator == listed
    with boa.reverts("pool: operator not on the list"):
        suite.pool.createNode(actor("new node"), listed, LIMIT, False, sender=keeper)


def test_p4_a_removed_announcement_cannot_be_activated(
    suite: Suite, announced: str, owner: str
) -> None:
    suite.pool.removeOperator(COMPANY, sender=owner)
    travel(DELAY)
    with boa.reverts("pool: not announced"):
        suite.pool.activateOperator(COMPANY)


def test_only_the_owner_names_and_removes(
    suite: Suite, keeper: str, listed: str, stranger: str
) -> None:
    for outsider in (keeper, stranger, listed, suite.actors.operator):
        with boa.reverts("pool: caller is not owner"):
            suite.pool.announceOperator(COMPANY, sender=outsider)
        with boa.reverts("pool: caller is not owner"):
            suite.pool.removeOperator(listed, sender=outsider)


def test_an_operator_of_the_list_is_not_announced_or_activated_again(
    suite: Suite, listed: str, owner: str
) -> None:
    with boa.reverts("pool: already an operator"):
        suite.pool.announceOperator(listed, sender=owner)
    with boa.reverts("pool: not announced"):
        suite.pool.activateOperator(listed)


def test_an_unknown_operator_is_neither_activated_nor_removed(suite: Suite, owner: str) -> None:
    assert not suite.pool.isOperator(COMPANY)
    assert suite.pool.operatorReady(COMPANY) == 0
    with boa.reverts("pool: not announced"):
        suite.pool.activateOperator(COMPANY)
    with boa.reverts("pool: unknown operator"):
        suite.pool.removeOperator(COMPANY, sender=owner)


def test_no_part_of_the_suite_is_an_operator(suite: Suite, owner: str, node_address: str) -> None:
    for taken in (ZERO, suite.link.address, suite.node.address, node_address):
        with boa.reverts("pool: operator is barred"):
            suite.pool.announceOperator(taken, sender=owner)
