# SPDX-License-Identifier: MIT
"""Posting an agreement: every term that cannot be kept is refused by its name."""

from __future__ import annotations

from typing import Any

import boa
import pytest
import rlp
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from tests.contracts.suite import START, ZERO, actor, link, word
from tests.contracts.unit.chainlink.support import (
    ANSWER_TIME,
    CONSUMER,
    MARGIN,
    MINIMUM,
    OPEN,
    PAYMENT,
    Network,
    chainlink,
    deploy_agreements,
    digest_of,
    encoded,
    terms,
)

LATEST = 2**40 - 1
FAILS = b"\xfe"  # an instruction that there is not


def test_an_agreement_is_written_down_as_posted(network: Network) -> None:
    store, friend = network.stores[0].address, actor("friend")
    asked = terms(provider=store, beneficiary=friend)
    id = network.post(**asked)

    found = network.agreements.agreement(id)
    assert (id, found.state, found.consumer) == (1, OPEN, CONSUMER)
    assert found.digest == digest_of(CONSUMER, asked)
    assert (found.provider, found.beneficiary) == (store, friend)
    numbers = ("oracles", "minimumAnswers", "payment", "penalty", "tolerance")
    times = ("bidDeadline", "answerDeadline")
    for name in (*numbers, *times):
        assert getattr(found, name) == asked[name]
    assert (found.startedAt, found.bids) == (0, 0)
    assert network.balance(network.agreements) == 3 * PAYMENT


def test_the_widest_terms_fit_and_touch_no_neighbour(network: Network) -> None:
    asked = terms(
        oracles=31,
        minimumAnswers=31,
        payment=MINIMUM,
        penalty=2**90 - 1,
        tolerance=10**6,
        answerDeadline=terms()["bidDeadline"] + 2**36 - 1,
        data=bytes(1024),
    )
    found = network.agreements.agreement(network.post(**asked))
    for name in ("oracles", "minimumAnswers", "payment", "penalty", "tolerance"):
        assert getattr(found, name) == asked[name]
    assert found.answerDeadline == asked["answerDeadline"]
    assert (found.bids, found.state, found.startedAt) == (0, OPEN, 0)


def test_without_a_beneficiary_the_consumer_is_it(network: Network) -> None:
    assert network.agreements.agreement(network.post()).beneficiary == CONSUMER


NOW = START + 14 * 86_400 + 12 * 10**6  # later than the network stands
BAD: list[tuple[str, dict[str, Any]]] = [
    ("jobId", {"jobId": bytes(32)}),
    ("oracles", {"oracles": 0}),
    ("oracles", {"oracles": 32}),
    ("minimumAnswers", {"minimumAnswers": 0}),
    ("minimumAnswers", {"minimumAnswers": 4}),
    ("payment", {"payment": MINIMUM - 1}),
    ("penalty", {"penalty": 2**90}),
    ("bidDeadline", {"bidDeadline": START}),
    ("bidDeadline", {"bidDeadline": 2**40, "answerDeadline": 2**41}),
    ("answerDeadline", {"bidDeadline": NOW, "answerDeadline": NOW - 1}),
    ("answerDeadline", {"bidDeadline": NOW, "answerDeadline": NOW + ANSWER_TIME - 1}),
    ("answerDeadline", {"bidDeadline": NOW, "answerDeadline": NOW + 2**36}),
    ("answerDeadline", {"bidDeadline": LATEST, "answerDeadline": LATEST + ANSWER_TIME}),
    ("answerDeadline", {"bidDeadline": NOW, "answerDeadline": 2**256 - 1}),
    ("tolerance", {"tolerance": 10**6 + 1}),
    ("provider", {"provider": actor("no contract")}),
]


@pytest.mark.parametrize(("name", "changes"), BAD)
def test_a_term_that_cannot_be_kept_is_named(
    network: Network, name: str, changes: dict[str, Any]
) -> None:
    with boa.reverts(f"agreements: {name}"):
        network.post(**changes)
    assert network.agreements.agreementCount() == 0


