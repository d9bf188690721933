# SPDX-License-Identifier: MIT
"""setTerm(), cancelTerm(), activateTerm(): money parameters; new powers wait (P4, P16)."""

from __future__ import annotations

from typing import Any

import boa
import pytest
from eth_utils.crypto import keccak

from tests.contracts.suite import DELAY, GRACE, Suite, actor, link, logs, travel
from tests.contracts.unit.pool_storage.support import ALICE, answer, ask, earn, served

MAKERS, CEILING, WALLET, COST, PAYMENT = range(5)
NAMES = ["makersPercentage", "costCeiling", "operationsWallet", "operationalCost", "minimumPayment"]
NEW_WALLET = actor("new wallet")
M76 = 2**76 - 1
WAITING = [(MAKERS, 300_000), (CEILING, 600_000), (WALLET, int(NEW_WALLET, 16))]
AT_ONCE = [
    (MAKERS, 100_000),
    (MAKERS, 0),
    (CEILING, 0),
    (COST, 0),
    (COST, M76),
    (PAYMENT, 0),
    (PAYMENT, M76),
]


def _value(suite: Suite, term: int) -> int:
    found = getattr(suite.store, NAMES[term])()
    return int(found, 16) if term == WALLET else int(found)


def test_what_a_node_starts_with(suite: Suite) -> None:
    terms = [_value(suite, term) for term in range(5)]
    wallet = int(suite.actors.operator, 16)
    assert terms == [250_000, 500_000, wallet, link("0.05"), link("0.1")]


@pytest.mark.parametrize(("term", "new"), AT_ONCE)
def test_p4_a_reduction_or_a_price_works_at_once(
    suite: Suite, logic: str, term: int, new: int
) -> None:
    old = _value(suite, term)
    suite.store.setTerm(term, new, sender=logic)
    (event,) = logs(suite.store, "TermChanged")
    assert (event.term, event.old, event.new) == (term, old, new)
    assert _value(suite, term) == new
    assert suite.store.announcement(term).ready == 0


@pytest.mark.parametrize(("term", "new"), WAITING)
def test_p4_a_new_power_waits_for_the_delay(suite: Suite, logic: str, term: int, new: int) -> None:
    old, ready = _value(suite, term), boa.env.timestamp + DELAY
    suite.store.setTerm(term, new, sender=logic)
    (event,) = logs(suite.store, "TermAnnounced")
    assert (event.term, event.new, event.ready, event.lapse) == (term, new, ready, ready + GRACE)
    assert tuple(suite.store.announcement(term)) == (new, ready, ready + GRACE)
    travel(DELAY - 1)
    with boa.reverts("storage: not ready"):
        suite.store.activateTerm(term)
    assert _value(suite, term) == old
    travel(1)
    suite.store.activateTerm(term, sender=suite.actors.stranger)
    (event,) = logs(suite.store, "TermActivated")
    assert (event.term, event.old, event.new) == (term, old, new)
    assert _value(suite, term) == new
    assert tuple(suite.store.announcement(term)) == (0, 0, 0)


@pytest.mark.parametrize(("term", "new"), WAITING)
def test_p4_announcements_kept_for_years_lapse(
    suite: Suite, logic: str, term: int, new: int
) -> None:
    suite.store.setTerm(term, new, sender=logic)
    travel(DELAY + GRACE + 1)
    with boa.reverts("storage: nothing to activate"):
        suite.store.activateTerm(term)
    travel(5 * 365 * 86_400)
    with boa.reverts("storage: nothing to activate"):
        suite.store.activateTerm(term)


@pytest.mark.parametrize(("term", "new"), WAITING)
def test_p4_the_last_second_before_it_lapses_counts(
    suite: Suite, logic: str, term: int, new: int
) -> None:
    suite.store.setTerm(term, new, sender=logic)
    travel(DELAY + GRACE)
    suite.store.activateTerm(term)
    assert _value(suite, term) == new


@pytest.mark.parametrize(("term", "new"), WAITING)
def test_p4_nothing_is_activated_without_an_owner(
    suite: Suite, logic: str, owner: str, term: int, new: int
) -> None:
    suite.store.setTerm(term, new, sender=logic)
    suite.timelock.renounce_ownership(sender=owner)
    travel(DELAY)
    with boa.reverts("storage: owner renounced"):
        suite.store.activateTerm(term)


@pytest.mark.parametrize(("term", "new"), WAITING)
def test_an_announcement_is_taken_back(suite: Suite, logic: str, term: int, new: int) -> None:
    suite.store.setTerm(term, new, sender=logic)
    suite.store.cancelTerm(term, sender=logic)
    (event,) = logs(suite.store, "TermCancelled")
    assert event.term == term
    assert tuple(suite.store.announcement(term)) == (0, 0, 0)
    travel(DELAY)
    with boa.reverts("storage: nothing to activate"):
        suite.store.activateTerm(term)


@pytest.mark.parametrize("term", [0, 1, 2, 3, 4, 5, 2**256 - 1])
def test_nothing_announced_is_nothing_to_activate(suite: Suite, term: int) -> None:
    with boa.reverts("storage: nothing to activate"):
        suite.store.activateTerm(term)


