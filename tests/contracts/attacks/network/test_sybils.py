# SPDX-License-Identifier: MIT
"""Sixty-two bids by strangers' contracts, thirty-one of them asked within one transaction."""

from __future__ import annotations

import random

import boa
import pytest

from tests.contracts.attacks.network.league import (
    ACCEPT,
    BLOCK_GAS,
    BURN,
    PAY,
    REFUSE,
    act,
    call,
    fund,
    held,
    impostor,
    new_transaction,
    say,
)
from tests.contracts.suite import Contract, actor, link, logs, travel
from tests.contracts.unit.chainlink.support import (
    CANCELLED,
    COMPLETED,
    CONSUMER,
    DATA,
    JOB,
    MISSED,
    PAYMENT,
    PENALTY,
    SETTLED,
    Network,
)

MOST_ORACLES, MOST_BIDS = 31, 62


def crowd(network: Network, id: int, size: int) -> list[Contract]:
    """Impostors that all bid."""
    found = []
    for _ in range(size):
        oracle = impostor(network, PENALTY)
        act(oracle, network.agreements, "bid", id, oracle.address, 0, network.digest(id))
        found.append(oracle)
    return found


def orders(found: list[Contract], deed: int) -> None:
    for oracle in found:
        oracle.behave(deed, [])


def begin(network: Network, id: int) -> None:
    travel(max(0, network.agreements.agreement(id).bidDeadline - boa.env.timestamp))
    new_transaction()
    network.agreements.start(id, JOB, DATA, gas=BLOCK_GAS)


def test_sixty_two_gas_burners_are_started_and_settled_within_a_transaction(
    network: Network,
) -> None:
    """The honest node bids first and wins; all the others burn what they are given."""
    network.deposit(0)
    provider = network.reputation.address
    id = network.post(oracles=MOST_ORACLES, minimumAnswers=1, provider=provider)
    network.join(0)
    network.bid(id, 0)
    oracles = []
    for _ in range(MOST_BIDS - 1):
        oracle = impostor(network, PENALTY)
        network.reputation.join(oracle.address)
        act(oracle, network.agreements, "bid", id, oracle.address, 0, network.digest(id))
        oracles.append(oracle)
    with boa.reverts("agreements: bids are full"):
        late = impostor(network, PENALTY)
        network.reputation.join(late.address)
        act(late, network.agreements, "bid", id, late.address, 0, network.digest(id))
    orders(oracles, BURN)
    begin(network, id)
    assert network.balance(network.aggregator) == (MOST_ORACLES - 1) * PAYMENT
    assert network.answer(id, 0, 42)
    network.expire(id)
    new_transaction()
    network.agreements.settle(id, gas=BLOCK_GAS)
    outcomes = [entry.outcome for entry in logs(network.agreements, "OutcomeRecorded")]
    assert outcomes == [COMPLETED] + [MISSED] * (MOST_ORACLES - 1)
    assert network.balance(CONSUMER) == (MOST_ORACLES - 1) * (PAYMENT + PENALTY)
    for index, oracle in enumerate(oracles):
        deposit = network.penalties.deposit(oracle.address, 0)
        chosen = index < MOST_ORACLES - 1
        assert deposit.balance == (0 if chosen else PENALTY)
        assert deposit.reserved == 0
        assert network.reputation.standing(oracle.address).missed == chosen


def test_oracles_that_take_the_payment_and_burn_the_refund_are_slashed(network: Network) -> None:
    """Asked to cancel, each of thirty-one burns all it is given: still one transaction."""
    id = network.post(oracles=MOST_ORACLES, minimumAnswers=1, provider=network.reputation.address)
    oracles = []
    for _ in range(MOST_ORACLES):
        oracle = impostor(network, PENALTY)
        network.reputation.join(oracle.address)
        act(oracle, network.agreements, "bid", id, oracle.address, 0, network.digest(id))
        oracles.append(oracle)
    begin(network, id)
    orders(oracles, BURN)
    network.expire(id)
    new_transaction()
    network.agreements.settle(id, gas=BLOCK_GAS)
    assert network.balance(CONSUMER) == MOST_ORACLES * PENALTY
    # What each of them owes can still be asked for, by anyone, when it changes its mind.
    orders(oracles, PAY)
    for index, oracle in enumerate(oracles[:2]):
        say(oracle, price=PAYMENT)
        new_transaction()
        assert network.aggregator.reclaim(id, index) == PAYMENT
    assert network.balance(CONSUMER) == MOST_ORACLES * PENALTY + 2 * PAYMENT


def test_sixty_two_bids_that_nobody_starts_are_freed(network: Network) -> None:
    id = network.post(oracles=MOST_ORACLES, minimumAnswers=1)
    oracles = crowd(network, id, MOST_BIDS)
    orders(oracles, BURN)
    travel(network.agreements.agreement(id).answerDeadline - boa.env.timestamp)
    new_transaction()
    network.agreements.cancel(id, gas=BLOCK_GAS)
    assert network.agreements.agreement(id).state == CANCELLED
    assert network.balance(CONSUMER) == MOST_ORACLES * PAYMENT
    for oracle in oracles:
        assert network.penalties.deposit(oracle.address, 0).reserved == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_random_crowd_changes_nothing_for_the_honest(network: Network, seed: int) -> None:
    """Each impostor does something else at each step; what it does costs and gains only itself."""
    chance = random.Random(seed)
    network.deposit(0)
    network.deposit(1)
    id = network.post(oracles=8, minimumAnswers=1, beneficiary=actor("the harmed one"))
    network.bid(id, 0, 1)
    oracles = crowd(network, id, 9)
    other = network.post(oracles=1, minimumAnswers=1)
    doors = [
        call(network.agreements, "start", other, JOB, DATA),
        call(network.agreements, "settle", id),
        call(network.agreements, "cancel", id),
        call(network.aggregator, "reclaim", id, 2),
        call(network.penalties, "release", network.stores[0].address, 1),
    ]
    for oracle in oracles:
        say(oracle, speaks=chance.random() < 0.5, least=chance.choice([0, 10**30]))
        oracle.behave(chance.choice([ACCEPT, ACCEPT, REFUSE, BURN]), [chance.choice(doors)])
    begin(network, id)
    kept = sum(network.balance(oracle) for oracle in oracles)
    assert network.answer(id, 0, 42)
    assert network.answer(id, 1, 42)
    for oracle in oracles:
        say(oracle, price=chance.choice([1, PAYMENT // 2, PAYMENT]))
        oracle.behave(chance.choice([ACCEPT, REFUSE, BURN, PAY]), [chance.choice(doors)])
    network.expire(id)
    new_transaction()
    network.agreements.settle(id, gas=BLOCK_GAS)
    left = sum(network.balance(oracle) for oracle in oracles)
    assert network.agreements.agreement(id).state == SETTLED
    assert network.balance(actor("the harmed one")) == 6 * PENALTY
    # 2 were answered; the rest of the payments is with the consumer or with those who kept it.
    assert network.balance(CONSUMER) + left == 6 * PAYMENT
    assert left <= kept
    assert held(network, [network.aggregator]) == [0]
    assert [network.collateral(index).balance for index in (0, 1)] == [link(20)] * 2
    fund(network, oracles[0], 1, reference=9)
