# SPDX-License-Identifier: MIT
"""Oracles and providers made to harm: none stops, delays, robs or re-enters an agreement."""

from __future__ import annotations

from dataclasses import dataclass

import boa
import pytest

from tests.contracts.suite import Contract, link, logs, mock, travel
from tests.contracts.unit.chainlink.support import (
    BID_TIME,
    COMPLETED,
    CONSUMER,
    DATA,
    FULFIL,
    JOB,
    MISSED,
    PAYMENT,
    PENALTY,
    SETTLED,
    Network,
    encoded,
    terms,
)
from tests.contracts.unit.pool_storage.support import ANSWER, operator_request, request_id

ACCEPT, REFUSE, BURN, CALL, PAY = range(5)
BLOCK_GAS = 16_777_216


@dataclass
class Stage:
    """An agreement with the honest node 0 and a hostile oracle, which bid second."""

    network: Network
    oracle: Contract
    id: int

    def start(self) -> None:
        travel(BID_TIME)
        self.network.agreements.start(self.id, JOB, DATA, gas=BLOCK_GAS)

    def settle(self) -> None:
        self.network.expire(self.id)
        self.network.agreements.settle(self.id, gas=BLOCK_GAS)

    def outcomes(self) -> list[int]:
        return [entry.outcome for entry in logs(self.network.agreements, "OutcomeRecorded")]


@pytest.fixture
def stage(backed: Network, hostile: Contract) -> Stage:
    fund(backed, hostile, link(5))
    id = backed.post(oracles=2, minimumAnswers=1, provider=backed.reputation.address)
    backed.join(0)
    backed.reputation.join(hostile.address)
    backed.bid(id, 0)
    backed.agreements.bid(id, hostile.address, 0, backed.digest(id))
    return Stage(backed, hostile, id)


def fund(network: Network, oracle: Contract, juels: int) -> None:
    """A deposit of the hostile oracle under reference 0."""
    network.suite.fund(oracle.address, juels)
    pay = network.link.transferAndCall.prepare_calldata(network.penalties.address, juels, bytes(32))
    oracle.act(network.link.address, pay)


@pytest.mark.parametrize("deed", [ACCEPT, REFUSE, BURN, PAY])
@pytest.mark.parametrize("later", [ACCEPT, REFUSE, BURN, PAY])
def test_whatever_it_does_the_honest_node_is_paid_and_the_hostile_one_slashed(
    stage: Stage, deed: int, later: int
) -> None:
    network = stage.network
    stage.oracle.behave(deed, stage.oracle.address, b"")
    stage.start()
    assert network.answer(stage.id, 0, 42)
    stage.oracle.behave(later, stage.oracle.address, b"")
    stage.settle()
    assert stage.outcomes() == [COMPLETED, MISSED]
    assert network.agreements.agreement(stage.id).state == SETTLED
    assert network.aggregator.answerOf(stage.id)[:2] == (True, 42)
    kept = deed in (ACCEPT, PAY) and later != PAY
    assert network.balance(CONSUMER) == PENALTY + (0 if kept else PAYMENT)
    assert network.penalties.deposit(stage.oracle.address, 0).balance == link(5) - PENALTY
    assert network.reputation.standing(stage.network.stores[0].address).completed == 1


@pytest.mark.parametrize("moment", ["start", "settle"])
def test_it_cannot_re_enter(stage: Stage, moment: str) -> None:
    network, oracle = stage.network, stage.oracle
    agreements, penalties, aggregator = network.agreements, network.penalties, network.aggregator
    other = network.post(oracles=1, minimumAnswers=1)
    network.bid(other, 1)
    request = aggregator.requestIdOf(stage.id, 1)
    doors = {
        "start": (agreements, agreements.start.prepare_calldata(other, JOB, DATA)),
        "settle": (agreements, agreements.settle.prepare_calldata(stage.id)),
        "cancel": (agreements, agreements.cancel.prepare_calldata(other)),
        "bid": (
            agreements,
            agreements.bid.prepare_calldata(other, oracle.address, 0, network.digest(other)),
        ),
        "post": (
            network.link,
            network.link.transferAndCall.prepare_calldata(
                agreements.address, 3 * PAYMENT, encoded(terms())
            ),
        ),
        "fulfil": (aggregator, aggregator.fulfil.prepare_calldata(request, 1)),
        "reclaim": (aggregator, aggregator.reclaim.prepare_calldata(stage.id, 1)),
        "own release": (penalties, penalties.release.prepare_calldata(oracle.address, 0)),
    }
    network.suite.fund(oracle.address, link(1))
    for name, (target, data) in doors.items():
        with boa.env.anchor():
            boa.env.evm.vm.state.clear_transient_storage()
            if moment == "start":
                oracle.behave(CALL, target.address, data)
                stage.start()
            else:
                stage.start()
                oracle.behave(CALL, target.address, data)
                stage.settle()
            # Its own free collateral it may fetch, and is told of it; nothing else works.
            fetched = name == "own release"
            calls = 1 + fetched + (moment == "settle")
            assert (oracle.succeeded(), oracle.calls()) == (fetched, calls), name
    assert penalties.deposit(oracle.address, 0).reserved == PENALTY


