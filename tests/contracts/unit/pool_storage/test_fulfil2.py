# SPDX-License-Identifier: MIT
"""fulfillOracleRequest2(): answers of any words, the first of which is the request's id."""

from __future__ import annotations

import boa
import pytest
from eth_abi.abi import encode

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
    Asked,
    answer,
    answer2,
    ask,
    books,
)

CUSTOMER = actor("customer")


def _fulfil(suite: Suite, asked: Asked, data: bytes) -> bool:
    by = suite.actors.node_address
    return bool(suite.store.fulfillOracleRequest2(*asked.terms, data, sender=by))


def test_the_consumer_is_called_with_the_words_as_they_are(suite: Suite, puppet: Contract) -> None:
    asked = ask(suite, puppet.address, operator=True)
    rest = encode(["uint256", "string"], [42, "a text"])
    assert answer2(suite, asked, rest) is True
    (event,) = logs(suite.store, "OracleResponse")
    assert event.requestId == asked.id
    assert puppet.head() == ANSWER + asked.id
    assert puppet.word() == word(42)
    assert puppet.size() == 36 + len(rest)
    assert puppet.caller() == suite.store.address


def test_the_id_alone_is_an_answer(suite: Suite, puppet: Contract) -> None:
    assert answer2(suite, ask(suite, puppet.address, operator=True)) is True
    assert puppet.size() == 36


def test_bytes_need_not_fill_a_word(suite: Suite, puppet: Contract) -> None:
    assert answer2(suite, ask(suite, puppet.address, operator=True), b"\x01\x02\x03") is True
    assert puppet.size() == 39


@pytest.mark.parametrize("size", [0, 1, 31])
def test_less_than_the_id_is_refused(suite: Suite, size: int) -> None:
    asked = ask(suite, CUSTOMER, operator=True)
    with boa.reverts("storage: first word not the id"):
        _fulfil(suite, asked, asked.id[:size])


def test_another_id_in_front_is_refused(suite: Suite) -> None:
    """Else the node could answer one request of a consumer in another's name."""
    first, second = (ask(suite, CUSTOMER, operator=True, nonce=n) for n in (1, 2))
    with boa.reverts("storage: first word not the id"):
        _fulfil(suite, first, second.id + word(42))


def test_an_answer_may_have_four_kibibytes_and_no_more(suite: Suite, puppet: Contract) -> None:
    asked = ask(suite, puppet.address, operator=True)
    for size in (4097, 8192):
        with boa.reverts("storage: answer over 4 KiB"):
            _fulfil(suite, asked, asked.id + bytes(size - 32))
    with boa.reverts():  # longer than the function takes at all
        _fulfil(suite, asked, asked.id + bytes(8193 - 32))
    assert _fulfil(suite, asked, asked.id + bytes(4096 - 32)) is True
    assert puppet.size() == 4 + 4096


@pytest.mark.parametrize("version", [0, 1, 2])
def test_it_answers_versions_up_to_two(suite: Suite, version: int) -> None:
    assert answer2(suite, ask(suite, CUSTOMER, version=version))


@pytest.mark.parametrize("version", [3, 255])
def test_no_answer_fits_a_later_version_and_the_payment_can_be_taken_back(
    suite: Suite, version: int
) -> None:
    asked = ask(suite, CUSTOMER, operator=True, version=version)
    for way in (answer, answer2):
        with boa.reverts("storage: data version"):
            way(suite, asked)
    travel(EXPIRY)
    suite.store.cancelOracleRequest(
        asked.id, asked.payment, asked.function, asked.expiration, sender=CUSTOMER
    )
    assert suite.link.balanceOf(CUSTOMER) == asked.payment


def test_the_money_is_as_for_one_word(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    answer2(suite, ask(suite, CUSTOMER, link("0.25"), operator=True))
    found = books(suite.store)
    assert (found.escrow, found.operations, found.pending) == (0, link("0.05"), link("0.2"))


def test_only_the_node_and_its_senders_answer(suite: Suite, operator: str) -> None:
    asked = ask(suite, CUSTOMER, operator=True)
    for outsider in (operator, suite.actors.owner, suite.actors.stranger, CUSTOMER):
        with boa.reverts("storage: not authorised"):
            answer2(suite, asked, sender=outsider)


def test_a_request_is_answered_once(suite: Suite) -> None:
    asked = ask(suite, CUSTOMER, operator=True)
    answer2(suite, asked)
    with boa.reverts("storage: no such request"):
        answer2(suite, asked)


@pytest.mark.parametrize("mood", [1, 2, 3], ids=["refuses", "burns all gas", "returns 128 KiB"])
def test_p12_the_node_is_paid_whatever_the_consumer_does(
    suite: Suite, puppet: Contract, mood: int
) -> None:
    puppet.misbehave(mood)
    asked = ask(suite, puppet.address, operator=True)
    assert answer2(suite, asked, bytes(4096 - 32)) is False
    assert suite.store.operationsDue() == link("0.05")


def test_under_four_hundred_thousand_gas_nothing_happens(suite: Suite) -> None:
    asked = ask(suite, CUSTOMER, operator=True)
    with boa.reverts("storage: under 400,000 gas"):
        suite.store.fulfillOracleRequest2(
            *asked.terms, asked.id, sender=suite.actors.node_address, gas=400_000
        )
    assert suite.store.escrowed() == asked.payment


def test_the_example_consumer_takes_its_answer(suite: Suite) -> None:
    """contracts/examples/Consumer.vy, by operatorRequest."""
    consumer = deployer(CONTRACTS / "examples/Consumer.vy").deploy(suite.link.address)
    suite.fund(consumer.address, link(1))
    id_ = consumer.ask(suite.store.address, word(9), link(1), b"cbor")
    (event,) = logs(consumer, "OracleRequest")
    asked = Asked(
        id=id_,
        payment=link(1),
        callback=consumer.address,
        function=event.callbackFunctionId,
        expiration=event.cancelExpiration,
        nonce=1,
    )
    assert answer2(suite, asked, word(1234)) is True
    assert consumer.answers(id_).number == 1234
    assert consumer.pending() == 0
