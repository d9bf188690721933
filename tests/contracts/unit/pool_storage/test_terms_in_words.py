# SPDX-License-Identifier: MIT
"""Terms and policy written on filled books: each changes its own field and not a bit beside it."""

from __future__ import annotations

from random import Random

import boa
import pytest

from tests.contracts.suite import DELAY, Suite, actor, link, logs, travel
from tests.contracts.unit.pool_storage.support import (
    ANSWER,
    SPEC,
    ask,
    send,
    stake_for,
)
from tests.contracts.unit.pool_storage.words import M90, full, install

FIELDS = {0: "makers", 1: "ceiling", 3: "cost", 4: "payment"}
MOST = {0: 500_000, 1: 1_000_000, 3: 2**76 - 1, 4: 2**76 - 1}


@pytest.mark.parametrize("term", FIELDS)
def test_a_term_set_changes_its_own_field(suite: Suite, logic: str, term: int) -> None:
    """At once where it is lower or a price; what it was and is, as the event says."""
    before = full(Random(term), overdue=0) | {FIELDS[term]: MOST[term]}
    words = install(suite, before, 0)
    for old, new in ((MOST[term], 1), (1, 1), (1, 0)):
        suite.store.setTerm(term, new, sender=logic)
        (event,) = logs(suite.store, "TermChanged")
        assert (event.term, event.old, event.new) == (term, old, new)
        assert words.read() == {**before, FIELDS[term]: new}


@pytest.mark.parametrize("term", [0, 1])
def test_a_term_activated_changes_its_own_field(suite: Suite, logic: str, term: int) -> None:
    """To all it may be; what is one more is announced, what is the same is not."""
    before = full(Random(term), overdue=0) | {FIELDS[term]: MOST[term] - 1}
    words = install(suite, before, 0)
    suite.store.setTerm(term, MOST[term], sender=logic)
    assert words.read() == before
    assert suite.store.announcement(term).value == MOST[term]
    travel(DELAY)
    suite.store.activateTerm(term)
    (event,) = logs(suite.store, "TermActivated")
    assert (event.term, event.old, event.new) == (term, MOST[term] - 1, MOST[term])
    assert words.read() == {**before, FIELDS[term]: MOST[term]}


def test_a_wallet_of_any_bits_is_announced_and_activated(suite: Suite, logic: str) -> None:
    for number in (2**160 - 1, 2**159, 17):
        suite.store.setTerm(2, number, sender=logic)
        ready = boa.env.timestamp + DELAY
        assert tuple(suite.store.announcement(2))[:2] == (number, ready)
        travel(DELAY)
        suite.store.activateTerm(2)
        assert int(suite.store.operationsWallet(), 16) == number


def test_an_announcement_can_be_activated_from_ready_to_lapse(suite: Suite, logic: str) -> None:
    """A lapsed one shows its times all the same; a cancelled one shows none."""
    suite.store.setTerm(0, 300_000, sender=logic)
    ready = boa.env.timestamp + DELAY
    for late in (0, DELAY, 10 * DELAY):
        travel(late)
        assert tuple(suite.store.announcement(0)) == (300_000, ready, ready + 14 * 86_400)
    suite.store.cancelTerm(0, sender=logic)
    assert tuple(suite.store.announcement(0)) == (0, 0, 0)


@pytest.mark.parametrize("bit", range(3))
def test_a_policy_is_written_whole_and_leaves_the_price(suite: Suite, logic: str, bit: int) -> None:
    before = full(Random(bit), overdue=0)
    words = install(suite, before, 0)
    flags = tuple(other == bit for other in range(3))
    for limit, minimum in ((M90, 2**87 - 1), (0, 1), (link(7), 2**86), (2**89, 0)):
        suite.store.setPolicy((*flags, limit, minimum), sender=logic)
        (event,) = logs(suite.store, "PolicyChanged")
        named = (event.enabled, event.isPrivate, event.askNode, event.limit, event.minimumStake)
        assert named == (*flags, limit, minimum) == tuple(suite.store.policy())
        kept = {"enabled": flags[0], "private": flags[1], "ask_node": flags[2]}
        assert words.read() == {**before, **kept, "limit": limit, "minimum": minimum}
        assert suite.store.minimumPayment() == before["payment"]


def test_limits_of_a_policy(suite: Suite, logic: str) -> None:
    for policy, reason in (
        ((True, False, False, M90 + 1, 0), "storage: limit too large"),
        ((True, False, False, 0, 2**87), "storage: minimum too large"),
    ):
        with boa.reverts(reason):
            suite.store.setPolicy(policy, sender=logic)


def test_a_new_operator_leaves_what_is_pledged(suite: Suite, logic: str) -> None:
    before = full(Random(5), overdue=0) | {"pledged": 2**96 - 1}
    words = install(suite, before, 0)
    suite.store.transferOperator(actor("next"), sender=suite.store.operator())
    suite.store.acceptOperator(sender=actor("next"))
    assert words.read() == {**before, "operator": int(actor("next"), 16)}


def test_a_request_admitted_does_not_open_the_door_for_another(suite: Suite, logic: str) -> None:
    """Even in the same transaction: who paid is forgotten when the request is committed."""
    customer = actor("customer")
    ask(suite, customer, link("0.1"), nonce=1)
    rest = (SPEC, customer, ANSWER, 2, 1, b"")
    with boa.reverts("storage: only LINK"):
        suite.store.oracleRequest(customer, link("0.1"), *rest, sender=customer)
    with boa.reverts("storage: only LINK"):
        suite.store.operatorRequest(
            customer, link("0.1"), SPEC, ANSWER, 2, 1, b"", sender=suite.link.address
        )
    assert suite.store.escrowed() == link("0.1")


@pytest.mark.parametrize("size", [1, 31, 33, 35, 37, 63, 65, 66, 68, 96, 100])
def test_data_of_no_known_kind_is_refused_whatever_its_length(suite: Suite, size: int) -> None:
    """Also where it begins as a stake for somebody does."""
    for data in (bytes(size), (stake_for(actor("alice")) + bytes(100))[:size]):
        with boa.reverts("storage: unknown payload"):
            send(suite, actor("alice"), link(2), data)
