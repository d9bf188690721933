# SPDX-License-Identifier: MIT
"""Two agreements at once, from posting to settling: all that is said, shown and moved."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import ZERO, Contract, actor, link, travel
from tests.contracts.unit.chainlink.support import (
    ANSWER_TIME,
    CANCELLED,
    COMPLETED,
    CONSUMER,
    DATA,
    EXPIRY,
    FULFIL,
    JOB,
    LATE,
    LATE_TIME,
    MISSED,
    OPEN,
    SETTLED,
    STARTED,
    WRONG,
    Network,
    digest_of,
    terms,
)
from tests.contracts.unit.chainlink.told import said
from tests.contracts.unit.pool_storage.support import request_id

FRIEND, OTHER = actor("beneficiary"), actor("another consumer")
SCORES = (500_000, 100, 900_000, 400_000)  # of the nodes, by the first agreement's provider
PAY, FINE = link("0.11"), link("1.3")


def reserved(network: Network) -> list[int]:
    """Of each node's deposit, whose reference is 11 and its number."""
    return [network.collateral(index, 11 + index).reserved for index in range(4)]


def store_of(network: Network, index: int) -> str:
    return str(network.stores[index].address)


def first_terms(provider: str) -> dict[str, Any]:
    return terms(
        data=b"what is asked",
        minimumAnswers=1,
        payment=PAY,
        penalty=FINE,
        bidDeadline=boa.env.timestamp + 61,
        answerDeadline=boa.env.timestamp + 61 + 701,
        tolerance=12_345,
        provider=provider,
        beneficiary=FRIEND,
    )


def second_terms() -> dict[str, Any]:
    numbers = {"oracles": 4, "minimumAnswers": 3, "tolerance": 10**5}
    return terms(**numbers, payment=link("0.13"), penalty=link(3))


@pytest.fixture
def posted(network: Network, hostile: Contract) -> Network:
    """Deposits of 20 to 23 LINK; an agreement with a provider and a beneficiary, one without."""
    for index in range(4):
        network.deposit(index, link(20 + index), 11 + index)
    network.post(**first_terms(hostile.address))
    network.post(OTHER, **second_terms())
    return network


@pytest.fixture
def bid_for(posted: Network, hostile: Contract) -> Network:
    """All four bid for both: for the first in an order and with scores that are not their own."""
    for index in (1, 2, 0, 3):
        hostile.tell(0, SCORES[index])
        posted.bid(1, index, reference=11 + index)
    for index in range(4):
        posted.bid(2, index, reference=11 + index)
    return posted


@pytest.fixture
def started(bid_for: Network) -> Network:
    """The last node was disabled when the first one was started, and was not for the second."""
    who = bid_for.suite.actors
    bid_for.suite.node.setEnabled(bid_for.sender(3), False, sender=who.operator)
    travel(61)
    bid_for.agreements.start(1, JOB, b"what is asked")
    bid_for.suite.node.setEnabled(bid_for.sender(3), True, sender=who.owner)
    bid_for.agreements.start(2, JOB, DATA)
    return bid_for


def test_an_agreement_is_said_and_shown_as_posted(network: Network, hostile: Contract) -> None:
    asked, other = first_terms(hostile.address), second_terms()
    for id, (consumer, what) in enumerate(((CONSUMER, asked), (OTHER, other)), 1):
        network.post(consumer, **what)
        ((name, *fields),) = said(network, network.link)
        assert (name, *fields[:3]) == ("AgreementCreated", id, consumer, JOB)
        assert tuple(fields[3]) == tuple(what.values())
    assert tuple(network.agreements.agreement(1)) == (
        *(OPEN, CONSUMER, hostile.address, FRIEND, digest_of(CONSUMER, asked)),
        *(3, 1, PAY, FINE, 12_345, asked["bidDeadline"], asked["answerDeadline"], 0, 0),
    )
    assert tuple(network.agreements.agreement(2)) == (
        *(OPEN, OTHER, ZERO, OTHER, digest_of(OTHER, other)),
        *(4, 3, link("0.13"), link(3), 10**5, other["bidDeadline"], other["answerDeadline"], 0, 0),
    )
    assert network.balance(network.agreements) == 3 * PAY + 4 * link("0.13")


