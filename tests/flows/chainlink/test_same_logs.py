# SPDX-License-Identifier: MIT
"""P11: a PoolStorage's logs are those of Chainlink's Operator, topic by topic, byte by byte."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from bench.chain import Receipt
from linkpool.units import link
from tests.flows.chainlink.stage import EXPIRY, JOB, PAYMENT, WORD, Stage, topic

PUBLISHED = {
    "OracleRequest": "d8d7ecc4800d25fa53ce0372f13a416d98907a7ef3d8d3bdd79cf4fe75529c65",
    "CancelOracleRequest": "a7842b9ec549398102c0d91b1b9919b2f20558aefdadf57528a95c6cd3292e93",
    "OracleResponse": "9e9bc7616d42c2835d05ae617e508454e63b30b934be8aa932ebc125e0e58a64",
    "AuthorizedSendersChanged": "f263cfb3e4298332e776194610cf9fdc09ccb3ada8b9aa39764d882e11fbf0a0",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_p11_first_topics_are_those_that_nodes_filter_by(name: str) -> None:
    assert topic(name).hex() == PUBLISHED[name]


def test_p11_a_single_word_request_and_its_answer(stage: Stage) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        asked = stage.ask_word(oracle)
        return [asked, stage.answer(stage.request(asked, oracle), 1234)]

    stage.twice(story)


def test_p11_a_multi_word_request_and_its_answer(stage: Stage) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        asked = stage.ask_words(oracle)
        request = stage.request(asked, oracle)
        words = request.id + encode(["uint256", "uint256"], [7, 8])
        return [asked, stage.answer2(request, words)]

    stage.twice(story)


def test_p11_a_single_word_request_answered_by_the_multi_word_function(stage: Stage) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        request = stage.request(stage.ask_word(oracle), oracle)
        return [stage.answer2(request, request.id + encode(["uint256"], [9]))]

    stage.twice(story)


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 1000, 4096])
@pytest.mark.parametrize("single", [True, False])
def test_p11_request_data_of_any_length(stage: Stage, size: int, single: bool) -> None:
    """Bytes that are no CBOR at all are passed on as they are."""
    data = keccak(text="data") * (size // 32 + 1)

    def story(oracle: ChecksumAddress) -> list[Receipt]:
        return [stage.tell("askRaw", oracle, JOB, PAYMENT, data[:size], single)]

    stage.twice(story)


def test_p11_several_requests_one_after_the_other(stage: Stage) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        first, second = stage.ask_word(oracle), stage.ask_words(oracle)
        late = stage.answer(stage.request(first, oracle), 5)
        return [first, second, stage.ask_word(oracle), late]

    stage.twice(story)


def test_p11_a_cancellation_and_its_refund(stage: Stage) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        request = stage.request(stage.ask_word(oracle), oracle)
        stage.chain.advance(EXPIRY)
        return [stage.tell("cancel", *request.refund)]

    stage.twice(story)


def test_p11_a_cancellation_by_the_nonce(stage: Stage) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        request = stage.request(stage.ask_word(oracle), oracle)
        stage.chain.advance(EXPIRY)
        _, payment, back, expiration = request.refund
        # ChainlinkClient counts its requests from 1.
        call = stage.call(oracle, "cancelOracleRequestByRequester", 1, payment, back, expiration)
        return [stage.tell("act", oracle, call.data)]

    stage.twice(story)


def test_p11_a_request_from_inside_a_callback(stage: Stage) -> None:
    """P12: custody is closed during a call back, requests are not."""

    def story(oracle: ChecksumAddress) -> list[Receipt]:
        asked = stage.ask_word(oracle)
        stage.tell("askAgainInside", oracle)
        return [asked, stage.answer(stage.request(asked, oracle), 11)]

    stage.twice(story)


def test_p11_a_consumer_that_cannot_take_the_answer(stage: Stage) -> None:
    """The node is told, is paid all the same, and the request is over."""

    def story(oracle: ChecksumAddress) -> list[Receipt]:
        nothing = bytes.fromhex("deadbeef")
        terms = (stage.user, 0, JOB, stage.asker, nothing, 77, 1, b"")
        call = stage.call(oracle, "oracleRequest", *terms)
        pay = stage.world.link.transfer_and_call(oracle, PAYMENT, call.data)
        asked = stage.tell("act", pay.to, pay.data)
        request = stage.request(asked, oracle)
        answering = stage.answering(request, 1)
        assert int.from_bytes(stage.chain.view(answering, stage.node), "big") == 0
        return [asked, stage.answer(request, 1)]

    stage.twice(story)


def test_p11_a_request_of_an_account_without_code(stage: Stage) -> None:
    """The payload names somebody else as sender and another amount: both are overwritten."""

    def story(oracle: ChecksumAddress) -> list[Receipt]:
        call = stage.call(
            oracle, "oracleRequest", stage.staker, link("500"), JOB, stage.user, WORD, 77, 1, b"x"
        )
        asked = stage.pay(oracle, call.data)
        request = stage.request(asked, oracle)
        assert request.fields["requester"] == stage.user
        assert request.fields["payment"] == PAYMENT
        return [asked, stage.answer(request, 3)]

    stage.twice(story)


def test_p11_changing_the_authorised_senders(stage: Stage) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        who = stage.world.operator
        two = [stage.staker, stage.user]
        return [
            stage.send(oracle, "setAuthorizedSenders", two, sender=who),
            stage.send(oracle, "setAuthorizedSenders", [stage.node], sender=who),
        ]

    stage.twice(story)
