# SPDX-License-Identifier: MIT
"""A consumer on Chainlink's client asks a PoolStorage, gets its answer, or its LINK back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from eth_abi.abi import encode

from linkpool.errors import TxReverted
from linkpool.units import link
from tests.flows.chainlink.stage import EXPIRY, JOB, PAYMENT, Stage


def test_one_word(stage: Stage) -> None:
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    stage.answer(request, 271_828)
    assert stage.seen("word") == 271_828
    assert stage.seen("answers") == 1


def test_two_words(stage: Stage) -> None:
    request = stage.request(stage.ask_words(stage.ours), stage.ours)
    stage.answer2(request, request.id + encode(["uint256", "uint256"], [3, 2**256 - 1]))
    assert (stage.seen("word"), stage.seen("second")) == (3, 2**256 - 1)


def test_bytes_of_any_length(stage: Stage) -> None:
    done = stage.tell("askRaw", stage.ours, JOB, PAYMENT, b"", False)
    request = stage.request(done, stage.ours)
    text = bytes(range(256)) * 3
    stage.answer2(request, encode(["bytes32", "bytes"], [request.id, text]))
    assert stage.seen("text") == text


def test_the_parameters_reach_the_node_as_the_client_encoded_them(stage: Stage) -> None:
    """CBOR without the map's own bytes: text of n < 24 bytes is 0x60 + n before it."""
    data = stage.request(stage.ask_word(stage.ours), stage.ours).fields["data"]
    assert data.startswith(b"\x63get\x78\x2chttps://data.example.org/price?of=ETH&in=USD")
    assert data.endswith(b"\x64path\x6cdata,0,price\x65times\x18\x64")


def test_the_payment_becomes_income_less_the_cost(stage: Stage) -> None:
    """1 LINK: 0.05 for running the node, a quarter of the rest for the owners (6.1.4)."""
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    assert stage.ask_ours("escrowed") == PAYMENT
    assert stage.ask_ours("pendingIncome") == 0
    stage.answer(request, 1)
    assert stage.ask_ours("escrowed") == 0
    assert stage.ask_ours("operationsDue") == link("0.05")
    assert stage.ask_ours("pendingIncome") == link("0.95")


def test_a_request_inside_the_callback_is_paid_and_answered(stage: Stage) -> None:
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    stage.tell("askAgainInside", stage.ours)
    done = stage.answer(request, 1)
    _, inner = stage.events(done, stage.ours)
    assert inner.name == "OracleRequest"
    assert inner.fields["specId"] == b"from inside".ljust(32, b"\0")
    assert stage.ask_ours("escrowed") == PAYMENT
    assert stage.seen("lastId") == inner.fields["requestId"]


def test_many_requests_are_answered_in_any_order(stage: Stage) -> None:
    requests = [stage.request(stage.ask_word(stage.ours), stage.ours) for _ in range(5)]
    assert all(one.id != other.id for one, other in pairwise(requests))
    for number in (3, 0, 4, 1, 2):
        stage.answer(requests[number], number)
        assert stage.seen("word") == number
    assert stage.seen("answers") == 5
    assert stage.ask_ours("escrowed") == 0


def test_the_refund_of_an_expired_request_is_whole(stage: Stage) -> None:
    before = stage.link_of(stage.asker)
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    assert stage.link_of(stage.asker) == before - PAYMENT
    stage.chain.advance(EXPIRY)
    stage.tell("cancel", *request.refund)
    assert stage.link_of(stage.asker) == before
    assert stage.ask_ours("escrowed") == 0
    assert stage.ask_ours("pendingIncome") == 0


@pytest.mark.parametrize("oracle", ["ours", "theirs"])
def test_a_refund_comes_with_the_second_of_expiry_and_not_before(stage: Stage, oracle: str) -> None:
    request = stage.request(stage.ask_word(getattr(stage, oracle)), getattr(stage, oracle))
    # The next transaction is mined one second after the latest block.
    stage.chain.advance(EXPIRY - 2)
    with pytest.raises(TxReverted, match="xpired"):
        stage.tell("cancel", *request.refund)
    assert stage.chain.now == request.fields["cancelExpiration"] - 1
    stage.tell("cancel", *request.refund)
    assert stage.chain.now == request.fields["cancelExpiration"]


def test_an_expired_request_that_nobody_cancelled_is_still_answered(stage: Stage) -> None:
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    stage.chain.advance(EXPIRY * 10)
    stage.answer(request, 6)
    assert stage.seen("word") == 6


def test_p11_cancelling_works_at_a_disabled_node(stage: Stage) -> None:
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    disable = stage.world.node.set_enabled(stage.node, False)
    stage.world.act(disable, stage.world.operator)
    with pytest.raises(TxReverted, match="storage: node is disabled"):
        stage.ask_word(stage.ours)
    stage.chain.advance(EXPIRY)
    stage.tell("cancel", *request.refund)
    assert stage.ask_ours("escrowed") == 0