def test_a_second_announcement_replaces_the_first_and_waits_anew(suite: Suite, logic: str) -> None:
    suite.store.setTerm(MAKERS, 300_000, sender=logic)
    travel(DELAY - 1)
    suite.store.setTerm(MAKERS, 400_000, sender=logic)
    travel(1)
    with boa.reverts("storage: not ready"):
        suite.store.activateTerm(MAKERS)
    travel(DELAY - 1)
    suite.store.activateTerm(MAKERS)
    assert suite.store.makersPercentage() == 400_000


def test_a_reduction_takes_a_pending_increase_back(suite: Suite, logic: str) -> None:
    suite.store.setTerm(MAKERS, 500_000, sender=logic)
    suite.store.setTerm(MAKERS, 200_000, sender=logic)
    travel(DELAY)
    with boa.reverts("storage: nothing to activate"):
        suite.store.activateTerm(MAKERS)
    assert suite.store.makersPercentage() == 200_000


def test_p4_what_was_reduced_stays_reduced_without_an_owner(
    suite: Suite, logic: str, owner: str
) -> None:
    suite.store.setTerm(MAKERS, 0, sender=logic)
    suite.timelock.renounce_ownership(sender=owner)
    suite.store.setTerm(MAKERS, 250_000, sender=logic)
    travel(DELAY)
    with boa.reverts("storage: owner renounced"):
        suite.store.activateTerm(MAKERS)
    assert suite.store.makersPercentage() == 0


@pytest.mark.parametrize(
    ("term", "new", "reason"),
    [
        (MAKERS, 500_001, "makers over limit"),
        (MAKERS, 2**256 - 1, "makers over limit"),
        (CEILING, 1_000_001, "ceiling over 100 %"),
        (WALLET, 0, "not a wallet"),
        (COST, M76 + 1, "price too large"),
        (PAYMENT, 2**256 - 1, "price too large"),
        (5, 0, "unknown term"),
        (2**256 - 1, 0, "unknown term"),
    ],
)
def test_p16_each_term_has_its_limit(
    suite: Suite, logic: str, term: int, new: int, reason: str
) -> None:
    with boa.reverts(f"storage: {reason}"):
        suite.store.setTerm(term, new, sender=logic)


@pytest.mark.parametrize("part", ["link", "store", "factory", "node", "pool_owners", "timelock"])
def test_no_contract_of_the_suite_is_an_operations_wallet(
    suite: Suite, logic: str, part: str
) -> None:
    """LINK would refuse itself, and a storage would book the cost as profit again."""
    with boa.reverts("storage: not a wallet"):
        suite.store.setTerm(WALLET, int(getattr(suite, part).address, 16), sender=logic)


def test_only_logic_sets_and_cancels(suite: Suite) -> None:
    who = suite.actors
    for outsider in (who.owner, who.operator, who.node_address, who.stranger, ALICE):
        with boa.reverts("storage: only logic"):
            suite.store.setTerm(COST, 0, sender=outsider)
        with boa.reverts("storage: only logic"):
            suite.store.cancelTerm(MAKERS, sender=outsider)


def test_p8_a_lower_percentage_settles_under_the_old_one_first(suite: Suite, logic: str) -> None:
    suite.stake(ALICE, link(3))
    earn(suite, link(4))
    suite.store.setTerm(MAKERS, 0, sender=logic)
    assert suite.store.ownersDue() == link(1)
    earn(suite, link(4))
    assert suite.store.distribute()[0] == link(1)
    assert suite.store.totalStaked() == link(10)


def test_p8_a_higher_percentage_settles_under_the_old_one_first(suite: Suite, logic: str) -> None:
    suite.stake(ALICE, link(3))
    suite.store.setTerm(MAKERS, 500_000, sender=logic)
    travel(DELAY)
    earn(suite, link(4))
    suite.store.activateTerm(MAKERS)
    assert suite.store.ownersDue() == link(1)
    earn(suite, link(4))
    assert suite.store.distribute()[0] == link(3)


def test_a_ceiling_and_a_cost_count_for_answers_after_the_change(suite: Suite, logic: str) -> None:
    asked = ask(suite, actor("customer"), link("0.1"), nonce=9)
    suite.store.setTerm(COST, link("0.02"), sender=logic)
    answer(suite, asked)
    assert suite.store.operationsDue() == link("0.02")
    suite.store.setTerm(CEILING, 100_000, sender=logic)
    served(suite, link("0.1"))
    assert suite.store.operationsDue() == link("0.03")


def test_a_rate_of_a_whole_payment_leaves_no_profit(suite: Suite, logic: str) -> None:
    """Ceiling 100 %, cost above the price."""
    suite.store.setTerm(CEILING, 1_000_000, sender=logic)
    suite.store.setTerm(COST, link(1), sender=logic)
    travel(DELAY)
    suite.store.activateTerm(CEILING)
    served(suite, link("0.1"))
    assert (suite.store.operationsDue(), suite.store.pendingIncome()) == (link("0.1"), 0)


def test_p16_no_key_value_data_changes_a_term(suite: Suite, logic: str) -> None:
    before: list[Any] = [_value(suite, term) for term in range(5)]
    for name in NAMES:
        for text in (name, f"node.{name}", f"term.{name}"):
            suite.store.setUint(keccak(text=text), 1, sender=logic)
            suite.store.setAddress(keccak(text=text), ALICE, sender=logic)
    for slot in range(64):
        suite.store.setUint(slot.to_bytes(32, "big"), 2**256 - 1, sender=logic)
    assert [_value(suite, term) for term in range(5)] == before
    assert suite.store.factory() == suite.factory.address
    assert suite.store.getChainlinkToken() == suite.link.address
