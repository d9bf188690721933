# SPDX-License-Identifier: MIT
"""Whoever sends a transaction chooses its gas: with any amount it does all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boa
import pytest

from tests.contracts.attacks.network.league import (
    BURN,
    PAY,
    act,
    impostor,
    new_transaction,
    say,
)
from tests.contracts.suite import Contract, link, travel
from tests.contracts.unit.chainlink.support import (
    CONSUMER,
    DATA,
    FULFIL,
    JOB,
    PAYMENT,
    Network,
)

PLENTY = 16_000_000
# Amounts tried between nothing and a little more than the least that works.
STEPS = 12

Step = Callable[[int], object]


def books(network: Network, id: int, oracles: list[Contract]) -> list[Any]:
    """All that anybody could be worse off in."""
    found: list[Any] = [network.agreements.agreement(id), network.aggregator.answerOf(id)]
    places = [network.agreements, network.aggregator, network.penalties, *network.stores]
    found += [network.balance(place) for place in (*places, *oracles, CONSUMER)]
    for oracle in (*network.stores, *oracles):
        found.append(network.reputation.standing(oracle.address))
        found += [network.penalties.deposit(oracle.address, reference) for reference in (0, 1)]
    found += [store.escrowed() for store in network.stores]
    found += [store.atRisk() for store in network.stores]
    return found


def tried(step: Step, gas: int, read: Callable[[], list[Any]]) -> list[Any] | None:
    """What a transaction with that much gas leaves behind; None where it reverts."""
    with boa.env.anchor():
        new_transaction()
        try:
            step(gas)
        except boa.BoaError:
            return None
        return read()


def whole_or_nothing(step: Step, read: Callable[[], list[Any]]) -> int:
    """Searches the least gas that works, then looks on both sides of it; that least."""
    whole = tried(step, PLENTY, read)
    assert whole is not None
    low, high = 0, PLENTY
    while high - low > 500:
        middle = (low + high) // 2
        found = tried(step, middle, read)
        assert found in (None, whole), middle
        if found is None:
            low = middle
        else:
            high = middle
    for number in range(STEPS):
        gas = high * (number + 1) // (STEPS * 3 // 4)
        assert tried(step, gas, read) in (None, whole), gas
    # Close to the edge each byte of memory counts.
    for gas in range(high - 2_000, high + 2_000, 501):
        assert tried(step, gas, read) in (None, whole), gas
    return high


@pytest.fixture
def joined(backed: Network) -> Network:
    backed.join(0, 1, 2, 3)
    return backed


def test_bidding(joined: Network) -> None:
    id = joined.post(provider=joined.reputation.address)
    store, sender = joined.stores[0].address, joined.sender(0)

    def bid(gas: int) -> None:
        joined.agreements.bid(id, store, 1, joined.digest(id), sender=sender, gas=gas)

    def read() -> list[Any]:
        return [*books(joined, id, []), joined.agreements.bids(id)]

    assert whole_or_nothing(bid, read) < 300_000


@pytest.mark.parametrize("burn", [False, True])
def test_starting(joined: Network, burn: bool) -> None:
    """Three are asked, one of them an impostor that may burn what it is given; one bid loses."""
    greedy = impostor(joined, link(5))
    joined.reputation.join(greedy.address)
    id = joined.post(oracles=3, minimumAnswers=1, provider=joined.reputation.address)
    act(greedy, joined.agreements, "bid", id, greedy.address, 0, joined.digest(id))
    joined.bid(id, 0, 1, 2)
    travel(60)
    if burn:
        greedy.behave(BURN, [])

    def start(gas: int) -> None:
        joined.agreements.start(id, JOB, DATA, gas=gas)

    assert whole_or_nothing(start, lambda: books(joined, id, [greedy])) < 2_000_000


@pytest.mark.parametrize("later", [PAY, BURN])
def test_settling(joined: Network, later: int) -> None:
    """One has answered, one PoolStorage and one impostor have not; the impostor pays, or burns."""
    greedy = impostor(joined, link(5))
    joined.reputation.join(greedy.address)
    id = joined.post(oracles=3, minimumAnswers=1, provider=joined.reputation.address)
    act(greedy, joined.agreements, "bid", id, greedy.address, 0, joined.digest(id))
    joined.bid(id, 0, 1)
    joined.start(id)
    assert joined.answer(id, 0, 42, place=1)
    joined.expire(id)
    say(greedy, price=PAYMENT)
    greedy.behave(later, [])

    def settle(gas: int) -> None:
        joined.agreements.settle(id, gas=gas)

    whole_or_nothing(settle, lambda: books(joined, id, [greedy]))
    settle(PLENTY)
    assert joined.balance(joined.aggregator) == 0
    assert joined.reputation.standing(greedy.address).missed == 1


def test_cancelling(joined: Network) -> None:
    id = joined.post(oracles=4)
    joined.bid(id, 0, 1, 2)
    travel(60)

    def cancel(gas: int) -> None:
        joined.agreements.cancel(id, gas=gas)

    whole_or_nothing(cancel, lambda: books(joined, id, []))


def test_answering(joined: Network) -> None:
    """A node that has the gas that PoolStorage asks for always has its answer recorded."""
    id = joined.running(2, provider=joined.reputation.address)
    agreement = joined.agreements.agreement(id)
    request = joined.aggregator.requestIdOf(id, 0)

    def answer(gas: int) -> None:
        joined.stores[0].fulfillOracleRequest2(
            request,
            agreement.payment,
            joined.aggregator.address,
            FULFIL,
            agreement.startedAt + 300,
            request + (42).to_bytes(32, "big"),
            sender=joined.sender(0),
            gas=gas,
        )

    def read() -> list[Any]:
        # What was recorded shows when it is settled.
        travel(joined.agreements.settleTime(id) - boa.env.timestamp)
        new_transaction()
        joined.agreements.settle(id, gas=PLENTY)
        return books(joined, id, [])

    assert whole_or_nothing(answer, read) > 400_000
    answer(PLENTY)
    assert read()[1][:2] == (True, 42)


@pytest.mark.parametrize("final", [False, True])
def test_releasing(joined: Network, final: bool) -> None:
    id = joined.post(oracles=1, minimumAnswers=1)
    if not final:
        joined.bid(id, 0)
    store, sender = joined.stores[0].address, joined.sender(0)

    def release(gas: int) -> None:
        joined.penalties.release(store, 1, sender=sender, gas=gas)

    whole_or_nothing(release, lambda: books(joined, id, []))


def test_reclaiming(joined: Network) -> None:
    """An impostor that refused to pay back when it was settled pays at the second asking."""
    sorry = impostor(joined, link(5))
    id = joined.post(oracles=1, minimumAnswers=1)
    act(sorry, joined.agreements, "bid", id, sorry.address, 0, joined.digest(id))
    joined.start(id)
    sorry.behave(1, [])
    joined.expire(id)
    joined.settle(id)
    sorry.behave(PAY, [])
    say(sorry, price=PAYMENT)

    def reclaim(gas: int) -> None:
        joined.aggregator.reclaim(id, 0, gas=gas)

    whole_or_nothing(reclaim, lambda: books(joined, id, [sorry]))
