# SPDX-License-Identifier: MIT
"""Starting and cancelling: who is chosen, who is freed, where the payments go."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import Contract, logs, mock, travel
from tests.contracts.unit.chainlink.support import (
    ANSWER_TIME,
    BID_TIME,
    CANCELLED,
    CONSUMER,
    DATA,
    JOB,
    MISSED,
    PAYMENT,
    PENALTY,
    STARTED,
    WORK_TIME,
    Network,
)


def asked(network: Network) -> list[str]:
    """Whom the start of just now chose, in order."""
    (started,) = logs(network.agreements, "AgreementStarted")
    return [str(oracle) for oracle in started.oracles]


def addresses(network: Network, *indices: int) -> list[str]:
    return [network.stores[index].address for index in indices]


def test_without_a_provider_the_first_are_asked_and_the_others_freed(backed: Network) -> None:
    id = backed.post(oracles=2)
    backed.bid(id, 3, 1, 0, 2)
    backed.start(id)
    assert asked(backed) == addresses(backed, 3, 1)
    reserved = [backed.collateral(index).reserved for index in range(4)]
    assert reserved == [0, PENALTY, 0, PENALTY]
    assert [store.escrowed() for store in backed.stores] == [0, PAYMENT, 0, PAYMENT]
    assert backed.balance(backed.agreements) == backed.balance(backed.aggregator) == 0
    found = backed.agreements.agreement(id)
    assert (found.state, found.startedAt) == (STARTED, boa.env.timestamp)
    assert len(backed.agreements.bids(id)) == 4


@pytest.mark.parametrize(
    ("scores", "chosen"),
    [
        ((1, 2, 3, 4), (3, 2)),
        ((4, 3, 2, 1), (0, 1)),
        ((5, 5, 5, 5), (0, 1)),
        ((0, 9, 0, 9), (1, 3)),
        ((0, 10**6, 999_999, 10**6), (1, 3)),
        ((7, 0, 0, 0), (0, 1)),
    ],
)
def test_reputation_ranks_before_order(
    backed: Network, hostile: Contract, scores: tuple[int, ...], chosen: tuple[int, int]
) -> None:
    id = backed.post(oracles=2, provider=hostile.address)
    for index, score in enumerate(scores):
        hostile.tell(0, score)
        backed.bid(id, index)
    backed.start(id)
    assert asked(backed) == addresses(backed, *chosen)


def test_every_oracle_is_sent_an_ordinary_request_with_its_payment(backed: Network) -> None:
    id = backed.running(3)
    for index, store in enumerate(backed.stores[:3]):
        assert store.escrowed() == PAYMENT
        assert backed.answer(id, index, -5)
    backed.settle(id)
    assert backed.aggregator.answerOf(id)[1] == -5


def test_bidding_has_to_be_over(backed: Network) -> None:
    id = backed.post(oracles=1, minimumAnswers=1)
    backed.bid(id, 0)
    travel(BID_TIME - 1)
    with boa.reverts("agreements: bidding goes on"):
        backed.agreements.start(id, JOB, DATA)
    with boa.reverts("agreements: can still be started"):
        backed.agreements.cancel(id)
    travel(1)
    backed.agreements.start(id, JOB, DATA)


def test_there_have_to_be_bids_enough(backed: Network) -> None:
    id = backed.post(oracles=2)
    backed.bid(id, 0)
    travel(BID_TIME)
    with boa.reverts("agreements: too few bids"):
        backed.agreements.start(id, JOB, DATA)
    backed.agreements.cancel(id)
    assert backed.agreements.agreement(id).state == CANCELLED
    assert backed.balance(CONSUMER) == 2 * PAYMENT
    assert backed.collateral(0).reserved == 0


def test_oracles_have_their_time_to_answer(backed: Network) -> None:
    id = backed.post(oracles=1, minimumAnswers=1)
    backed.bid(id, 0, 1)
    travel(BID_TIME + WORK_TIME - ANSWER_TIME)
    with boa.reverts("agreements: can still be started"):
        backed.agreements.cancel(id)
    travel(1)
    with boa.reverts("agreements: too late to start"):
        backed.agreements.start(id, JOB, DATA)
    backed.agreements.cancel(id, sender=backed.suite.actors.stranger)
    (told,) = logs(backed.agreements, "AgreementCancelled")
    assert (told.id, told.refund) == (id, PAYMENT)
    assert [backed.collateral(index).reserved for index in (0, 1)] == [0, 0]
    assert backed.balance(CONSUMER) == PAYMENT


def test_nothing_is_started_or_cancelled_twice(backed: Network) -> None:
    id, other = backed.running(1), backed.post()
    travel(BID_TIME)
    backed.agreements.cancel(other)
    for ended in (id, other, 99):
        with boa.reverts("agreements: not open"):
            backed.agreements.start(ended, JOB, DATA)
        with boa.reverts("agreements: not open"):
            backed.agreements.cancel(ended)


@pytest.mark.parametrize("changed", [(JOB[::-1], DATA), (JOB, DATA + b"x"), (JOB, b"")])
def test_what_is_asked_is_what_was_posted(backed: Network, changed: tuple[bytes, bytes]) -> None:
    id = backed.post(oracles=1, minimumAnswers=1)
    backed.bid(id, 0)
    travel(BID_TIME)
    with boa.reverts("agreements: not what was posted"):
        backed.agreements.start(id, *changed)


def test_who_refuses_the_request_misses_and_is_not_paid(backed: Network) -> None:
    id = backed.post(oracles=2, minimumAnswers=1)
    backed.bid(id, 0, 1)
    who = backed.suite.actors
    backed.suite.node.setEnabled(backed.sender(0), False, sender=who.operator)
    backed.start(id)
    (refused,) = logs(backed.agreements, "RequestRefused")
    assert refused.oracle == backed.stores[0].address
    assert backed.balance(backed.aggregator) == PAYMENT
    assert backed.answer(id, 1, 3)
    assert not backed.aggregator.complete(id, 2)
    backed.expire(id)
    backed.settle(id)
    first = logs(backed.agreements, "OutcomeRecorded")[0]
    assert (first.outcome, first.slashed) == (MISSED, PENALTY)
    assert backed.balance(CONSUMER) == PAYMENT + PENALTY
    assert backed.balance(backed.aggregator) == 0


def test_a_start_with_little_gas_fails_instead_of_starving_an_oracle(backed: Network) -> None:
    """From no gas up to enough: either nothing happened or every oracle has its request."""
    id = backed.post(oracles=2)
    backed.bid(id, 0, 1)
    travel(BID_TIME)
    tried, worked = 0, 0
    for gas in range(60_000, 900_000, 15_000):
        with boa.env.anchor():
            boa.env.evm.vm.state.clear_transient_storage()
            tried += 1
            try:
                backed.agreements.start(id, JOB, DATA, gas=gas)
            except boa.BoaError:
                continue
            worked += 1
            assert [store.escrowed() for store in backed.stores[:2]] == [PAYMENT] * 2
    assert 0 < worked < tried


def test_62_bids_for_31_oracles_fit_into_one_transaction(
    network: Network, hostile: Contract
) -> None:
    """The dearest order: each later bid ranks below all before, and every oracle burns its gas."""
    id = network.post(
        oracles=31, minimumAnswers=31, penalty=1, provider=hostile.address, data=bytes(1024)
    )
    pay = network.link.transferAndCall.prepare_calldata(network.penalties.address, 1, bytes(32))
    for index in range(62):
        oracle = mock("hostile_oracle", network.link.address)
        network.suite.fund(oracle.address, 1)
        oracle.act(network.link.address, pay)
        oracle.behave(2, oracle.address, b"")
        hostile.tell(0, index)
        network.agreements.bid(id, oracle.address, 0, network.digest(id))
    travel(BID_TIME)
    network.agreements.start(id, JOB, bytes(1024), gas=16_777_216)
    network.expire(id)
    network.agreements.settle(id, gas=16_777_216)
    assert network.balance(CONSUMER) == 31 * PAYMENT + 31
