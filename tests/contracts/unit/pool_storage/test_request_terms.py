# SPDX-License-Identifier: MIT
"""A request from its payment to its end, beside others and beside all other money of the node."""

from __future__ import annotations

from collections.abc import Callable

import boa
import pytest

from tests.contracts.suite import (
    PENALTY_LIFE,
    Contract,
    Suite,
    actor,
    link,
    mock,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.figures import changed, figures, said
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    ANSWER,
    BOB,
    EXPIRY,
    LIAR,
    SPEC,
    Asked,
    answer,
    answer2,
    ask,
    earn,
    operator_request,
    oracle_request,
    request_id,
    send,
    served,
)

ANNA, BERT = actor("customer anna"), actor("customer bert")


def _refund(suite: Suite, asked: Asked) -> None:
    suite.store.cancelOracleRequest(
        asked.id, asked.payment, asked.function, asked.expiration, sender=asked.callback
    )


def _refund_by_nonce(suite: Suite, asked: Asked) -> None:
    suite.store.cancelOracleRequestByRequester(
        asked.nonce, asked.payment, asked.function, asked.expiration, sender=asked.callback
    )


WAYS: list[Callable[[Suite, Asked], object]] = [answer, answer2, _refund, _refund_by_nonce]
HIGHEST: dict[Callable[[Suite, Asked], bool], int] = {answer: 1, answer2: 2}


@pytest.fixture
def filled(suite: Suite, listed: Contract, operator: str) -> Suite:
    """Stakes, pledged dues, open and overdue penalties, claims, escrow, operations' dues."""
    suite.stake(ALICE, link(60))
    suite.stake(BOB, link(40))
    travel(12)
    served(suite, link("0.3"), nonce=99)
    earn(suite, link(3))
    suite.store.sendPenalty(listed.address, link(2), word(1), sender=operator)
    travel(PENALTY_LIFE + 1)
    suite.store.sendPenalty(listed.address, link("0.9"), word(2), sender=operator)
    suite.store.resolveOverdue(listed.address, word(1))
    suite.store.withdraw(link(1), sender=BOB)
    ask(suite, BERT, link("1.7"), nonce=5)
    return suite


@pytest.mark.parametrize("way", WAYS)
def test_every_term_of_a_request_is_repeated_exactly(
    suite: Suite, way: Callable[[Suite, Asked], object]
) -> None:
    """Beside another one, whose terms are not this one's either."""
    asked = ask(suite, ANNA, link("0.7"), nonce=3)
    other = ask(suite, BERT, link("0.9"), nonce=4)
    travel(EXPIRY)
    wrong = [
        asked.but(payment=asked.payment + 1),
        asked.but(payment=asked.payment - 1),
        asked.but(payment=asked.payment + 2**128),
        asked.but(callback=BERT),
        asked.but(function=ANSWER[:3] + b"\x00"),
        asked.but(function=b"\x00" + ANSWER[1:]),
        asked.but(expiration=asked.expiration - 1),
        asked.but(expiration=asked.expiration - 2**8),
        asked.but(id=other.id, nonce=other.nonce),
        other.but(id=asked.id, nonce=asked.nonce, callback=BERT, payment=asked.payment),
        asked.but(id=bytes(32), nonce=0),
    ]
    for terms in wrong:
        with boa.reverts("storage: no such request"):
            way(suite, terms)
    assert suite.store.escrowed() == link("1.6")
    way(suite, asked)
    assert suite.store.escrowed() == link("0.9")
    for again in WAYS:
        with boa.reverts("storage: no such request"):
            again(suite, asked)
    way(suite, other)
    assert suite.store.escrowed() == 0
    # What has ended is forgotten: the same number makes the same id.
    assert ask(suite, ANNA, link("0.7"), nonce=3).id == asked.id


