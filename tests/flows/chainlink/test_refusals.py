# SPDX-License-Identifier: MIT
"""What Chainlink's Operator refuses, a PoolStorage refuses too; what it refuses beyond that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode

from bench.chain import account
from linkpool.errors import TxReverted
from linkpool.units import link
from tests.flows.chainlink.stage import EXPIRY, JOB, PAYMENT, WORD, Request, Stage

WORD_OF_ONE = (1).to_bytes(32, "big")


def again(stage: Stage, request: Request) -> None:
    stage.answer(request, 1)
    stage.answer(request, 1)


def cancelled(stage: Stage, request: Request) -> None:
    stage.chain.advance(EXPIRY)
    stage.tell("cancel", *request.refund)
    stage.answer(request, 1)


def altered(field: str, value: Any) -> Callable[[Stage, Request], None]:
    def answer(stage: Stage, request: Request) -> None:
        stage.answer(replace(request, fields=request.fields | {field: value}), 1)

    return answer


def by_a_stranger(stage: Stage, request: Request) -> None:
    stage.chain.send(stage.answering(request, 1), account("stranger"))


def with_another_id(stage: Stage, request: Request) -> None:
    stage.answer2(request, bytes(32) + WORD_OF_ONE)


def without_an_id(stage: Stage, request: Request) -> None:
    stage.answer2(request, request.id[:31])


def short_of_gas(stage: Stage, request: Request) -> None:
    stage.chain.send(stage.answering(request, 1, gas=415_000), stage.node)


def refunded_after_the_answer(stage: Stage, request: Request) -> None:
    stage.answer(request, 1)
    stage.chain.advance(EXPIRY)
    # The consumer's own book is closed; it asks for the refund all the same.
    call = stage.call(request.oracle, "cancelOracleRequest", *request.refund)
    stage.tell("act", request.oracle, call.data)


def refunded_twice(stage: Stage, request: Request) -> None:
    stage.chain.advance(EXPIRY)
    stage.tell("cancel", *request.refund)
    call = stage.call(request.oracle, "cancelOracleRequest", *request.refund)
    stage.tell("act", request.oracle, call.data)


def refunded_to_a_stranger(stage: Stage, request: Request) -> None:
    stage.chain.advance(EXPIRY)
    stage.send(request.oracle, "cancelOracleRequest", *request.refund, sender=stage.user)


ABUSES: dict[str, tuple[Callable[[Stage, Request], None], str]] = {
    "answered twice": (again, "storage: no such request"),
    "answered after its refund": (cancelled, "storage: no such request"),
    "another payment": (altered("payment", PAYMENT + 1), "storage: no such request"),
    "another function": (altered("callbackFunctionId", b"abcd"), "storage: no such request"),
    "another expiration": (altered("cancelExpiration", 1), "storage: no such request"),
    "another target": (altered("callbackAddr", account("victim")), "storage: no such request"),
    "an unknown id": (altered("requestId", b"\1" * 32), "storage: no such request"),
    "by a stranger": (by_a_stranger, "storage: not authorised"),
    "another id in the answer": (with_another_id, "storage: first word not the id"),
    "an answer without an id": (without_an_id, "storage: first word not the id"),
    "short of gas": (short_of_gas, "storage: under 400,000 gas"),
    "refunded after the answer": (refunded_after_the_answer, "storage: no such request"),
    "refunded twice": (refunded_twice, "storage: no such request"),
    "refunded to a stranger": (refunded_to_a_stranger, "storage: no such request"),
}


@pytest.mark.parametrize("abuse", ABUSES)
def test_what_the_operator_refuses_we_refuse_with_a_reason(stage: Stage, abuse: str) -> None:
    act, reason = ABUSES[abuse]
    with stage.chain.undone():
        request = stage.request(stage.ask_word(stage.theirs), stage.theirs)
        with pytest.raises(TxReverted):
            act(stage, request)
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    with pytest.raises(TxReverted) as caught:
        act(stage, request)
    assert caught.value.reason == reason


def oracle_request(stage: Stage, **changes: Any) -> bytes:
    terms = {"job": JOB, "back": stage.user, "function": WORD, "nonce": 77, "version": 1}
    terms |= changes
    head = (account("anybody"), 0, terms["job"], terms["back"], terms["function"])
    call = stage.call(stage.ours, "oracleRequest", *head, terms["nonce"], terms["version"], b"")
    return call.data


@pytest.mark.parametrize("single", [True, False])
def test_a_request_id_is_used_once_while_it_is_open(stage: Stage, single: bool) -> None:
    data = oracle_request(stage)
    if not single:
        head = (account("anybody"), 0, JOB, WORD)
        data = stage.call(stage.ours, "operatorRequest", *head, 77, 2, b"").data
    for oracle in (stage.ours, stage.theirs):
        stage.pay(oracle, data)
        with pytest.raises(TxReverted):
            stage.pay(oracle, data)
    with pytest.raises(TxReverted, match="storage: request id in use"):
        stage.pay(stage.ours, data)


def test_a_data_version_that_does_not_fit_a_byte_is_refused(stage: Stage) -> None:
    with pytest.raises(TxReverted):
        stage.pay(stage.theirs, oracle_request(stage, version=256))
    with pytest.raises(TxReverted, match="storage: data version"):
        stage.pay(stage.ours, oracle_request(stage, version=256))
    stage.pay(stage.ours, oracle_request(stage, version=255))


@pytest.mark.parametrize("oracle", ["ours", "theirs"])
def test_a_multi_word_request_is_not_answered_by_a_single_word(stage: Stage, oracle: str) -> None:
    place = getattr(stage, oracle)
    request = stage.request(stage.ask_words(place), place)
    with pytest.raises(TxReverted, match="ersion"):
        stage.answer(request, 1)
    stage.answer2(request, request.id + encode(["uint256", "uint256"], [1, 2]))
    assert stage.seen("answers") == 1


def test_p12_the_call_back_goes_to_the_sender_only(stage: Stage) -> None:
    """The Operator takes such a request and can never answer it; here it never starts."""
    foreign = oracle_request(stage, back=stage.staker)
    request = stage.request(stage.pay(stage.theirs, foreign), stage.theirs)
    with pytest.raises(TxReverted):
        stage.answer(request, 1)
    with pytest.raises(TxReverted, match="storage: callback not the sender"):
        stage.pay(stage.ours, foreign)


def test_p11_below_the_minimum_payment_is_refused(stage: Stage) -> None:
    least = stage.ask_ours("minimumPayment")
    with pytest.raises(TxReverted, match="storage: below minimum payment"):
        stage.tell("askWord", stage.ours, JOB, least - 1)
    stage.tell("askWord", stage.ours, JOB, least)


@pytest.mark.parametrize(
    "data", [bytes(3), b"\x40\x42\x99\x46", b"\x40\x42\x99\x46" + bytes(28), bytes(100)]
)
def test_what_is_neither_stake_nor_request_is_refused(stage: Stage, data: bytes) -> None:
    for oracle in (stage.ours, stage.theirs):
        with pytest.raises(TxReverted):
            stage.pay(oracle, data)


@pytest.mark.parametrize("function", ["oracleRequest", "operatorRequest"])
def test_requests_come_through_link_only(stage: Stage, function: str) -> None:
    data = oracle_request(stage)
    if function == "operatorRequest":
        head = (account("anybody"), link("9"), JOB, WORD)
        data = stage.call(stage.ours, function, *head, 77, 2, b"").data
    call = replace(stage.call(stage.ours, "getChainlinkToken"), data=data)
    with pytest.raises(TxReverted, match="storage: only LINK"):
        stage.chain.send(call, stage.user)
