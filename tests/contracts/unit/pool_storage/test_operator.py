# SPDX-License-Identifier: MIT
"""transferOperator() and acceptOperator(): the person behind a node changes in two steps."""

from __future__ import annotations

import boa
import pytest
from eth_utils.address import to_checksum_address

from tests.contracts.suite import ZERO, Contract, Suite, actor, link, logs, word
from tests.contracts.unit.pool_storage.support import ALICE, earn

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


@pytest.mark.parametrize("newcomer", [NEXT, "0x" + "00" * 19 + "01", "0x" + "ff" * 20])
def test_operators_come_and_go_while_the_owners_due_is_pledged(
    suite: Suite, listed: Contract, operator: str, newcomer: str
) -> None:
    """Both lie in one word: what is pledged to a record stays, and makes nobody an operator."""
    newcomer = to_checksum_address(newcomer)
    suite.stake(ALICE, link(100))
    earn(suite, link(8))
    suite.store.sendPenalty(listed.address, link("0.5"), word(1), sender=operator)
    due = suite.store.ownersDue()
    assert (suite.store.operator(), suite.store.ownersPledged()) == (operator, link("0.5"))
    suite.store.transferOperator(newcomer, sender=operator)
    suite.store.acceptOperator(sender=newcomer)
    assert (suite.store.operator(), suite.store.ownersPledged()) == (newcomer, link("0.5"))
    # The rest of what is due, and no more, however large the penalty.
    suite.store.sendPenalty(listed.address, link(3), word(2), sender=newcomer)
    assert (suite.store.operator(), suite.store.ownersPledged()) == (newcomer, due)
    suite.store.sendPenalty(listed.address, link(1), word(3), sender=newcomer)
    assert suite.store.ownersPledged() == due
    suite.store.transferOperator(operator, sender=newcomer)
    for reference, juels in ((1, link("0.5")), (2, link(3)), (3, link(1))):
        listed.giveBack(suite.store.address, juels, word(reference))
    assert (suite.store.operator(), suite.store.ownersPledged()) == (newcomer, 0)
    suite.store.acceptOperator(sender=operator)
    assert (suite.store.operator(), suite.store.ownersPledged()) == (operator, 0)
    with boa.reverts("storage: only the operator"):
        suite.store.setAuthorizedSenders([], sender=newcomer)
