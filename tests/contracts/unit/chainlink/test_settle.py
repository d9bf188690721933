# SPDX-License-Identifier: MIT
"""Settling: who is paid, who loses what, what the consumer reads."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ZERO, actor, logs, travel
from tests.contracts.unit.chainlink.support import (
    COLLATERAL,
    COMPLETED,
    CONSUMER,
    LATE,
    LATE_TIME,
    MISSED,
    PAYMENT,
    PENALTY,
    SETTLED,
    UNANSWERED,
    WRONG,
    Network,
)

FRIEND = actor("beneficiary")


def outcomes(network: Network) -> list[tuple[int, int, int]]:
    """(outcome, answer, slashed) of each oracle, in the order asked."""
    found = logs(network.agreements, "OutcomeRecorded")
    return [(entry.outcome, entry.answer, entry.slashed) for entry in found]


def test_three_right_answers_make_a_result(backed: Network) -> None:
    id = backed.running()
    backed.answers(id, 1000, 1002, 1001)
    backed.settle(id)
    assert outcomes(backed) == [(COMPLETED, number, 0) for number in (1000, 1002, 1001)]
    known, answer, time = backed.aggregator.answerOf(id)
    assert (known, answer, time) == (True, 1001, boa.env.timestamp)
    assert backed.agreements.agreement(id).state == SETTLED
    assert backed.balance(CONSUMER) == 0
    assert [backed.stores[index].escrowed() for index in range(3)] == [0, 0, 0]
    for index in range(3):
        deposit = backed.collateral(index)
        assert (deposit.balance, deposit.reserved) == (COLLATERAL, 0)


def test_missed_and_wrong_lose_all_late_half_and_the_consumer_has_it(backed: Network) -> None:
    id = backed.running(4, tolerance=10_000)
    assert backed.answer(id, 0, 1000)
    assert backed.answer(id, 1, 1011)
    assert backed.answer(id, 3, 1000)
    travel(backed.agreements.agreement(id).answerDeadline - boa.env.timestamp + 1)
    backed.expire(id)
    backed.settle(id)
    assert outcomes(backed) == [
        (COMPLETED, 1000, 0),
        (WRONG, 1011, PENALTY),
        (MISSED, 0, PENALTY),
        (COMPLETED, 1000, 0),
    ]
    assert backed.balance(CONSUMER) == PAYMENT + 2 * PENALTY
    assert backed.collateral(1).balance == COLLATERAL - PENALTY


def test_a_late_answer_costs_half_and_does_not_count(backed: Network) -> None:
    id = backed.running(penalty=PENALTY + 1)
    backed.answers(id, 10, 10)
    travel(backed.agreements.agreement(id).answerDeadline + 1 - boa.env.timestamp)
    assert backed.answer(id, 2, 10**9)
    backed.settle(id)
    assert outcomes(backed)[2] == (LATE, 10**9, PENALTY // 2)
    assert backed.aggregator.answerOf(id)[:2] == (True, 10)
    assert backed.balance(CONSUMER) == PENALTY // 2


def test_an_answer_in_the_last_second_is_in_time(backed: Network) -> None:
    id = backed.running(1)
    travel(backed.agreements.agreement(id).answerDeadline - boa.env.timestamp)
    backed.answers(id, 7)
    backed.settle(id)
    assert outcomes(backed) == [(COMPLETED, 7, 0)]


def test_with_too_few_answers_nobody_is_wrong(backed: Network) -> None:
    id = backed.running(minimumAnswers=3)
    backed.answers(id, 1, 10**6)
    backed.expire(id)
    backed.settle(id)
    assert [outcome for outcome, _, _ in outcomes(backed)] == [COMPLETED, COMPLETED, MISSED]
    assert backed.agreements.agreement(id).state == UNANSWERED
    known, answer, time = backed.aggregator.answerOf(id)
    assert (known, answer, time) == (False, 0, boa.env.timestamp)


def test_slashed_collateral_goes_to_the_beneficiary_refunds_to_the_consumer(
    backed: Network,
) -> None:
    id = backed.running(beneficiary=FRIEND)
    backed.answers(id, 1, 1)
    backed.expire(id)
    backed.settle(id)
    assert (backed.balance(FRIEND), backed.balance(CONSUMER)) == (PENALTY, PAYMENT)


def test_a_pool_storage_as_beneficiary_has_income(backed: Network) -> None:
    store = backed.stores[3]
    id = backed.running(beneficiary=store.address)
    before = store.pendingIncome()
    backed.answers(id, 1, 1)
    backed.expire(id)
    backed.settle(id)
    assert store.pendingIncome() - before == PENALTY


def test_before_its_time_an_unfinished_agreement_is_not_settled(backed: Network) -> None:
    id = backed.running()
    backed.answers(id, 1, 1)
    travel(backed.agreements.settleTime(id) - boa.env.timestamp - 1)
    with boa.reverts("agreements: answers may still come"):
        backed.settle(id)
    travel(1)
    backed.settle(id)


def test_nothing_is_settled_twice_nor_before_it_was_started(backed: Network) -> None:
    posted = backed.post()
    with boa.reverts("agreements: not started"):
        backed.settle(posted)
    with boa.reverts("agreements: not started"):
        backed.settle(posted + 1)
    id = backed.running(1)
    backed.answers(id, 1)
    backed.settle(id)
    with boa.reverts("agreements: not started"):
        backed.settle(id)


def test_settle_time_waits_for_the_refunds_of_a_short_agreement(network: Network) -> None:
    now = boa.env.timestamp
    id = network.post(oracles=1, minimumAnswers=1, penalty=0, answerDeadline=now + 60 + 300)
    assert network.agreements.settleTime(id) == 0
    network.bid(id, 0)
    network.start(id)
    assert network.agreements.settleTime(id) == now + 60 + 300 + LATE_TIME


def test_without_a_penalty_nothing_is_reserved_and_nothing_lost(network: Network) -> None:
    id = network.running(2, penalty=0)
    assert network.answer(id, 0, 5)
    network.expire(id)
    network.settle(id)
    assert outcomes(network) == [(COMPLETED, 5, 0), (MISSED, 0, 0)]
    assert network.balance(CONSUMER) == PAYMENT


def test_a_deposit_given_back_in_its_last_day_is_passed_over(backed: Network) -> None:
    id = backed.running()
    backed.answers(id, 1, 1)
    travel(backed.collateral(2).deadline - boa.env.timestamp)
    backed.penalties.release(backed.stores[2].address, 1, sender=backed.suite.actors.stranger)
    backed.settle(id)
    assert outcomes(backed)[2] == (MISSED, 0, 0)
    assert backed.stores[2].penaltyById(1).returned == COLLATERAL


def test_a_record_resolved_meanwhile_does_not_stop_a_slash(backed: Network) -> None:
    id = backed.running()
    backed.answers(id, 1, 1)
    travel(backed.collateral(2).deadline - boa.env.timestamp + 1)
    backed.stores[2].resolveOverdue(backed.penalties.address, (1).to_bytes(32, "big"))
    backed.settle(id)
    assert outcomes(backed)[2] == (MISSED, 0, PENALTY)
    assert backed.penalties.release(backed.stores[2].address, 1) == COLLATERAL - PENALTY


@pytest.mark.parametrize("id", [0, 1, 2**40 - 1])
def test_an_unknown_agreement_has_no_result(network: Network, id: int) -> None:
    assert network.aggregator.answerOf(id) == (False, 0, 0)
    assert network.agreements.agreement(id).consumer == ZERO
    assert network.agreements.settleTime(id) == 0
    assert network.agreements.bids(id) == []