@pytest.mark.parametrize("operator_kind", [False, True])
def test_a_payment_is_escrow_and_moves_no_other_figure(filled: Suite, operator_kind: bool) -> None:
    store = filled.store
    before = figures(store, (ALICE, BOB))
    payload = oracle_request(ANNA, nonce=7, version=9, data=b"\x05\x06\x07")
    if operator_kind:
        payload = operator_request(nonce=7, version=9, data=b"\x05\x06\x07")
    send(filled, ANNA, link("0.33"), payload)
    id_, until = request_id(ANNA, 7), boa.env.timestamp + EXPIRY
    terms = (SPEC, ANNA, id_, link("0.33"), ANNA, ANSWER, until, 9, b"\x05\x06\x07")
    assert said(filled.link, store) == [("OracleRequest", *terms)]
    assert changed(before, figures(store, (ALICE, BOB))) == {"escrow": link("2.03")}
    # Nobody is left in the place of who paid.
    for caller in (ANNA, LIAR, filled.link.address):
        with boa.reverts("storage: only LINK"):
            store.operatorRequest(ANNA, 1, SPEC, ANSWER, 8, 1, b"", sender=caller)
        with boa.reverts("storage: only LINK"):
            store.oracleRequest(ANNA, 1, SPEC, ANNA, ANSWER, 8, 1, b"", sender=caller)


@pytest.mark.parametrize(
    ("payment", "cost"), [("0.33", "0.05"), ("0.1", "0.05"), ("0.09", "0.045")]
)
@pytest.mark.parametrize("way", [answer, answer2])
def test_an_answer_moves_its_payment_and_no_other_figure(
    filled: Suite, way: Callable[[Suite, Asked], object], payment: str, cost: str
) -> None:
    """The cost, at most the half that the ceiling allows, to the operations; income is the rest."""
    store = filled.store
    store.setTerm(4, 0, sender=filled.node.address)
    asked = ask(filled, ANNA, link(payment), nonce=7)
    before = figures(store, (ALICE, BOB))
    way(filled, asked)
    assert said(store, store) == [("OracleResponse", asked.id)]
    assert changed(before, figures(store, (ALICE, BOB))) == {
        "escrow": link("1.7"),
        "operations": link("0.05") + link(cost),
        "pending": link(payment) - link(cost),
    }
    filled.stake(ALICE, link(1))  # custody is open again


@pytest.mark.parametrize("way", [_refund, _refund_by_nonce])
def test_a_refund_moves_its_payment_and_no_other_figure(
    filled: Suite, way: Callable[[Suite, Asked], object]
) -> None:
    store = filled.store
    asked = ask(filled, ANNA, link("0.33"), nonce=7)
    travel(EXPIRY)
    before = figures(store, (ALICE, BOB))
    way(filled, asked)
    assert said(store, store) == [("CancelOracleRequest", asked.id)]
    assert changed(before, figures(store, (ALICE, BOB))) == {"escrow": link("1.7")}
    assert filled.link.balanceOf(ANNA) == link("0.33")


@pytest.mark.parametrize("operator_kind", [False, True])
def test_a_payload_is_at_most_its_head_and_four_kibibytes(
    suite: Suite, operator_kind: bool
) -> None:
    """To the byte; what lies behind the data is refused above that, whatever it is."""
    data = bytes(range(1, 256)) * 16 + b"\x01" * 16
    payload = oracle_request(ANNA, data=data)
    if operator_kind:
        payload = operator_request(data=data)
    assert len(payload) == 4 + (8 if operator_kind else 9) * 32 + 4096
    with boa.reverts("storage: request over 4 KiB"):
        send(suite, ANNA, link(1), payload + b"\x00")
    send(suite, ANNA, link(1), payload)
    assert said(suite.link, suite.store)[0][-1] == data


