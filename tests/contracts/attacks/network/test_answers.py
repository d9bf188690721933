# SPDX-License-Identifier: MIT
"""Forged, repeated, extreme and last answers."""

from __future__ import annotations

import random
from typing import Any

import boa
import pytest

from tests.contracts.attacks.network.league import act, impostor
from tests.contracts.suite import actor, link, logs
from tests.contracts.unit.chainlink.support import (
    COMPLETED,
    CONSUMER,
    EXPIRY,
    FULFIL,
    JOB,
    MISSED,
    PAYMENT,
    PENALTY,
    SETTLED,
    WRONG,
    Network,
)

LEAST, MOST = -(2**255), 2**255 - 1


def settled(network: Network, id: int) -> list[tuple[int, int]]:
    """Settles; outcome and slash of each oracle, in the order asked."""
    network.settle(id)
    return [(e.outcome, e.slashed) for e in logs(network.agreements, "OutcomeRecorded")]


def test_nobody_but_the_oracle_asked_answers(backed: Network) -> None:
    """Strangers, the consumer, another oracle of the agreement, an impostor that bid too late."""
    id = backed.running(2)
    forger = impostor(backed, link(5))
    for index in (0, 1):
        request = backed.aggregator.requestIdOf(id, index)
        others = [CONSUMER, backed.sender(index), backed.stores[1 - index].address]
        others += [backed.agreements.address, backed.penalties.address, forger.address]
        for other in others:
            with boa.reverts("aggregator: not the oracle asked"):
                backed.aggregator.fulfil(request, 7, sender=other)
    with boa.reverts("aggregator: not the oracle asked"):
        backed.aggregator.fulfil(backed.aggregator.requestIdOf(id, 2), 7, sender=forger.address)
    with boa.reverts("aggregator: not the oracle asked"):
        backed.aggregator.fulfil(bytes(32), 7, sender=forger.address)


def test_a_stranger_cannot_have_a_storage_answer_for_it(backed: Network) -> None:
    """A request that names the Aggregator as its call back is refused; so is one in its name."""
    store = backed.stores[0]
    for callback in (backed.aggregator.address, CONSUMER):
        forged = store.oracleRequest.prepare_calldata(
            backed.aggregator.address, PAYMENT, JOB, callback, FULFIL, 32, 2, b""
        )
        backed.suite.fund(CONSUMER, PAYMENT)
        if callback == CONSUMER:
            backed.link.transferAndCall(store.address, PAYMENT, forged, sender=CONSUMER)
            continue
        with boa.reverts("storage: callback not the sender"):
            backed.link.transferAndCall(store.address, PAYMENT, forged, sender=CONSUMER)


@pytest.mark.parametrize("tail", [b"", b"\x01" * 31])
def test_an_answer_that_is_no_number_is_none(backed: Network, tail: bytes) -> None:
    """It takes the payment and costs the whole penalty; nobody can owe it any more."""
    id = backed.running(1)
    request = backed.aggregator.requestIdOf(id, 0)
    agreement = backed.agreements.agreement(id)
    taken = backed.stores[0].fulfillOracleRequest2(
        request,
        PAYMENT,
        backed.aggregator.address,
        FULFIL,
        agreement.startedAt + EXPIRY,
        request + tail,
        sender=backed.sender(0),
    )
    assert not taken
    backed.expire(id)
    assert settled(backed, id) == [(MISSED, PENALTY)]
    assert backed.balance(CONSUMER) == PENALTY
    with boa.reverts("storage: no such request"):
        backed.aggregator.reclaim(id, 0)


def test_an_answer_may_carry_more_words_than_the_number(backed: Network) -> None:
    id = backed.running(1)
    request = backed.aggregator.requestIdOf(id, 0)
    started = backed.agreements.agreement(id).startedAt
    assert backed.stores[0].fulfillOracleRequest2(
        request,
        PAYMENT,
        backed.aggregator.address,
        FULFIL,
        started + EXPIRY,
        request + (42).to_bytes(32, "big") + bytes(320),
        sender=backed.sender(0),
    )
    backed.settle(id)
    assert backed.aggregator.answerOf(id)[:2] == (True, 42)


def test_the_last_answer_moves_the_median_between_its_neighbours_at_most(
    backed: Network,
) -> None:
    """Whoever answers last knows all others; what it can reach lies between the middle two."""
    chance = random.Random(7)
    known: Any = [LEAST, LEAST + 1, -1, 0, 1, MOST - 1, MOST]
    for _ in range(12):
        others = [chance.choice([*known, chance.randrange(LEAST, MOST)]) for _ in range(2)]
        last = chance.choice([*known, *others, chance.randrange(LEAST, MOST)])
        with boa.env.anchor():
            id = backed.running(3)
            backed.answers(id, *others, last)
            backed.settle(id)
            assert min(others) <= backed.aggregator.answerOf(id)[1] <= max(others)
            assert backed.aggregator.answerOf(id)[1] == sorted([*others, last])[1]


@pytest.mark.parametrize(
    ("numbers", "median"),
    [
        ((LEAST, MOST), -1),
        ((MOST, MOST), MOST),
        ((LEAST, LEAST), LEAST),
        ((LEAST, LEAST + 1), LEAST),
        ((MOST - 1, MOST), MOST - 1),
        ((-3, -2), -3),
        ((-1, 0), -1),
        ((LEAST, 0, MOST), 0),
        ((LEAST, LEAST, MOST, MOST), -1),
    ],
)
@pytest.mark.parametrize("tolerance", [0, 1, 999_999, 1_000_000])
def test_extreme_answers_neither_overflow_nor_stop_the_settlement(
    backed: Network, numbers: tuple[int, ...], median: int, tolerance: int
) -> None:
    id = backed.running(len(numbers), tolerance=tolerance)
    backed.answers(id, *numbers)
    found = settled(backed, id)
    assert backed.agreements.agreement(id).state == SETTLED
    assert backed.aggregator.answerOf(id)[1] == median
    most = abs(median) * tolerance // 10**6
    expected = [COMPLETED if abs(n - median) <= most else WRONG for n in numbers]
    assert [outcome for outcome, _ in found] == expected


def test_a_majority_of_strangers_decides_what_is_right(backed: Network) -> None:
    """By design: two impostors of three have the honest node slashed, by what it reserved."""
    league = [impostor(backed, link(5)) for _ in range(2)]
    gain = actor("the league")
    id = backed.post(oracles=3, minimumAnswers=3, beneficiary=gain)
    backed.bid(id, 0)
    for oracle in league:
        act(oracle, backed.agreements, "bid", id, oracle.address, 0, backed.digest(id))
    backed.start(id)
    assert backed.answer(id, 0, 42)
    for index, oracle in enumerate(league, 1):
        act(oracle, backed.aggregator, "fulfil", backed.aggregator.requestIdOf(id, index), 10**9)
    assert settled(backed, id) == [(WRONG, PENALTY), (COMPLETED, 0), (COMPLETED, 0)]
    assert backed.balance(gain) == PENALTY
    # Its payment stays with the honest node: paid for answering, not for agreeing.
    assert backed.stores[0].pendingIncome() > 0


def test_two_oracles_far_apart_are_both_wrong(backed: Network) -> None:
    """By design: the mean of the middle two may be near neither of them."""
    id = backed.running(2, tolerance=1_000)
    backed.answers(id, 100, 200)
    assert settled(backed, id) == [(WRONG, PENALTY)] * 2
    assert backed.aggregator.answerOf(id)[:2] == (True, 150)
    assert backed.balance(CONSUMER) == 2 * PENALTY
