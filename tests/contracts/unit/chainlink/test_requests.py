# SPDX-License-Identifier: MIT
"""The Aggregator's requests: the widest of them, who took them, what is owed and fetched later."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import Contract, link, mock, travel
from tests.contracts.unit.chainlink.support import (
    BID_TIME,
    COMPLETED,
    CONSUMER,
    DATA,
    JOB,
    LATE,
    MISSED,
    PAYMENT,
    WRONG,
    Network,
)
from tests.contracts.unit.chainlink.told import said

LAST = 2**40 - 1  # of ids, and of times


def fulfil(network: Network, oracle: Contract, id: int, index: int, number: int) -> None:
    """A hostile oracle answers without being a PoolStorage."""
    request = network.aggregator.requestIdOf(id, index)
    data = network.aggregator.fulfil.prepare_calldata(request, number)
    oracle.act(network.aggregator.address, data)


def request(network: Network, id: int, deadline: int, *oracles: str) -> int:
    """As ServiceAgreements asks: the payments have arrived."""
    network.suite.fund(network.aggregator.address, PAYMENT * len(oracles))
    sent = network.aggregator.request(
        id, JOB, DATA, PAYMENT, deadline, list(oracles), sender=network.agreements.address
    )
    return int(sent)


def conclude(
    network: Network, id: int, oracles: int, started: int, tolerance: int, least: int
) -> Any:
    return network.aggregator.conclude(
        id,
        oracles,
        PAYMENT,
        started,
        tolerance,
        least,
        CONSUMER,
        sender=network.agreements.address,
    )


def test_the_last_id_the_latest_deadline_and_the_most_oracles_fit(
    network: Network, hostile: Contract
) -> None:
    """Thirty-one requests to one oracle, which answers the first, the second and the last."""
    start = boa.env.timestamp
    assert request(network, LAST, LAST, *[hostile.address] * 31) == 31
    with boa.reverts("aggregator: id"):
        request(network, LAST + 1, LAST, hostile.address)
    for index, number in ((0, 1_000), (30, -7), (1, 1_000)):
        travel(index)
        fulfil(network, hostile, LAST, index, number)
        told = ("AnswerRecorded", LAST, hostile.address, number, False)
        assert said(network, hostile) == [told]
        assert not network.aggregator.complete(LAST, 31)
    assert network.aggregator.complete(LAST, 2)
    assert network.aggregator.answerOf(LAST) == (False, 0, 0)
    travel(5)
    known, answer, answers, refund, outcomes = conclude(network, LAST, 31, start, 0, 3)
    assert (known, answer, answers, refund) == (True, 1_000, 3, 0)
    expected = [(hostile.address, MISSED, 0, 0)] * 31
    expected[0] = (hostile.address, COMPLETED, 1_000, 0)
    expected[1] = (hostile.address, COMPLETED, 1_000, 31)
    expected[30] = (hostile.address, WRONG, -7, 30)
    assert [tuple(outcome) for outcome in outcomes] == expected
    assert network.aggregator.answerOf(LAST) == (True, 1_000, boa.env.timestamp)
    assert network.aggregator.answerOf(LAST - 1) == (False, 0, 0)


@pytest.mark.parametrize("late", [False, True])
def test_an_answer_is_in_time_up_to_its_deadline(
    network: Network, hostile: Contract, late: bool
) -> None:
    """And counts among those in time only then; too few of them make no result."""
    start = boa.env.timestamp
    end = start + 10 + start % 2  # an even second: its lowest bit is not the id's highest
    request(network, LAST, end, hostile.address, hostile.address)
    fulfil(network, hostile, LAST, 1, 31)
    travel(end - start + late)
    fulfil(network, hostile, LAST, 0, 20)
    assert said(network, hostile)[0][-1] is late
    assert network.aggregator.answerOf(LAST) == (False, 0, 0)
    known, answer, answers, _, outcomes = conclude(network, LAST, 2, start, 10**6, 2)
    assert (known, answer, answers) == ((False, 0, 1) if late else (True, 25, 2))
    first = (hostile.address, LATE if late else COMPLETED, 20, end - start + late)
    assert [tuple(outcome) for outcome in outcomes] == [
        first,
        (hostile.address, COMPLETED, 31, 0),
    ]
    assert network.aggregator.answerOf(LAST) == (known, answer, boa.env.timestamp)


def test_who_refuses_its_request_is_counted_out_and_its_payment_waits(
    network: Network, hostile: Contract
) -> None:
    refusing = mock("hostile_oracle", network.link.address)
    refusing.behave(1, refusing.address, b"")
    start = boa.env.timestamp
    assert request(network, 5, LAST, refusing.address, hostile.address, refusing.address) == 1
    events = said(network, network.aggregator)
    requested = ("Requested", 5, hostile.address, network.aggregator.requestIdOf(5, 1))
    refused = ("RequestRefused", 5, refusing.address)
    assert events == [refused, requested, refused]
    assert network.balance(network.aggregator) == 2 * PAYMENT
    with boa.reverts("aggregator: already answered or settled"):
        fulfil(network, refusing, 5, 0, 1)
    fulfil(network, hostile, 5, 1, 77)
    _, answer, answers, refund, outcomes = conclude(network, 5, 3, start, 0, 1)
    assert (answer, answers, refund) == (77, 1, 2 * PAYMENT)
    assert [outcome.outcome for outcome in outcomes] == [MISSED, COMPLETED, MISSED]
    assert network.balance(CONSUMER) == 2 * PAYMENT


def test_what_an_oracle_owes_is_fetched_later_and_the_result_stays(
    backed: Network, hostile: Contract
) -> None:
    """The first asked owes, beside the result; the second answered; the last kept it."""
    network = backed
    other = mock("hostile_oracle", network.link.address)
    for oracle in (hostile, other):
        network.suite.fund(oracle.address, link(5))
        pay = network.link.transferAndCall.prepare_calldata(
            network.penalties.address, link(5), bytes(32)
        )
        oracle.act(network.link.address, pay)
    id = network.post(oracles=3, minimumAnswers=1)
    network.agreements.bid(id, hostile.address, 0, network.digest(id))
    network.bid(id, 0)
    network.agreements.bid(id, other.address, 0, network.digest(id))
    travel(BID_TIME)
    network.agreements.start(id, JOB, DATA)
    assert network.answer(id, 0, 9, place=1)
    network.expire(id)
    hostile.behave(1, hostile.address, b"")
    network.settle(id)
    result = (True, 9, boa.env.timestamp)
    assert network.aggregator.answerOf(id) == result
    before = network.balance(CONSUMER)
    travel(3)
    with boa.reverts():
        network.aggregator.reclaim(id, 0)
    hostile.behave(4, hostile.address, b"")
    assert network.aggregator.reclaim(id, 0) == PAYMENT
    told = ("Reclaimed", id, hostile.address, PAYMENT)
    assert said(network, network.aggregator) == [told]
    for index in range(3):
        with boa.reverts("aggregator: nothing owed"):
            network.aggregator.reclaim(id, index)
    assert network.aggregator.answerOf(id) == result
    assert network.balance(CONSUMER) == before + PAYMENT
