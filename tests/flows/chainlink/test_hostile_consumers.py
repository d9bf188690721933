# SPDX-License-Identifier: MIT
"""P12: the malicious consumers of Chainlink's own test suite, bytecode untouched."""

from __future__ import annotations

import pytest

from bench.chain import account
from linkpool.errors import TxReverted
from linkpool.units import link
from tests.flows.chainlink.stage import JOB, PAYMENT, WORD, Stage
from tests.flows.chainlink.test_older_consumers import Old, old, published

VERSIONS = ["v0.4", "v0.5"]
CALLBACKS = [
    "assertFail(bytes32,bytes32)",
    "cancelRequestOnFulfill(bytes32,bytes32)",
    "stealEthCall(bytes32,bytes32)",
    "stealEthSend(bytes32,bytes32)",
    "stealEthTransfer(bytes32,bytes32)",
    "remove()",
]


def hostile(stage: Stage, name: str) -> Old:
    """A consumer with 10 LINK that works against the PoolStorage."""
    address = stage.create(published(name), stage.world.link.address, stage.ours)
    stage.world.give(address, link("10"))
    return Old(stage, name, stage.ours, address)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("callback", CALLBACKS)
def test_p12_whatever_the_callback_does_the_node_is_paid_and_custody_is_whole(
    stage: Stage, version: str, callback: str
) -> None:
    consumer = hostile(stage, f"{version}/MaliciousConsumer")
    asked = consumer.do("requestData", JOB, callback.encode())
    request = stage.request(asked, stage.ours)
    paid = request.fields["payment"]
    held, rest = stage.link_of(stage.ours), stage.link_of(consumer.address)
    stage.answer(request, 1)
    assert stage.link_of(stage.ours) == held
    assert stage.link_of(consumer.address) == rest
    assert stage.ask_ours("escrowed") == 0
    assert stage.ask_ours("pendingIncome") + stage.ask_ours("operationsDue") == paid
    stage.world.act(stage.world.storage.withdraw(link("1")), stage.staker)


@pytest.mark.parametrize("version", VERSIONS)
def test_p12_a_request_that_targets_somebody_else_is_refused(stage: Stage, version: str) -> None:
    attacker = hostile(stage, f"{version}/MaliciousRequester")
    for victim in (stage.asker, stage.world.link.address, stage.ours, account("victim")):
        with pytest.raises(TxReverted, match="storage: callback not the sender"):
            attacker.do("request", JOB, victim, b"fulfill(bytes32,bytes32)")


@pytest.mark.parametrize("version", VERSIONS)
def test_p11_a_refund_in_the_same_transaction_is_refused(stage: Stage, version: str) -> None:
    """It makes the expiration up, to be past."""
    attacker = hostile(stage, f"{version}/MaliciousRequester")
    with pytest.raises(TxReverted, match="storage: no such request"):
        attacker.do("maliciousRequestCancel", JOB, b"doesNothing(bytes32,bytes32)")


@pytest.mark.parametrize("suite", ["factory", "pool", "node", "staking", "owners"])
def test_p12_no_contract_of_the_suite_can_be_made_a_requester(stage: Stage, suite: str) -> None:
    """They never ask; should one ever be made to, it is refused."""
    requester = getattr(stage.world, suite).address
    stage.world.give(requester, PAYMENT)
    head = (requester, 0, JOB, WORD, 1, 2, b"")
    payload = stage.call(stage.ours, "operatorRequest", *head).data
    pay = stage.world.link.transfer_and_call(stage.ours, PAYMENT, payload)
    with pytest.raises(TxReverted, match="storage: not a requester"):
        stage.chain.send(pay, requester)


def test_p12_the_gas_guzzler_stops_nobody(stage: Stage) -> None:
    """The node's transaction succeeds, the node is paid, custody stays open."""
    consumer = old(stage, "v0.6/GasGuzzlingConsumer", stage.ours)
    request = stage.request(consumer.do("gassyRequestEthereumPrice", PAYMENT), stage.ours)
    assert stage.ask_ours("escrowed") == PAYMENT
    stage.answer(request, 1)
    assert stage.ask_ours("escrowed") == 0
    stage.world.act(stage.world.storage.withdraw(link("1")), stage.staker)