def test_a_payment_above_all_link_is_refused(network: Network) -> None:
    asked = terms(oracles=1, minimumAnswers=1, payment=2**90)
    with boa.reverts("agreements: payment"):
        network.agreements.onTokenTransfer(
            CONSUMER, 2**90, encoded(asked), sender=network.link.address
        )


def test_what_was_slashed_cannot_be_sent_where_it_would_be_lost(network: Network) -> None:
    for lost in (network.link, network.agreements, network.penalties, network.aggregator):
        with boa.reverts("agreements: beneficiary"):
            network.post(beneficiary=lost.address)


@pytest.mark.parametrize("wrong", [-1, 1])
def test_the_amount_is_all_it_costs(network: Network, wrong: int) -> None:
    network.suite.fund(CONSUMER, link(1))
    with boa.reverts("agreements: amount is not oracles x payment"):
        network.link.transferAndCall(
            network.agreements.address, 3 * PAYMENT + wrong, encoded(terms()), sender=CONSUMER
        )


def test_an_agreement_that_nobody_paid_does_not_exist(network: Network) -> None:
    with boa.reverts("agreements: only LINK"):
        network.agreements.onTokenTransfer(CONSUMER, 3 * PAYMENT, encoded(terms()), sender=CONSUMER)


@pytest.mark.parametrize("data", [b"", bytes(32), word(1), encoded(terms())[:-33], bytes(2048)])
def test_garbage_is_no_agreement(network: Network, data: bytes) -> None:
    network.suite.fund(CONSUMER, 3 * PAYMENT)
    with boa.reverts():
        network.link.transferAndCall(network.agreements.address, 3 * PAYMENT, data, sender=CONSUMER)
    assert network.balance(CONSUMER) == 3 * PAYMENT


def test_data_of_1025_bytes_is_refused(network: Network) -> None:
    with boa.reverts():
        network.post(data=bytes(1025))


def test_the_parts_are_made_for_it_and_by_it(network: Network) -> None:
    """One transaction makes all three: nobody could come between, nobody can change them."""
    token = network.link.address
    made = deploy_agreements(token, 1, 2, 3, 4)
    penalties = chainlink("Penalties").at(made.penalties())
    aggregator = chainlink("Aggregator").at(made.aggregator())
    assert penalties.address == created(made.address, 1)
    assert aggregator.address == created(made.address, 2)
    for part in (penalties, aggregator):
        assert (part.agreements(), part.getChainlinkToken()) == (made.address, token)
    assert (made.ANSWER_TIME(), made.LATE_TIME(), made.MINIMUM_PAYMENT()) == (1, 2, 3)
    assert penalties.MARGIN() == 4


def created(maker: str, number: int) -> str:
    """The address of a contract that a contract makes."""
    return to_checksum_address(keccak(rlp.encode([bytes.fromhex(maker[2:]), number]))[12:])


def test_parts_that_cannot_be_made_make_nothing(network: Network) -> None:
    """There is no half of a network."""
    arguments = (network.link.address, 1, 1, 1, 1)
    good = chainlink("Penalties").compiler_data.bytecode
    for parts in ((FAILS, good), (good, FAILS)):
        with boa.reverts():
            chainlink("ServiceAgreements").deploy(*arguments, *parts)
    for parts in ((b"", good), (good, b"")):
        with boa.reverts("agreements: a part has no code"):
            chainlink("ServiceAgreements").deploy(*arguments, *parts)


@pytest.mark.parametrize(
    ("reason", "arguments"),
    [
        ("LINK has no code", (ZERO, 1, 1, 1)),
        ("answerTime", (None, 31_536_001, 1, 1)),
        ("lateTime", (None, 1, 31_536_001, 1)),
        ("minimumPayment", (None, 1, 1, 2**90)),
    ],
)
def test_a_deployment_that_could_not_work_fails(
    network: Network, reason: str, arguments: tuple[Any, ...]
) -> None:
    token = arguments[0] or network.link.address
    with boa.reverts(f"agreements: {reason}"):
        deploy_agreements(token, *arguments[1:], MARGIN)