def test_no_other_function_is_reached_by_sending_link(filled: Suite, listed: Contract) -> None:
    """What LINK brings is parsed as a request, by its selector, or not at all."""
    store = filled.store
    before = figures(store, (ALICE, BOB))
    policy = (True, False, False, 1, 1)
    requests = (oracle_request(ANNA), operator_request())
    for data in (
        store.release.prepare_calldata(BOB, 1),
        store.setPolicy.prepare_calldata(policy),
        store.setTerm.prepare_calldata(3, 1),
        store.setStakerAllowed.prepare_calldata(BOB, True),
        store.sendPenalty.prepare_calldata(listed.address, 1, word(9)),
        store.onTokenTransfer.prepare_calldata(BOB, 1, b""),
        store.resolveOverdue.prepare_calldata(listed.address, word(2)),
        *(bytes([data[0] ^ 1]) + data[1:] for data in requests),
        *(data[:3] + bytes([data[3] ^ 1]) + data[4:] for data in requests),
        bytes(65),
    ):
        with boa.reverts("storage: unknown payload"):
            send(filled, ANNA, link(1), data)
    assert changed(before, figures(store, (ALICE, BOB))) == {}


@pytest.mark.parametrize("version", [0, 1, 2, 3, 255])
def test_an_answer_fits_its_own_version_and_those_below(suite: Suite, version: int) -> None:
    for nonce, (way, highest) in enumerate(HIGHEST.items()):
        asked = ask(suite, ANNA, nonce=nonce, version=version)
        if version <= highest:
            assert way(suite, asked)
        else:
            with boa.reverts("storage: data version"):
                way(suite, asked)


def test_those_who_may_answer_are_the_node_and_the_last_list(suite: Suite, operator: str) -> None:
    store, keys = suite.store, [actor(f"key {i}") for i in range(4)]
    for chosen in (keys[:3], keys[2:], keys[:1], []):
        store.setAuthorizedSenders(chosen, sender=operator)
        assert said(store, store) == [("AuthorizedSendersChanged", chosen, operator)]
        assert store.getAuthorizedSenders() == [suite.actors.node_address, *chosen]
        for nonce, key in enumerate((*keys, suite.actors.node_address, operator)):
            may = key in chosen or key == suite.actors.node_address
            assert store.isAuthorizedSender(key) is may
            assert store.getAuthorizationStatus(key) is may
            with boa.env.anchor():
                asked = ask(suite, ANNA, nonce=nonce)
                if may:
                    assert answer(suite, asked, sender=key)
                else:
                    with boa.reverts("storage: not authorised"):
                        answer(suite, asked, sender=key)


def test_who_calls_answers_and_cancels_and_not_who_signed(suite: Suite, operator: str) -> None:
    """A contract that a node's key or a customer is made to call has none of their rights."""
    store, key, wallet = suite.store, actor("key"), mock("logic_target")
    store.setAuthorizedSenders([key], sender=operator)
    asked = ask(suite, ANNA, nonce=1)
    answering = store.fulfillOracleRequest.prepare_calldata(*asked.terms, word(7))
    for signer in (key, suite.actors.node_address):
        with boa.reverts():
            wallet.act(store.address, answering, sender=signer)
    own = ask(suite, wallet.address, nonce=2)
    travel(EXPIRY)
    by_id = (asked.id, asked.payment, asked.function, asked.expiration)
    for call in (
        store.cancelOracleRequest.prepare_calldata(*by_id),
        store.cancelOracleRequestByRequester.prepare_calldata(asked.nonce, *by_id[1:]),
    ):
        with boa.reverts():
            wallet.act(store.address, call, sender=ANNA)
    store.setAuthorizedSenders([wallet.address], sender=operator)
    wallet.act(store.address, answering, sender=actor("anybody"))
    by_nonce = (own.nonce, own.payment, own.function, own.expiration)
    cancelling = store.cancelOracleRequestByRequester.prepare_calldata(*by_nonce)
    wallet.act(store.address, cancelling, sender=actor("anybody"))
    assert suite.link.balanceOf(wallet.address) == own.payment
    assert store.escrowed() == 0
