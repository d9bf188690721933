# SPDX-License-Identifier: MIT
"""Consumers that do not pay or name odd beneficiaries; penalty contracts that lie."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.network.league import BLOCK_GAS
from tests.contracts.suite import ALL, Contract, actor, link, mock, word
from tests.contracts.unit.chainlink.support import (
    COLLATERAL,
    CONSUMER,
    MINIMUM,
    PAYMENT,
    PENALTY,
    Network,
    encoded,
    terms,
)


def test_a_consumer_that_never_pays_has_no_agreement(backed: Network) -> None:
    """Less, more, nothing, by plain transfer, by a hook without LINK: none of it asks anybody."""
    cost = 3 * PAYMENT
    backed.suite.fund(CONSUMER, 10 * cost)
    for amount in (0, 1, cost - 1, cost + 1, 2 * cost):
        with boa.reverts("agreements: amount is not oracles x payment"):
            backed.link.transferAndCall(
                backed.agreements.address, amount, encoded(terms()), sender=CONSUMER
            )
    with boa.reverts("agreements: only LINK"):
        backed.agreements.onTokenTransfer(CONSUMER, cost, encoded(terms()), sender=CONSUMER)
    backed.link.transfer(backed.agreements.address, cost, sender=CONSUMER)
    assert backed.agreements.agreementCount() == 0
    with boa.reverts("agreements: not open"):
        backed.bid(1, 0)


@pytest.mark.parametrize("payment", [0, MINIMUM - 1, 2**90, 2**255])
def test_a_payment_that_is_none_is_refused(backed: Network, payment: int) -> None:
    with boa.reverts("agreements: payment"):
        backed.link.transferAndCall(
            backed.agreements.address, 0, encoded(terms(payment=payment)), sender=CONSUMER
        )


@pytest.mark.parametrize("place", ["link", "agreements", "aggregator", "penalties"])
def test_nobody_loses_what_is_slashed_in_one_of_the_contracts(backed: Network, place: str) -> None:
    with boa.reverts("agreements: beneficiary"):
        backed.post(beneficiary=getattr(backed, place).address)


def test_an_unknown_beneficiary_is_the_consumer(backed: Network) -> None:
    id = backed.running(1)
    backed.expire(id)
    backed.settle(id)
    assert backed.agreements.agreement(id).beneficiary == CONSUMER
    assert backed.balance(CONSUMER) == PENALTY + PAYMENT


def test_another_node_as_beneficiary_has_income_for_its_stakers(backed: Network) -> None:
    """A plain transfer is profit there, no stake and no return of anything."""
    gainer = backed.stores[3]
    id = backed.running(1, beneficiary=gainer.address)
    backed.expire(id)
    backed.settle(id)
    assert gainer.pendingIncome() == PENALTY
    assert gainer.penaltyById(1).returned == 0
    gainer.distribute()
    assert gainer.penaltyById(1).state == 1


def test_the_provider_as_beneficiary_keeps_it_and_nothing_breaks(backed: Network) -> None:
    backed.join(0)
    place = backed.reputation.address
    id = backed.running(1, beneficiary=place, provider=place)
    backed.expire(id)
    backed.settle(id)
    assert backed.balance(place) == PENALTY
    assert backed.reputation.standing(backed.stores[0].address).lost == PENALTY


def test_one_who_is_everything_gains_what_it_loses(backed: Network) -> None:
    """Consumer, beneficiary, both oracles and the provider in one hand: the sum of it is zero."""
    mine = [mock("network_impostor", backed.link.address) for _ in range(3)]
    provider, first, second = mine
    before = 0
    for oracle in (first, second):
        backed.suite.fund(oracle.address, PENALTY)
        deposit = backed.link.transferAndCall.prepare_calldata(
            backed.penalties.address, PENALTY, bytes(32)
        )
        oracle.act(backed.link.address, deposit)
        before += PENALTY
    provider.rate(first.address, 1_000_000)
    id = backed.post(
        consumer=first.address,
        oracles=2,
        minimumAnswers=1,
        beneficiary=provider.address,
        provider=provider.address,
    )
    before += 2 * PAYMENT
    for oracle in (first, second):
        oracle.act(
            backed.agreements.address,
            backed.agreements.bid.prepare_calldata(id, oracle.address, 0, backed.digest(id)),
        )
    backed.start(id)
    backed.expire(id)
    backed.agreements.settle(id, gas=BLOCK_GAS)
    assert sum(backed.balance(one) for one in mine) == before
    assert backed.balance(backed.penalties) == 4 * COLLATERAL


# ---- Penalty contracts that lie, against real storages ----


@pytest.fixture
def liar(network: Network) -> Contract:
    """Another destination, with ten LINK of each of two nodes under one reference."""
    box = mock("penalty_box", network.link.address)
    network.suite.whitelist(box.address)
    for index in (0, 1):
        network.stores[index].sendPenalty(
            box.address, link(10), word(1), sender=network.suite.actors.operator
        )
    return box


def test_what_belongs_to_another_storage_is_never_missing_twice(
    network: Network, liar: Contract
) -> None:
    """It pays the first one's LINK to the second: profit there; the first loses its record."""
    first, second = network.stores[0], network.stores[1]
    liar.giveBack(second.address, link(20), word(1))
    assert second.penaltyById(1).returned == link(10)
    assert second.pendingIncome() == link(10)
    boa.env.timestamp = first.penaltyById(1).deadline + 1
    first.resolveOverdue(liar.address, word(1))
    assert first.totalStaked() == link(990)
    assert second.totalStaked() == link(1000)
    # When it pays at last, that is a return and no income.
    network.suite.fund(liar.address, link(10))
    liar.giveBack(first.address, link(10), word(1))
    assert (first.totalStaked(), first.pendingIncome()) == (link(1000), 0)


def test_the_networks_own_penalties_cannot_be_told_the_liars_reference(
    network: Network, liar: Contract
) -> None:
    """Records are per destination: the same number elsewhere is another record."""
    store = network.stores[0]
    network.deposit(0, link(5), 1)
    liar.giveBackFinal(store.address, 0, word(1))
    assert store.penaltyById(1).state == 2
    assert store.penaltyById(2).state == 1
    assert network.penalties.release(store.address, 1, sender=network.sender(0)) == link(5)
    assert store.totalStaked() == link(990)
    assert network.balance(store) == link(990)
    boa.env.evm.patch.block_number += 1
    assert store.withdraw(ALL, sender=actor("staker 0")) == link(990)
