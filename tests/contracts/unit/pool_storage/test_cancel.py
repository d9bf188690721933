# SPDX-License-Identifier: MIT
"""cancelOracleRequest() and cancelOracleRequestByRequester(): the payment back after expiry."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import CONTRACTS, Suite, actor, deployer, link, logs, travel, word
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    EXPIRY,
    Asked,
    answer,
    ask,
    books,
)

CUSTOMER = actor("customer")


def _cancel(suite: Suite, asked: Asked, sender: str = CUSTOMER) -> None:
    suite.store.cancelOracleRequest(
        asked.id, asked.payment, asked.function, asked.expiration, sender=sender
    )


def _cancel_by_nonce(suite: Suite, asked: Asked, sender: str = CUSTOMER) -> None:
    suite.store.cancelOracleRequestByRequester(
        asked.nonce, asked.payment, asked.function, asked.expiration, sender=sender
    )


WAYS = [_cancel, _cancel_by_nonce]


@pytest.mark.parametrize("way", WAYS)
def test_p1_the_whole_payment_goes_back_to_the_requester(suite: Suite, way: Any) -> None:
    suite.stake(ALICE, link(3))
    asked = ask(suite, CUSTOMER, link(2), nonce=4)
    travel(EXPIRY)
    way(suite, asked)
    (event,) = logs(suite.store, "CancelOracleRequest")
    assert event.requestId == asked.id
    assert suite.link.balanceOf(CUSTOMER) == link(2)
    found = books(suite.store)
    assert (found.escrow, found.pending, found.staked) == (0, 0, link(3))


@pytest.mark.parametrize("way", WAYS)
def test_not_before_expiry(suite: Suite, way: Any) -> None:
    asked = ask(suite, CUSTOMER)
    travel(EXPIRY - 1)
    with boa.reverts("storage: not expired"):
        way(suite, asked)
    travel(1)
    way(suite, asked)
    assert suite.store.escrowed() == 0


@pytest.mark.parametrize("way", WAYS)
def test_nobody_else_takes_it_back(suite: Suite, way: Any) -> None:
    asked = ask(suite, CUSTOMER)
    travel(EXPIRY)
    who = suite.actors
    for outsider in (who.stranger, who.owner, who.operator, who.node_address, ALICE):
        with boa.reverts("storage: no such request"):
            way(suite, asked, outsider)


@pytest.mark.parametrize("way", WAYS)
def test_what_was_answered_is_not_paid_back(suite: Suite, way: Any) -> None:
    asked = ask(suite, CUSTOMER)
    answer(suite, asked)
    travel(EXPIRY)
    with boa.reverts("storage: no such request"):
        way(suite, asked)


@pytest.mark.parametrize("way", WAYS)
def test_it_is_paid_back_once_and_never_answered_after(suite: Suite, way: Any) -> None:
    asked = ask(suite, CUSTOMER)
    ask(suite, actor("other"), link(5))
    travel(EXPIRY)
    way(suite, asked)
    with boa.reverts("storage: no such request"):
        way(suite, asked)
    with boa.reverts("storage: no such request"):
        answer(suite, asked)
    assert suite.store.escrowed() == link(5)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "change",
    [
        {"payment": link("0.1") + 1},
        {"payment": 0},
        {"function": b"\x00\x00\x00\x01"},
        {"expiration": 1},
    ],
    ids=["more", "less", "function", "expiration"],
)
def test_it_must_repeat_what_was_agreed(suite: Suite, way: Any, change: dict[str, Any]) -> None:
    asked = ask(suite, CUSTOMER)
    ask(suite, actor("other"), link(5))
    travel(EXPIRY)
    with boa.reverts("storage: no such request"):
        way(suite, asked.but(**change))


def test_an_unknown_request_is_refused(suite: Suite) -> None:
    """All zeros is what an empty slot could be mistaken for."""
    with boa.reverts("storage: no such request"):
        suite.store.cancelOracleRequest(bytes(32), 0, b"\x00\x00\x00\x00", 0, sender=CUSTOMER)
    with boa.reverts("storage: no such request"):
        suite.store.cancelOracleRequestByRequester(0, 0, b"\x00\x00\x00\x00", 0, sender=CUSTOMER)


def test_p11_cancelling_works_for_multi_word_requests_too(suite: Suite) -> None:
    asked = ask(suite, CUSTOMER, operator=True)
    travel(EXPIRY)
    _cancel(suite, asked)
    assert suite.link.balanceOf(CUSTOMER) == asked.payment


def test_p17_a_refund_needs_no_key_and_no_logic(suite: Suite, operator: str, owner: str) -> None:
    asked = ask(suite, CUSTOMER)
    suite.node.setEnabled(suite.actors.node_address, False, sender=operator)
    for name in ("LinkPool", "Node", "NodeStaking", "NodeFactory"):
        data = suite.factory.setContract.prepare_calldata(name, "0x" + "00" * 20, bytes(32))
        suite.by_timelock(suite.factory, data)
    suite.timelock.renounce_ownership(sender=owner)
    _cancel(suite, asked)
    assert suite.link.balanceOf(CUSTOMER) == asked.payment


def test_the_example_consumer_cancels(suite: Suite) -> None:
    """contracts/examples/Consumer.vy."""
    consumer = deployer(CONTRACTS / "examples/Consumer.vy").deploy(suite.link.address)
    suite.fund(consumer.address, link(1))
    id_ = consumer.ask(suite.store.address, word(9), link(1), b"cbor")
    travel(EXPIRY)
    consumer.cancel(id_)
    assert suite.link.balanceOf(consumer.address) == link(1)