def test_a_bid_is_said_and_shown_with_its_reference_score_and_order(
    posted: Network, hostile: Contract
) -> None:
    before = tuple(posted.agreements.agreement(1))
    listed = []
    for order, index in enumerate((1, 2, 0, 3)):
        hostile.tell(0, SCORES[index])
        posted.bid(1, index, reference=11 + index)
        bid = (store_of(posted, index), 11 + index, SCORES[index], order)
        assert said(posted, posted.agreements) == [("BidPlaced", 1, *bid)]
        listed.append(bid)
        assert [tuple(found) for found in posted.agreements.bids(1)] == listed
        assert tuple(posted.agreements.agreement(1)) == (*before[:-1], order + 1)
    assert posted.agreements.bids(2) == []
    assert reserved(posted) == [FINE] * 4
    posted.bid(2, 3, reference=14)
    assert reserved(posted) == [FINE, FINE, FINE, FINE + link(3)]


def test_a_start_asks_the_best_and_frees_the_others(bid_for: Network) -> None:
    network, who = bid_for, bid_for.suite.actors
    network.suite.node.setEnabled(network.sender(3), False, sender=who.operator)
    before = tuple(network.agreements.agreement(1))
    travel(62)
    network.agreements.start(1, JOB, b"what is asked")
    best = [store_of(network, index) for index in (2, 0, 3)]
    ids = [network.aggregator.requestIdOf(1, index) for index in range(3)]
    assert len(set(ids)) == 3
    after = (STARTED, *before[1:-2], boa.env.timestamp, 4)
    assert tuple(network.agreements.agreement(1)) == after
    assert network.agreements.settleTime(1) == before[11] + LATE_TIME
    assert network.agreements.settleTime(2) == 0
    assert reserved(network) == [FINE + link(3), link(3), FINE + link(3), FINE + link(3)]
    assert [store.escrowed() for store in network.stores] == [PAY, 0, PAY, 0]
    assert network.balance(network.agreements) == 4 * link("0.13")
    assert network.balance(network.aggregator) == PAY
    network.agreements.start(2, JOB, DATA)
    assert said(network, network.agreements) == [
        ("AgreementStarted", 2, [store_of(network, index) for index in range(4)]),
        *(
            ("Requested", 2, store_of(network, index), network.aggregator.requestIdOf(2, index))
            for index in range(3)
        ),
        ("RequestRefused", 2, best[2]),
    ]
    assert network.balance(network.aggregator) == PAY + link("0.13")


def test_each_oracle_is_asked_with_the_job_the_data_and_a_nonce_of_its_own(
    bid_for: Network,
) -> None:
    """As any Chainlink request: index 0 to 2 of the first agreement."""
    network = bid_for
    travel(61)
    network.agreements.start(1, JOB, b"what is asked")
    asked = [
        entry for entry in network.agreements.get_logs() if type(entry).__name__ == "OracleRequest"
    ]
    for place, (index, entry) in enumerate(zip((2, 0, 3), asked, strict=True)):
        assert entry.address == store_of(network, index)
        assert (entry.specId, entry.data, entry.dataVersion) == (JOB, b"what is asked", 2)
        assert entry.requester == entry.callbackAddr == network.aggregator.address
        assert (entry.payment, entry.callbackFunctionId) == (PAY, FULFIL)
        assert entry.requestId == request_id(network.aggregator.address, 32 + place)
        assert entry.cancelExpiration == boa.env.timestamp + EXPIRY


