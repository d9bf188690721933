# SPDX-License-Identifier: MIT
"""transferOperator() and acceptOperator(): the person behind a node changes in two steps."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ZERO, Suite, actor, logs, word
from tests.contracts.unit.pool_storage.support import ALICE

NEXT = actor("next operator")


def test_the_operator_proposes_and_the_other_accepts(suite: Suite, operator: str) -> None:
    suite.store.transferOperator(NEXT, sender=operator)
    (event,) = logs(suite.store, "OperatorProposed")
    assert (event.operator, event.proposed) == (operator, NEXT)
    assert (suite.store.operator(), suite.store.proposedOperator()) == (operator, NEXT)
    suite.store.acceptOperator(sender=NEXT)
    (event,) = logs(suite.store, "OperatorChanged")
    assert (event.old, event.new) == (operator, NEXT)
    assert (suite.store.operator(), suite.store.proposedOperator()) == (NEXT, ZERO)


def test_the_old_operator_has_no_power_left(suite: Suite, operator: str) -> None:
    suite.store.transferOperator(NEXT, sender=operator)
    suite.store.setAuthorizedSenders([], sender=operator)
    with boa.reverts("storage: only the operator"):
        suite.store.setAuthorizedSenders([], sender=NEXT)
    suite.store.acceptOperator(sender=NEXT)
    suite.store.setAuthorizedSenders([], sender=NEXT)
    for call in (
        lambda: suite.store.setAuthorizedSenders([], sender=operator),
        lambda: suite.store.transferOperator(operator, sender=operator),
    ):
        with boa.reverts("storage: only the operator"):
            call()
    with boa.reverts("storage: only logic"):
        suite.store.sendPenalty(ALICE, 1, word(1), sender=operator)


def test_only_the_operator_proposes(suite: Suite, logic: str) -> None:
    who = suite.actors
    for outsider in (who.owner, who.node_address, who.stranger, logic, NEXT):
        with boa.reverts("storage: only the operator"):
            suite.store.transferOperator(outsider, sender=outsider)


def test_only_the_proposed_accepts(suite: Suite, operator: str, stranger: str) -> None:
    for outsider in (operator, stranger, suite.actors.owner):
        with boa.reverts("storage: not proposed"):
            suite.store.acceptOperator(sender=outsider)
    suite.store.transferOperator(NEXT, sender=operator)
    for outsider in (operator, stranger, suite.actors.owner):
        with boa.reverts("storage: not proposed"):
            suite.store.acceptOperator(sender=outsider)


@pytest.mark.parametrize("instead", [ZERO, ALICE])
def test_a_proposal_is_taken_back_or_replaced(suite: Suite, operator: str, instead: str) -> None:
    suite.store.transferOperator(NEXT, sender=operator)
    suite.store.transferOperator(instead, sender=operator)
    with boa.reverts("storage: not proposed"):
        suite.store.acceptOperator(sender=NEXT)


def test_an_acceptance_works_once(suite: Suite, operator: str) -> None:
    suite.store.transferOperator(NEXT, sender=operator)
    suite.store.acceptOperator(sender=NEXT)
    suite.store.transferOperator(operator, sender=NEXT)
    suite.store.acceptOperator(sender=operator)
    with boa.reverts("storage: not proposed"):
        suite.store.acceptOperator(sender=NEXT)


def test_the_nodes_own_key_never_becomes_the_operator(suite: Suite, operator: str) -> None:
    suite.store.transferOperator(suite.actors.node_address, sender=operator)
    with boa.reverts("storage: the node's own key"):
        suite.store.acceptOperator(sender=suite.actors.node_address)


def test_the_operations_wallet_stays_where_it_was(suite: Suite, operator: str) -> None:
    suite.store.transferOperator(NEXT, sender=operator)
    suite.store.acceptOperator(sender=NEXT)
    assert suite.store.operationsWallet() == operator
