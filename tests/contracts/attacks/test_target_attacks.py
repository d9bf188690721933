# SPDX-License-Identifier: MIT
"""A penalty target that is a staker, was a consumer, or re-enters while it is paid (P1, P12)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import (
    CALLBACK,
    answer,
    ask,
    most,
    next_block,
    penalty,
    worth,
)
from tests.contracts.suite import ALL, Contract, Suite, link, mock, travel, word


@pytest.fixture
def target(suite: Suite) -> Contract:
    return mock("evil_target", suite.link.address)


def act(suite: Suite, target: Contract, name: str, *args: object) -> None:
    target.act(suite.store.address, getattr(suite.store, name).prepare_calldata(*args))


def test_p1_a_target_that_staked_before_has_its_own_stake_only(
    staked: Suite, target: Contract
) -> None:
    staked.fund(target.address, link(50))
    stake = staked.link.transferAndCall.prepare_calldata(staked.store.address, link(50), b"")
    target.act(staked.link.address, stake)
    staked.whitelist(target.address)
    penalty(staked, target, link(9), 1)
    before = staked.link.balanceOf(target.address)
    act(staked, target, "withdraw", ALL)
    assert staked.link.balanceOf(target.address) - before <= link(50) - link(1)
    # Its part of its own penalty is a claim; slashing the rest gains it nothing.
    data = word(1) + word(1)
    back = staked.link.transferAndCall.prepare_calldata(staked.store.address, 0, data)
    target.act(staked.link.address, back)
    assert staked.store.claimExit(target.address, [1]) == 0


def test_p12_a_consumer_that_became_a_target_is_never_called(
    staked: Suite, target: Contract
) -> None:
    asked = ask(staked, target, link(1))
    staked.whitelist(target.address)
    penalty(staked, target, link(1), 1)
    with boa.reverts("storage: a penalty contract"):
        answer(staked, target, link(1), asked)
    assert target.calls() == 1  # the penalty
    # Its payment comes back all the same.
    before = staked.link.balanceOf(target.address)
    act(staked, target, "cancelOracleRequest", asked[0], link(1), CALLBACK, asked[1])
    assert staked.link.balanceOf(target.address) - before == link(1)


def test_p12_a_destination_does_not_ask(staked: Suite, target: Contract) -> None:
    staked.whitelist(target.address)
    with boa.reverts():
        ask(staked, target, link(1))
    staked.factory.removeDestination(target.address, sender=staked.actors.owner)
    with boa.reverts():
        ask(staked, target, link(1), 2)


def test_p1_a_target_that_re_enters_gains_nothing(staked: Suite, target: Contract) -> None:
    """While the penalty arrives it tries every door, and a stake, and another return."""
    staked.whitelist(target.address)
    staked.fund(target.address, link(10))
    staked.fund(staked.store.address, link(4))
    store, token = staked.store, staked.link
    calls = [
        (store.address, store.withdraw.prepare_calldata(ALL)),
        (store.address, store.sendPenalty.prepare_calldata(target.address, 1, word(9))),
        (store.address, store.resolveOverdue.prepare_calldata(target.address, word(1))),
        (store.address, store.release.prepare_calldata(target.address, ALL)),
        (token.address, token.transferAndCall.prepare_calldata(store.address, link(1), b"")),
        (token.address, token.transferAndCall.prepare_calldata(store.address, 1, word(2))),
        (token.address, token.transferFrom.prepare_calldata(store.address, target.address, 1)),
        (store.address, store.claimExit.prepare_calldata(target.address, [1])),
        (store.address, store.distribute.prepare_calldata()),
        (token.address, token.transferAndCall.prepare_calldata(store.address, link(1), word(1))),
    ]
    target.prepare(calls)
    penalty(staked, target, link(3), 1)
    # Claiming nothing, distributing and a return in time are open to anybody, and harmless.
    assert target.succeeded() == 0b1110000000
    assert store.penaltyById(1).returned == link(1)
    assert store.atRisk() == link(2)
    held = token.balanceOf(store.address)
    assert held + store.atRisk() == (
        store.totalStaked() + store.ownersDue() + store.operationsDue() + store.pendingIncome()
    )


def test_p15_a_target_cannot_be_sent_more_from_inside(staked: Suite, target: Contract) -> None:
    """The operator is the target: sending again from inside finds the allowance used."""
    staked.whitelist(target.address)
    staked.store.transferOperator(target.address, sender=staked.actors.operator)
    act(staked, target, "acceptOperator")
    amount = most(staked)
    again = staked.store.sendPenalty.prepare_calldata(target.address, amount, word(2))
    target.prepare([(staked.store.address, again)])
    act(staked, target, "sendPenalty", target.address, amount, word(1))
    assert target.succeeded() == 0
    assert staked.store.atRisk() == amount


def test_p12_a_call_back_finds_custody_closed_and_may_ask_again(
    staked: Suite, target: Contract
) -> None:
    store, token = staked.store, staked.link
    asked = ask(staked, target, link(1))
    staked.fund(target.address, link(5))
    request = bytes(
        store.operatorRequest.prepare_calldata(target.address, 0, bytes(32), CALLBACK, 2, 1, b"")
    )
    stake = token.transferAndCall.prepare_calldata(store.address, link(1), b"")
    calls = [
        (store.address, store.distribute.prepare_calldata()),
        (store.address, store.withdraw.prepare_calldata(ALL)),
        (token.address, stake),
        (token.address, token.transferAndCall.prepare_calldata(store.address, link(1), request)),
    ]
    target.prepare(calls)
    assert answer(staked, target, link(1), asked)
    assert target.succeeded() == 0b1000
    # Open again in the next transaction.
    target.act(token.address, stake)
    assert worth(staked, target.address) >= link(1) - 1
    next_block()
    act(staked, target, "withdraw", ALL)


def test_p12_a_bomb_and_a_gas_burner_cost_the_node_nothing_but_gas(staked: Suite) -> None:
    consumer = mock("hostile_consumer")
    for nonce, mode in enumerate((1, 2, 3), 1):
        asked = ask(staked, consumer, link(1), nonce)
        consumer.behave(mode, [])
        # Less gas than a block's, so that burning it takes no time.
        taken = staked.store.fulfillOracleRequest(
            asked[0],
            link(1),
            consumer.address,
            CALLBACK,
            asked[1],
            bytes(32),
            sender=staked.actors.node_address,
            gas=800_000,
        )
        assert taken == (mode == 3)
    travel(12)
    assert staked.store.operationsDue() == 3 * staked.store.operationalCost()