def test_an_answer_is_said_with_its_number_and_whether_it_was_late(started: Network) -> None:
    network, start = started, boa.env.timestamp
    travel(7)
    assert network.answer(1, 2, -1000, place=0)
    recorded = ("AnswerRecorded", 1, store_of(network, 2), -1000, False)
    assert said(network, network.stores[2]) == [recorded]
    travel(start + 702 - boa.env.timestamp)
    assert network.answer(1, 0, 77, place=1)
    recorded = ("AnswerRecorded", 1, store_of(network, 0), 77, True)
    assert said(network, network.stores[0]) == [recorded]
    assert network.aggregator.answerOf(1) == (False, 0, 0)


def test_a_settlement_books_every_outcome_where_it_belongs(started: Network) -> None:
    """In time, late, refused; right, wrong, right, missing: each agreement's own, to its own."""
    network, stores = started, [store_of(started, index) for index in range(4)]
    network.answers(2, 500)
    travel(7)
    assert network.answer(1, 2, -1000, place=0)
    assert network.answer(2, 1, 554)
    travel(2)
    assert network.answer(2, 2, 503)
    travel(network.agreements.agreement(1).answerDeadline + 1 - boa.env.timestamp)
    assert network.answer(1, 0, 77, place=1)
    network.expire(1)
    before = tuple(network.agreements.agreement(1))
    network.settle(1)
    assert said(network, network.agreements) == [
        ("Slashed", stores[0], 11, FRIEND, FINE // 2),
        ("Slashed", stores[3], 14, FRIEND, FINE),
        ("OutcomeRecorded", 1, stores[2], COMPLETED, -1000, 7, 0),
        ("OutcomeRecorded", 1, stores[0], LATE, 77, 702, FINE // 2),
        ("OutcomeRecorded", 1, stores[3], MISSED, 0, 0, FINE),
        ("AgreementSettled", 1, True, -1000, 1, PAY, FINE // 2 + FINE),
    ]
    assert tuple(network.agreements.agreement(1)) == (SETTLED, *before[1:])
    assert network.aggregator.answerOf(1) == (True, -1000, boa.env.timestamp)
    assert (network.balance(FRIEND), network.balance(CONSUMER)) == (FINE // 2 + FINE, PAY)
    assert reserved(network) == [link(3)] * 4
    travel(1)
    network.settle(2)
    assert said(network, network.agreements) == [
        ("Slashed", stores[1], 12, OTHER, link(3)),
        ("Slashed", stores[3], 14, OTHER, link(3)),
        ("OutcomeRecorded", 2, stores[0], COMPLETED, 500, 0, 0),
        ("OutcomeRecorded", 2, stores[1], WRONG, 554, 7, link(3)),
        ("OutcomeRecorded", 2, stores[2], COMPLETED, 503, 9, 0),
        ("OutcomeRecorded", 2, stores[3], MISSED, 0, 0, link(3)),
        ("AgreementSettled", 2, True, 503, 3, link("0.13"), link(6)),
    ]
    assert network.balance(OTHER) == link("6.13")
    assert network.aggregator.answerOf(2) == (True, 503, boa.env.timestamp)
    assert network.aggregator.answerOf(1) == (True, -1000, boa.env.timestamp - 1)
    left = [link(20) - FINE // 2, link(18), link(22), link(20) - FINE]
    deadline = network.stores[0].penaltyById(1).deadline
    for index, juels in enumerate(left):
        deposit = network.collateral(index, 11 + index)
        assert tuple(deposit) == (juels, 0, deadline, False)
    parts = (network.agreements, network.penalties, network.aggregator)
    assert [network.balance(part) for part in parts] == [0, sum(left), 0]


def test_a_cancelled_agreement_pays_back_and_frees_its_own(bid_for: Network) -> None:
    network = bid_for
    travel(61 + 701 - ANSWER_TIME + 1)
    before = tuple(network.agreements.agreement(1))
    network.agreements.cancel(1)
    assert said(network, network.agreements) == [("AgreementCancelled", 1, 3 * PAY)]
    assert tuple(network.agreements.agreement(1)) == (CANCELLED, *before[1:])
    assert reserved(network) == [link(3)] * 4
    assert network.balance(CONSUMER) == 3 * PAY
    assert network.balance(network.agreements) == 4 * link("0.13")
