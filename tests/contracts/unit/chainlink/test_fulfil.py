# SPDX-License-Identifier: MIT
"""Answers: from the oracle that was asked, once, before the agreement is settled."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import actor, travel
from tests.contracts.unit.chainlink.support import Network

LOWEST, HIGHEST = -(2**255), 2**255 - 1


def test_nobody_answers_for_an_oracle(backed: Network) -> None:
    id = backed.running(2)
    request = backed.aggregator.requestIdOf(id, 0)
    for forger in (
        actor("forger"),
        backed.sender(0),
        backed.stores[1].address,
        backed.agreements.address,
    ):
        with boa.reverts("aggregator: not the oracle asked"):
            backed.aggregator.fulfil(request, 1, sender=forger)


def test_no_node_answers_in_anothers_place(backed: Network) -> None:
    """A PoolStorage knows the requests it was sent only."""
    id = backed.running(2)
    with boa.reverts("storage: no such request"):
        backed.answer(id, 1, 5, place=0)


def test_a_request_that_was_never_sent_has_no_answer(backed: Network) -> None:
    for request in (bytes(32), backed.aggregator.requestIdOf(1, 0)):
        with boa.reverts("aggregator: not the oracle asked"):
            backed.aggregator.fulfil(request, 1, sender=backed.stores[0].address)


def test_a_second_answer_is_refused(backed: Network) -> None:
    id = backed.running(2)
    backed.answers(id, 1)
    with boa.reverts("aggregator: already answered or settled"):
        backed.aggregator.fulfil(
            backed.aggregator.requestIdOf(id, 0), 2, sender=backed.stores[0].address
        )


def test_after_settling_an_answer_changes_nothing_and_the_money_is_back(backed: Network) -> None:
    id = backed.running(2)
    backed.answers(id, 4)
    backed.expire(id)
    backed.settle(id)
    with boa.reverts("storage: no such request"):
        backed.answer(id, 1, 10**6)
    with boa.reverts("aggregator: not the oracle asked"):
        backed.aggregator.fulfil(
            backed.aggregator.requestIdOf(id, 1), 2, sender=backed.stores[1].address
        )
    assert backed.aggregator.answerOf(id)[:2] == (True, 4)


@pytest.mark.parametrize("number", [LOWEST, HIGHEST, 0, -1])
def test_any_number_is_an_answer(backed: Network, number: int) -> None:
    id = backed.running(3, tolerance=0)
    backed.answers(id, number, number, number)
    backed.settle(id)
    assert backed.aggregator.answerOf(id)[:2] == (True, number)
    assert backed.balance(backed.penalties) == 4 * backed.collateral(0).balance


def test_complete_says_whether_all_have_answered(backed: Network) -> None:
    id = backed.running(2)
    assert not backed.aggregator.complete(id, 2)
    backed.answers(id, 1)
    assert backed.aggregator.complete(id, 1)
    assert not backed.aggregator.complete(id, 2)
    travel(backed.agreements.agreement(id).answerDeadline + 1 - boa.env.timestamp)
    assert backed.answer(id, 1, 1)
    assert backed.aggregator.complete(id, 2)


def test_only_agreements_ask_and_conclude(backed: Network) -> None:
    stranger = backed.suite.actors.stranger
    with boa.reverts("aggregator: only agreements"):
        backed.aggregator.request(1, bytes(32), b"", 0, 1, [stranger], sender=stranger)
    with boa.reverts("aggregator: only agreements"):
        backed.aggregator.conclude(1, 1, 0, 0, 0, 0, stranger, sender=stranger)


def test_requests_have_ids_of_their_own(network: Network) -> None:
    ids = {network.aggregator.requestIdOf(id, index) for id in range(1, 9) for index in range(31)}
    assert len(ids) == 8 * 31
    with boa.reverts("aggregator: index"):
        network.aggregator.requestIdOf(1, 31)
    for ask in (network.aggregator.answerOf, lambda id: network.aggregator.requestIdOf(id, 0)):
        with boa.reverts("aggregator: id"):
            ask(2**40)
