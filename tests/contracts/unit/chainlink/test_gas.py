# SPDX-License-Identifier: MIT
"""What an agreement costs: receipts of a Prague chain with the real LinkToken, against their goals.

Everybody has done it all before, so that no balance and no counter starts from zero; but a deposit
is measured as a node's first, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import boa
import pytest
from boa.util.abi import Address

from tests.contracts.suite import START, ZERO, Actors, Contract, travel, word
from tests.contracts.unit.chainlink.support import (
    BID_TIME,
    COLLATERAL,
    CONSUMER,
    DATA,
    EXPIRY,
    FULFIL,
    JOB,
    PAYMENT,
    Network,
    deploy_network,
    reputation,
)
from tests.contracts.unit.pool_owners.gas import receipt_gas

NODES = 4
COUNTS = (1, 3, NODES)
DEPOSIT, BID, FULFILMENT = 230_000, 90_000, 130_000
SETTLE, SETTLE_EACH = 80_000, 60_000


def gas(contract: Contract, function: str, *arguments: Any, sender: str) -> int:
    return receipt_gas(contract, function, *arguments, sender=Address(sender))


@dataclass
class Figures:
    """Gas by what was done; settling by how many were asked, each list with all cases."""

    deposits: list[int] = field(default_factory=list)
    bids: list[int] = field(default_factory=list)
    fulfilments: list[int] = field(default_factory=list)
    settled: dict[int, list[int]] = field(default_factory=dict)


def deposit(network: Network, figures: Figures) -> None:
    """The first node's first and second, after another node's; then one of each other."""
    operator = network.suite.actors.operator
    network.deposit(1)
    for reference in (1, 2):
        target = (network.penalties.address, COLLATERAL, word(reference))
        used = gas(network.stores[0], "sendPenalty", *target, sender=operator)
        figures.deposits.append(used)
    for index in range(2, NODES):
        network.deposit(index)


def provider(network: Network) -> str:
    """A new one that all nodes joined: all have the same score, so the order is that of bids."""
    found = reputation(network, open=True)
    for index, store in enumerate(network.stores):
        found.join(store.address, sender=network.sender(index))
    return str(found.address)


def agree(network: Network, figures: Figures, count: int, answers: int, named: str) -> None:
    """One agreement of `count` oracles of which the first `answers` answer, each differently."""
    id = network.post(oracles=count, minimumAnswers=1, penalty=10**18, provider=named)
    for index in range(count):
        bid = (id, network.stores[index].address, 1, network.digest(id))
        figures.bids.append(gas(network.agreements, "bid", *bid, sender=network.sender(index)))
    travel(BID_TIME)
    network.agreements.start(id, JOB, DATA)
    expiration = network.agreements.agreement(id).startedAt + EXPIRY
    for index in range(answers):
        request = network.aggregator.requestIdOf(id, index)
        callback = (network.aggregator.address, FULFIL, expiration)
        answer = (request, PAYMENT, *callback, request + word(index + 1))
        used = gas(
            network.stores[index], "fulfillOracleRequest2", *answer, sender=network.sender(index)
        )
        figures.fulfilments.append(used)
    if answers < count:
        network.expire(id)
    used = gas(network.agreements, "settle", id, sender=network.suite.actors.stranger)
    figures.settled.setdefault(count, []).append(used)


@pytest.fixture(scope="module")
def figures() -> Figures:
    """Measured on a chain of their own: the recipe and the tests' snapshots do not go together."""
    found = Figures()
    with boa.swap_env(boa.Env()):
        boa.env.timestamp = START
        network = deploy_network(Actors(), NODES)
        deposit(network, found)
        network.suite.fund(CONSUMER, 1)
        agree(network, Figures(), NODES, NODES, ZERO)
        for count in COUNTS:
            for answers in {0, 1, count}:
                agree(network, found, count, answers, ZERO)
                agree(network, found, count, answers, provider(network))
    return found


def test_a_deposit_keeps_its_goal(figures: Figures) -> None:
    assert len(figures.deposits) == 2
    assert max(figures.deposits) <= DEPOSIT


def test_a_bid_keeps_its_goal(figures: Figures) -> None:
    assert len(figures.bids) > len(COUNTS)
    assert max(figures.bids) <= BID


def test_a_fulfilment_keeps_its_goal(figures: Figures) -> None:
    assert len(figures.fulfilments) > len(COUNTS)
    assert max(figures.fulfilments) <= FULFILMENT


@pytest.mark.parametrize("count", COUNTS)
def test_settling_keeps_its_goal_whoever_missed_or_was_wrong(figures: Figures, count: int) -> None:
    assert len(figures.settled[count]) >= 4
    assert max(figures.settled[count]) <= SETTLE + SETTLE_EACH * count
