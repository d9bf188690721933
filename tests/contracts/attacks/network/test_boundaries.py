# SPDX-License-Identifier: MIT
"""Each deadline on its exact second: one before, at it, one after."""

from __future__ import annotations

from collections.abc import Callable

import boa
import pytest

from tests.contracts.attacks.network.league import works
from tests.contracts.suite import logs, word
from tests.contracts.unit.chainlink.support import (
    ANSWER_TIME,
    COMPLETED,
    CONSUMER,
    DATA,
    JOB,
    LATE,
    LATE_TIME,
    MARGIN,
    MISSED,
    PENALTY,
    Network,
)

AROUND = (-1, 0, 1)


def at(second: int, step: Callable[[], object]) -> bool:
    """Whether it works in that second; undone."""
    with boa.env.anchor():
        boa.env.timestamp = second
        return works(step)


def around(second: int, step: Callable[[], object]) -> list[bool]:
    """Whether it works one second before, at it and one after."""
    return [at(second + offset, step) for offset in AROUND]


def test_bids_are_taken_before_their_deadline(backed: Network) -> None:
    id = backed.post()
    deadline = backed.agreements.agreement(id).bidDeadline
    assert around(deadline, lambda: backed.bid(id, 0)) == [True, False, False]


@pytest.mark.parametrize("bids", [0, 2, 3, 4])
def test_once_bidding_is_over_it_can_be_started_or_cancelled_and_never_both(
    backed: Network, bids: int
) -> None:
    id = backed.post(oracles=3)
    backed.bid(id, *range(bids))
    agreement = backed.agreements.agreement(id)
    last = agreement.answerDeadline - ANSWER_TIME

    def start() -> None:
        backed.agreements.start(id, JOB, DATA)

    def cancel() -> None:
        backed.agreements.cancel(id)

    enough = bids >= 3
    assert around(agreement.bidDeadline, start) == [False, enough, enough]
    assert around(agreement.bidDeadline, cancel) == [False, not enough, not enough]
    assert around(last, start) == [enough, enough, False]
    assert around(last, cancel) == [not enough, not enough, True]


def test_an_answer_is_late_one_second_after_the_deadline(backed: Network) -> None:
    outcomes = []
    id = backed.running(1)
    deadline = backed.agreements.agreement(id).answerDeadline
    for offset in AROUND:
        with boa.env.anchor():
            boa.env.timestamp = deadline + offset
            assert backed.answer(id, 0, 42)
            backed.settle(id)
            (entry,) = logs(backed.agreements, "OutcomeRecorded")
            outcomes.append((entry.outcome, entry.slashed))
    assert outcomes == [(COMPLETED, 0), (COMPLETED, 0), (LATE, PENALTY // 2)]


@pytest.mark.parametrize("wait", [0, 240, 600 - ANSWER_TIME])
def test_settling_waits_for_late_answers_and_for_the_expiry(backed: Network, wait: int) -> None:
    """However late it was started: never before every request can be taken back."""
    id = backed.post(oracles=2, minimumAnswers=1)
    backed.bid(id, 0, 1)
    agreement = backed.agreements.agreement(id)
    boa.env.timestamp = agreement.bidDeadline + wait
    backed.agreements.start(id, JOB, DATA)
    assert backed.answer(id, 0, 42)
    time = backed.agreements.settleTime(id)
    assert time == agreement.answerDeadline + LATE_TIME
    assert around(time, lambda: backed.settle(id)) == [False, True, True]
    boa.env.timestamp = time
    backed.settle(id)
    assert backed.balance(CONSUMER) == agreement.payment + PENALTY


def test_a_last_answer_in_the_second_of_settling_counts_if_it_comes_first(
    backed: Network,
) -> None:
    id = backed.running(1)
    boa.env.timestamp = backed.agreements.settleTime(id)
    with boa.env.anchor():
        assert backed.answer(id, 0, 42)
        backed.settle(id)
        assert [e.outcome for e in logs(backed.agreements, "OutcomeRecorded")] == [LATE]
    backed.settle(id)
    assert [e.outcome for e in logs(backed.agreements, "OutcomeRecorded")] == [MISSED]
    with boa.reverts("storage: no such request"):
        backed.answer(id, 0, 42)


def test_a_bid_needs_a_margin_between_its_settling_and_the_deadline(backed: Network) -> None:
    deadline = backed.collateral(0).deadline
    taken = []
    for offset in AROUND:
        with boa.env.anchor():
            until = deadline - MARGIN + offset
            boa.env.timestamp = until - 1000
            id = backed.post(bidDeadline=until - 900, answerDeadline=until - LATE_TIME)
            taken.append(works(lambda id=id: backed.bid(id, 0)))  # type: ignore[misc]
    assert taken == [True, True, False]


def test_anybody_sends_free_collateral_back_from_the_margin_on(backed: Network) -> None:
    store = backed.stores[0]
    deadline = backed.collateral(0).deadline

    def release() -> None:
        backed.penalties.release(store.address, 1, sender=CONSUMER)

    assert around(deadline - MARGIN, release) == [False, True, True]


def test_a_record_is_overdue_one_second_after_its_deadline(backed: Network) -> None:
    store = backed.stores[0]
    deadline = backed.collateral(0).deadline
    assert deadline == store.penaltyById(1).deadline

    def resolve() -> None:
        store.resolveOverdue(backed.penalties.address, word(1), sender=CONSUMER)

    assert around(deadline, resolve) == [False, False, True]