def test_an_answer_from_inside_the_request_is_refused_and_works_later(stage: Stage) -> None:
    network, oracle = stage.network, stage.oracle
    data = network.aggregator.fulfil.prepare_calldata(
        network.aggregator.requestIdOf(stage.id, 1), 42
    )
    oracle.behave(CALL, network.aggregator.address, data)
    stage.start()
    assert not oracle.succeeded()
    oracle.act(network.aggregator.address, data)
    assert network.answer(stage.id, 0, 42)
    stage.settle()
    assert stage.outcomes() == [COMPLETED, COMPLETED]


def test_its_own_release_cannot_be_used_to_settle(stage: Stage) -> None:
    """LINK tells the depositor of its return: from there Penalties is locked."""
    network, oracle = stage.network, stage.oracle
    stage.start()
    assert network.answer(stage.id, 0, 42)
    network.expire(stage.id)
    oracle.behave(
        CALL, network.agreements.address, network.agreements.settle.prepare_calldata(stage.id)
    )
    network.penalties.release(oracle.address, 0, sender=oracle.address)
    assert not oracle.succeeded()
    assert network.penalties.deposit(oracle.address, 0).balance == PENALTY
    stage.settle()
    assert stage.outcomes() == [COMPLETED, MISSED]


@pytest.mark.parametrize("deed", [ACCEPT, REFUSE, BURN, CALL])
def test_a_hostile_provider_hears_a_report_and_changes_nothing(backed: Network, deed: int) -> None:
    provider = mock("hostile_oracle", backed.link.address)
    id = backed.post(oracles=2, minimumAnswers=1, provider=provider.address)
    backed.bid(id, 0, 1)
    backed.start(id)
    backed.answers(id, 5, 5)
    again = backed.agreements.settle.prepare_calldata(id)
    provider.behave(deed, backed.agreements.address, again)
    backed.agreements.settle(id, gas=BLOCK_GAS)
    assert backed.agreements.agreement(id).state == SETTLED
    assert not provider.succeeded()
    assert provider.calls() == (1 if deed in (ACCEPT, CALL) else 0)


def test_settling_with_little_gas_keeps_no_report_and_no_refund_back(backed: Network) -> None:
    """From no gas up to enough: either it fails, or consumer and provider have everything."""
    backed.join(0, 1)
    id = backed.running(2, provider=backed.reputation.address)
    backed.answers(id, 5)
    backed.expire(id)
    tried, worked = 0, 0
    for gas in range(60_000, 700_000, 10_000):
        with boa.env.anchor():
            boa.env.evm.vm.state.clear_transient_storage()
            tried += 1
            try:
                backed.agreements.settle(id, gas=gas)
            except boa.BoaError:
                continue
            worked += 1
            assert backed.balance(CONSUMER) == PAYMENT + PENALTY
            assert backed.reputation.standing(backed.stores[1].address).missed == 1
    assert 0 < worked < tried


def test_settled_from_inside_a_call_back_the_refund_is_fetched_later(backed: Network) -> None:
    """A stranger's consumer of node 1 settles while that node's custody is locked."""
    id = backed.running(2)
    backed.answers(id, 7)
    backed.expire(id)
    store, puppet = backed.stores[1], mock("consumer_puppet")
    backed.suite.fund(puppet.address, PAYMENT)
    backed.link.transferAndCall(store.address, PAYMENT, operator_request(), sender=puppet.address)
    puppet.plan(backed.agreements.address, backed.agreements.settle.prepare_calldata(id))
    request = request_id(puppet.address, 1)
    expiration = boa.env.timestamp + 300
    store.fulfillOracleRequest2(
        request, PAYMENT, puppet.address, ANSWER, expiration, request, sender=backed.sender(1)
    )
    assert puppet.succeeded()
    assert backed.agreements.agreement(id).state == SETTLED
    assert (backed.balance(CONSUMER), store.escrowed()) == (PENALTY, PAYMENT)
    assert backed.aggregator.reclaim(id, 1, sender=backed.suite.actors.stranger) == PAYMENT
    assert (backed.balance(CONSUMER), store.escrowed()) == (PENALTY + PAYMENT, 0)
    with boa.reverts("aggregator: nothing owed"):
        backed.aggregator.reclaim(id, 1)


def test_nothing_is_reclaimed_that_is_not_owed(backed: Network) -> None:
    id = backed.running(2)
    backed.answers(id, 7)
    for index in (0, 1):
        with boa.reverts("aggregator: nothing owed"):
            backed.aggregator.reclaim(id, index)
    backed.expire(id)
    backed.settle(id)
    for index in (0, 1, 2):
        with boa.reverts("aggregator: nothing owed"):
            backed.aggregator.reclaim(id, index)
    with boa.reverts("storage: no such request"):
        backed.stores[1].cancelOracleRequest(
            backed.aggregator.requestIdOf(id, 1),
            PAYMENT,
            FULFIL,
            backed.agreements.agreement(id).startedAt + 300,
            sender=backed.aggregator.address,
        )


def test_donated_link_is_nobodys(stage: Stage) -> None:
    network = stage.network
    places = (network.agreements, network.aggregator, network.penalties)
    before = [network.balance(place) for place in places]
    for place in places:
        network.suite.fund(place.address, 7)
    stage.start()
    assert network.answer(stage.id, 0, 42)
    stage.settle()
    assert network.balance(CONSUMER) == PENALTY
    after = [network.balance(place) for place in places]
    assert after == [before[0] - 2 * PAYMENT + 7, 7, before[2] - PENALTY + 7]
