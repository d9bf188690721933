# SPDX-License-Identifier: MIT
"""fulfillOracleRequest(): the node answers with one word and is paid (6.1.3.1, 6.1.4)."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import (
    CONTRACTS,
    Contract,
    Suite,
    actor,
    deployer,
    link,
    logs,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    ANSWER,
    EXPIRY,
    answer,
    answer2,
    ask,
    books,
    earn,
)

CUSTOMER = actor("customer")


def test_the_consumer_is_called_with_the_id_and_the_word(suite: Suite, puppet: Contract) -> None:
    asked = ask(suite, puppet.address)
    assert answer(suite, asked, 42) is True
    (event,) = logs(suite.store, "OracleResponse")
    assert event.requestId == asked.id
    assert puppet.answers() == 1
    assert puppet.head() == ANSWER + asked.id
    assert puppet.word() == word(42)
    assert puppet.size() == 68


def test_p11_the_call_comes_from_the_storages_own_address(suite: Suite, puppet: Contract) -> None:
    answer(suite, ask(suite, puppet.address))
    assert puppet.caller() == suite.store.address


def test_the_cost_is_the_operations_and_the_rest_is_profit(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    answer(suite, ask(suite, CUSTOMER, link("0.25")))
    found = books(suite.store)
    assert (found.escrow, found.operations, found.pending) == (0, link("0.05"), link("0.2"))


@pytest.mark.parametrize(
    ("payment", "cost"),
    [(link("0.1"), link("0.05")), (link("0.1") + 1, link("0.05")), (link(7), link("0.05"))],
)
def test_the_cost_of_a_request_does_not_grow_with_its_payment(
    suite: Suite, payment: int, cost: int
) -> None:
    answer(suite, ask(suite, CUSTOMER, payment))
    assert suite.store.operationsDue() == cost


@pytest.mark.parametrize(
    ("payment", "cost"), [(0, 0), (1, 0), (3, 1), (link("0.09"), link("0.045"))]
)
def test_the_cost_is_at_most_the_ceilings_share_rounded_down(
    suite: Suite, logic: str, payment: int, cost: int
) -> None:
    suite.store.setTerm(4, 0, sender=logic)
    answer(suite, ask(suite, CUSTOMER, payment))
    assert suite.store.operationsDue() == cost
    assert suite.store.pendingIncome() == payment - cost


def test_the_node_and_its_senders_answer_and_nobody_else(suite: Suite, operator: str) -> None:
    helper = actor("second key of the node")
    suite.store.setAuthorizedSenders([helper], sender=operator)
    assert answer(suite, ask(suite, CUSTOMER, nonce=1))
    assert answer(suite, ask(suite, CUSTOMER, nonce=2), sender=helper)
    asked = ask(suite, CUSTOMER, nonce=3)
    who = suite.actors
    for outsider in (operator, who.owner, who.stranger, CUSTOMER, suite.node.address):
        with boa.reverts("storage: not authorised"):
            answer(suite, asked, sender=outsider)


def test_another_node_does_not_answer_here(suite: Suite) -> None:
    suite.create_node(actor("node 2"))
    asked = ask(suite, CUSTOMER)
    with boa.reverts("storage: not authorised"):
        answer(suite, asked, sender=actor("node 2"))


@pytest.mark.parametrize(
    "change",
    [
        {"id": bytes(32)},
        {"payment": link("0.1") + 1},
        {"callback": ALICE},
        {"function": b"\x00\x00\x00\x00"},
        {"expiration": 1},
    ],
    ids=["id", "payment", "callback", "function", "expiration"],
)
def test_an_answer_must_repeat_what_was_agreed(suite: Suite, change: dict[str, Any]) -> None:
    asked = ask(suite, CUSTOMER)
    with boa.reverts("storage: no such request"):
        answer(suite, asked.but(**change))
    assert answer(suite, asked)


def test_a_request_is_answered_once(suite: Suite, puppet: Contract) -> None:
    asked = ask(suite, puppet.address)
    answer(suite, asked)
    for again in (answer, answer2):
        with boa.reverts("storage: no such request"):
            again(suite, asked)
    assert puppet.answers() == 1


def test_an_expired_request_can_still_be_answered_while_nobody_cancelled(suite: Suite) -> None:
    asked = ask(suite, CUSTOMER)
    travel(EXPIRY * 100)
    assert answer(suite, asked)


def test_a_disabled_node_still_answers_what_it_took(suite: Suite, operator: str) -> None:
    asked = ask(suite, CUSTOMER)
    suite.node.setEnabled(suite.actors.node_address, False, sender=operator)
    assert answer(suite, asked)


@pytest.mark.parametrize("version", [0, 1])
def test_one_word_answers_requests_of_version_one_and_below(suite: Suite, version: int) -> None:
    assert answer(suite, ask(suite, CUSTOMER, version=version))


def test_one_word_does_not_answer_a_multi_word_request(suite: Suite) -> None:
    asked = ask(suite, CUSTOMER, operator=True)
    with boa.reverts("storage: data version"):
        answer(suite, asked)
    assert answer2(suite, asked)


@pytest.mark.parametrize("mood", [1, 2, 3], ids=["refuses", "burns all gas", "returns 128 KiB"])
def test_p12_the_node_is_paid_whatever_the_consumer_does(
    suite: Suite, puppet: Contract, mood: int
) -> None:
    suite.stake(ALICE, link(3))
    puppet.misbehave(mood)
    assert answer(suite, ask(suite, puppet.address)) is False
    assert len(logs(suite.store, "OracleResponse")) == 1
    assert suite.store.operationsDue() == link("0.05")
    assert suite.store.pendingIncome() == link("0.05")


def test_p11_the_consumer_gets_at_least_four_hundred_thousand_gas(
    suite: Suite, puppet: Contract
) -> None:
    puppet.misbehave(2)
    asked = ask(suite, puppet.address)
    arguments = (*asked.terms, word(1))
    with boa.reverts("storage: under 400,000 gas"):
        suite.store.fulfillOracleRequest(*arguments, sender=suite.actors.node_address, gas=400_000)
    paid = suite.store.fulfillOracleRequest(
        *arguments, sender=suite.actors.node_address, gas=460_000
    )
    assert paid is False
    assert suite.store.escrowed() == 0
    suite.stake(ALICE, link(3))  # the lock is open again


def test_p12_who_was_sent_a_penalty_is_not_called_even_if_they_asked_before(
    suite: Suite, box: Contract, operator: str
) -> None:
    suite.stake(ALICE, link(100))
    asked = ask(suite, box.address)
    suite.whitelist(box.address)
    suite.store.sendPenalty(box.address, link(1), word(1), sender=operator)
    with boa.reverts("storage: a penalty contract"):
        answer(suite, asked)
    suite.store.cancelOracleRequest(
        asked.id, asked.payment, asked.function, asked.expiration, sender=box.address
    )
    assert suite.link.balanceOf(box.address) == link("1.1")


def test_an_answer_does_not_settle_and_its_income_is_those_staked_then(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    earn(suite, link(4))
    answer(suite, ask(suite, CUSTOMER, link("0.05") + link(4)))
    assert logs(suite.store, "Settled") == []
    assert suite.store.pendingIncome() == link(8)


def test_a_request_to_the_example_consumer_and_back(suite: Suite) -> None:
    """contracts/examples/Consumer.vy, by the older oracleRequest."""
    consumer = deployer(CONTRACTS / "examples/Consumer.vy").deploy(suite.link.address)
    suite.fund(consumer.address, link(1))
    id_ = consumer.askSingleWord(suite.store.address, word(9), link(1), b"cbor")
    (event,) = logs(consumer, "OracleRequest")
    terms = (id_, link(1), consumer.address, event.callbackFunctionId, event.cancelExpiration)
    assert suite.store.fulfillOracleRequest(*terms, word(1234), sender=suite.actors.node_address)
    assert consumer.answers(id_).number == 1234
