# SPDX-License-Identifier: MIT
"""What a consumer can do from inside its callback: ask again, and nothing else (P12)."""

from __future__ import annotations

import pytest

from tests.contracts.suite import Contract, Suite, code_hash, link, travel, word
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    ANSWER,
    answer,
    ask,
    operator_request,
    oracle_request,
)

LOCKED = [
    "withdraw",
    "distribute",
    "claimExit",
    "resolveOverdue",
    "activateTerm",
    "cancelOracleRequest",
    "cancelOracleRequestByRequester",
]


def _locked_calls(suite: Suite, box: str) -> dict[str, bytes]:
    store = suite.store
    return {
        "withdraw": store.withdraw.prepare_calldata(1),
        "distribute": store.distribute.prepare_calldata(),
        "claimExit": store.claimExit.prepare_calldata(ALICE, [1]),
        "resolveOverdue": store.resolveOverdue.prepare_calldata(box, word(1)),
        "activateTerm": store.activateTerm.prepare_calldata(2),
        "cancelOracleRequest": store.cancelOracleRequest.prepare_calldata(word(1), 1, ANSWER, 1),
        "cancelOracleRequestByRequester": (
            store.cancelOracleRequestByRequester.prepare_calldata(1, 1, ANSWER, 1)
        ),
    }


@pytest.mark.parametrize("call", LOCKED)
def test_p12_a_consumer_cannot_re_enter_custody(
    suite: Suite, puppet: Contract, logic: str, call: str
) -> None:
    suite.stake(puppet.address, link(3))
    suite.store.setTerm(2, int(ALICE, 16), sender=logic)
    travel(suite.factory.delay())
    puppet.plan(suite.store.address, _locked_calls(suite, ALICE)[call])
    assert answer(suite, ask(suite, puppet.address)) is True
    assert puppet.succeeded() is False
    assert b"storage: locked by a callback" in puppet.said()
    assert suite.store.stakeOf(puppet.address) == link(3)


def test_p12_a_consumer_cannot_stake_from_inside(suite: Suite, puppet: Contract) -> None:
    suite.fund(puppet.address, link(5))
    data = suite.link.transferAndCall.prepare_calldata(suite.store.address, link(5), b"")
    puppet.plan(suite.link.address, data)
    answer(suite, ask(suite, puppet.address))
    assert puppet.succeeded() is False
    assert suite.link.balanceOf(puppet.address) == link(5)


def test_p12_who_operates_the_node_sends_no_penalty_from_inside(
    suite: Suite, puppet: Contract, listed: Contract, operator: str
) -> None:
    """Were the operator a consumer: what it may do outside is closed inside."""
    suite.stake(ALICE, link(100))
    store = suite.store
    store.transferOperator(puppet.address, sender=operator)
    puppet.plan(store.address, store.acceptOperator.prepare_calldata())
    answer(suite, ask(suite, puppet.address, nonce=1))
    assert store.operator() == puppet.address
    sending = store.sendPenalty.prepare_calldata(listed.address, link(1), word(1))
    puppet.plan(store.address, sending)
    answer(suite, ask(suite, puppet.address, nonce=2))
    assert puppet.succeeded() is False
    assert b"storage: locked by a callback" in puppet.said()
    assert (store.penaltyCount(), store.atRisk()) == (0, 0)


def test_p12_no_penalty_comes_back_from_inside(
    risked: Suite, puppet: Contract, listed: Contract
) -> None:
    store = risked.store
    for number, give in enumerate((listed.giveBack, listed.giveBackFinal), 1):
        data = give.prepare_calldata(store.address, link(2), word(1))
        puppet.plan(listed.address, data)
        answer(risked, ask(risked, puppet.address, nonce=number))
        assert puppet.succeeded() is False
        assert tuple(store.penaltyById(1))[1:5] == (1, link(5), 0, 0)
    listed.giveBack(store.address, link(5), word(1))
    assert store.penaltyById(1).state == 2


@pytest.mark.parametrize("kind", ["oracle", "operator"])
def test_p12_a_consumer_may_ask_again_from_inside(
    suite: Suite, puppet: Contract, kind: str
) -> None:
    suite.fund(puppet.address, link(1))
    payload = (
        oracle_request(puppet.address, nonce=2) if kind == "oracle" else operator_request(nonce=2)
    )
    data = suite.link.transferAndCall.prepare_calldata(suite.store.address, link(1), payload)
    puppet.plan(suite.link.address, data)
    answer(suite, ask(suite, puppet.address))
    assert puppet.succeeded() is True
    assert suite.store.escrowed() == link(1)


def test_p12_answers_cannot_be_nested(suite: Suite, puppet: Contract, operator: str) -> None:
    """A consumer that is an authorised sender too: the lock holds."""
    suite.store.setAuthorizedSenders([puppet.address], sender=operator)
    inner = ask(suite, puppet.address, nonce=1)
    data = suite.store.fulfillOracleRequest.prepare_calldata(*inner.terms, word(1))
    puppet.plan(suite.store.address, data)
    answer(suite, ask(suite, puppet.address, nonce=2))
    assert puppet.succeeded() is False
    assert b"storage: locked by a callback" in puppet.said()


@pytest.mark.parametrize("call", ["setTerm", "release", "sendPenalty"])
def test_p12_a_consumer_that_became_logic_cannot_re_enter_custody_either(
    suite: Suite, puppet: Contract, listed: Contract, call: str
) -> None:
    """It asked while it was nobody; its answer comes when it may ask for transitions."""
    suite.stake(ALICE, link(100))
    asked = ask(suite, puppet.address)
    suite.factory.setContract(
        "Rogue", puppet.address, code_hash(puppet.address), sender=suite.timelock.address
    )
    data = {
        "setTerm": suite.store.setTerm.prepare_calldata(3, 7),
        "release": suite.store.release.prepare_calldata(ALICE, link(1)),
        "sendPenalty": suite.store.sendPenalty.prepare_calldata(listed.address, 1, word(1)),
    }[call]
    puppet.plan(suite.store.address, data)
    assert answer(suite, asked) is True
    assert puppet.succeeded() is False
    assert b"storage: locked by a callback" in puppet.said()
