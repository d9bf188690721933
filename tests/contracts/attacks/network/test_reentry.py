# SPDX-License-Identifier: MIT
"""From inside each call that a stranger's contract is given, every door of all four contracts."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.network.league import (
    ACCEPT,
    act,
    call,
    fund,
    impostor,
    new_transaction,
)
from tests.contracts.suite import ZERO, Contract, link, travel, word
from tests.contracts.unit.chainlink.support import (
    CONSUMER,
    DATA,
    JOB,
    MARGIN,
    PAYMENT,
    PENALTY,
    Network,
    encoded,
    terms,
)


def doors(
    network: Network, hostile: Contract, id: int, ripe: dict[str, int]
) -> dict[str, tuple[str, bytes]]:
    """Every external function that writes, with arguments that would work for somebody."""
    agreements, aggregator = network.agreements, network.aggregator
    penalties, link_ = network.penalties, network.link
    me, victim = hostile.address, network.stores[0].address
    post = encoded(terms(oracles=1, minimumAnswers=1))
    # The deposit is a claim of nothing here, the reports are of a stranger.
    slash, told = [(victim, 1, PENALTY)], [(me, 1, 0, 0)]
    return {
        "post": call(link_, "transferAndCall", agreements.address, PAYMENT, post),
        "bid": call(agreements, "bid", ripe["open"], me, 0, network.digest(ripe["open"])),
        "start": call(agreements, "start", ripe["full"], JOB, DATA),
        "cancel": call(agreements, "cancel", ripe["empty"]),
        "settle this": call(agreements, "settle", id),
        "settle another": call(agreements, "settle", ripe["answered"]),
        "hook of agreements": call(agreements, "onTokenTransfer", me, PAYMENT, post),
        "fulfil": call(aggregator, "fulfil", aggregator.requestIdOf(id, 0), 7),
        "request": call(aggregator, "request", id, JOB, DATA, 0, 2**39, [me]),
        "conclude": call(aggregator, "conclude", id, 1, PAYMENT, 0, 0, 1, me),
        "reclaim": call(aggregator, "reclaim", ripe["owing"], 0),
        "deposit": call(link_, "transferAndCall", penalties.address, 1, word(77)),
        "hook of penalties": call(penalties, "onTokenTransfer", me, 10**30, word(78)),
        "reserve": call(penalties, "reserve", victim, 1, 1, 0),
        "slash": call(penalties, "settle", slash, PENALTY, me),
        "release mine": call(penalties, "release", me, 0),
        "release another's": call(penalties, "release", victim, 1),
        "report": call(network.reputation, "report", id, told),
        "join": call(network.reputation, "join", me),
        "admit": call(network.reputation, "admit", me),
    }


# What a stranger may do at any time, where the contract is not busy and the gas given is enough.
ALLOWED = {
    "request": {"deposit", "release mine", "join"},
    "cancel": {"deposit", "release mine", "join"},
    "report": {"reclaim", "deposit", "release mine"},
    # Its own answer, late, is one of them.
    "release": {"fulfil", "post", "start", "cancel", "reclaim", "join"},
}


@pytest.mark.parametrize("moment", ALLOWED)
def test_nothing_that_matters_is_reached_from_inside(backed: Network, moment: str) -> None:
    """One door at a time: what such a call is given is not enough for all of them."""
    hostile = impostor(backed, link(9))
    backed.suite.fund(hostile.address, link(1))
    ripe = _prepared(backed)
    hostile.rate(hostile.address, 1)
    provider = hostile.address if moment == "report" else ZERO
    id = backed.post(oracles=1, minimumAnswers=1, provider=provider)
    act(hostile, backed.agreements, "bid", id, hostile.address, 0, backed.digest(id))
    travel(60)
    if moment != "request":
        backed.agreements.start(id, JOB, DATA)
        backed.expire(id)
    if moment == "report":
        act(hostile, backed.aggregator, "fulfil", backed.aggregator.requestIdOf(id, 0), 7)
    done = set()
    for name, door in doors(backed, hostile, id, ripe).items():
        with boa.env.anchor():
            before = hostile.calls()
            hostile.behave(ACCEPT, [door])
            new_transaction()
            _called(hostile, backed, moment, id)
            assert hostile.calls() > before, name
            if hostile.succeeded():
                done.add(name)
            for index in range(4):
                assert backed.collateral(index).balance == link(20), name
    assert done == ALLOWED[moment]


def _called(hostile: Contract, network: Network, moment: str, id: int) -> None:
    """Has the hostile one called."""
    if moment == "request":
        network.agreements.start(id, JOB, DATA)
    elif moment == "release":
        act(hostile, network.penalties, "release", hostile.address, 0)
    else:
        network.agreements.settle(id)


def _prepared(network: Network) -> dict[str, int]:
    """Agreements of honest people, each of them ready for one step at the time of the attack."""
    sorry = impostor(network, link(5))
    owing = network.post(oracles=1, minimumAnswers=1)
    act(sorry, network.agreements, "bid", owing, sorry.address, 0, network.digest(owing))
    network.start(owing)
    sorry.behave(1, [])
    network.expire(owing)
    network.settle(owing)
    sorry.behave(0, [])
    answered = network.running(1)
    network.answers(answered, 5)
    far = boa.env.timestamp + 5_000
    later = {"bidDeadline": far, "answerDeadline": far + 1_000}
    full = network.post(oracles=1, minimumAnswers=1, answerDeadline=far)
    network.bid(full, 1)
    empty = network.post(oracles=4)
    open = network.post(oracles=1, minimumAnswers=1, **later)
    return {"owing": owing, "answered": answered, "full": full, "empty": empty, "open": open}


def test_a_provider_is_only_asked_when_it_scores(backed: Network) -> None:
    """It is asked by a static call with little gas: it can refuse a bid, and nothing else."""
    liar = impostor(backed)
    id = backed.post(oracles=1, minimumAnswers=1, provider=liar.address)
    liar.rate(backed.stores[0].address, 1_000_001)
    with boa.reverts("agreements: not a member of the provider"):
        backed.bid(id, 0)
    liar.rate(backed.stores[0].address, 0)
    liar.rate(backed.stores[1].address, 1_000_000)
    backed.bid(id, 0, 1)
    # What it says later changes nothing.
    liar.rate(backed.stores[0].address, 1_000_000)
    liar.rate(backed.stores[1].address, 0)
    assert [found.score for found in backed.agreements.bids(id)] == [0, 1_000_000]
    backed.start(id)
    assert backed.collateral(0).reserved == 0
    assert backed.answer(id, 1, 7, place=0)


def test_an_oracle_that_refuses_after_its_bid_harms_itself_alone(
    backed: Network,
) -> None:
    """A PoolStorage that is disabled meanwhile refuses the request: it has missed."""
    node, operator = backed.suite.node, backed.suite.actors.operator
    id = backed.post(oracles=2, minimumAnswers=1)
    backed.bid(id, 0, 1)
    node.setEnabled(backed.stores[1].nodeAddress(), False, sender=operator)
    backed.start(id)
    assert backed.balance(backed.aggregator) == PAYMENT
    assert backed.answer(id, 0, 42)
    backed.expire(id)
    backed.settle(id)
    assert backed.balance(CONSUMER) == PAYMENT + PENALTY
    assert backed.collateral(1).balance == link(20) - PENALTY
    assert backed.collateral(0).balance == link(20)


def test_a_self_made_crowd_of_deposits_harms_nobody(backed: Network) -> None:
    """A hundred references of one impostor, all of them released by strangers in the end."""
    crowd = impostor(backed)
    crowd.say(True, 0, boa.env.timestamp + MARGIN + 60, 0)
    for reference in range(20):
        fund(backed, crowd, reference + 1, reference)
    crowd.say(False, 0, 0, 0)
    travel(60)
    for reference in range(20):
        assert backed.penalties.release(crowd.address, reference, sender=CONSUMER) > 0
    assert backed.balance(crowd) == 210
