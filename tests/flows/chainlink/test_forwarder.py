# SPDX-License-Identifier: MIT
"""Chainlink's AuthorizedForwarder as an authorised sender: how a node with several keys answers."""

from __future__ import annotations

import pytest
from eth_typing import ChecksumAddress

from bench.chain import Receipt, account
from bench.solidity import forwarder
from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Call
from linkpool.chain.codec import Codec
from linkpool.errors import TxReverted
from tests.flows.chainlink.stage import PAYMENT, Stage

KEY = account("one of the node's keys")


@pytest.fixture
def through(stage: Stage) -> ChecksumAddress:
    """A forwarder that KEY may use, authorised at both oracles."""
    owner = stage.world.operator
    place = stage.create(forwarder(), stage.world.link.address, owner, ZERO, b"")
    stage.send(place, "setAuthorizedSenders", [KEY], sender=owner)
    for oracle in (stage.ours, stage.theirs):
        stage.send(oracle, "setAuthorizedSenders", [place], sender=owner)
    return place


def forwarding(place: ChecksumAddress, *calls: Call) -> Call:
    """`forward` for one call, `multiForward` for several."""
    codec = Codec("AuthorizedForwarder", forwarder().abi)
    if len(calls) == 1:
        data = codec.encode("forward", [calls[0].to, calls[0].data])
    else:
        data = codec.encode(
            "multiForward", [[call.to for call in calls], [call.data for call in calls]]
        )
    return Call(to=place, data=data, what="AuthorizedForwarder")


def test_p11_a_forwarder_answers(stage: Stage, through: ChecksumAddress) -> None:
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    stage.chain.send(forwarding(through, stage.answering(request, 99)), KEY)
    assert stage.seen("word") == 99


def test_p11_its_answer_has_the_same_logs_as_at_the_operator(
    stage: Stage, through: ChecksumAddress
) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        request = stage.request(stage.ask_word(oracle), oracle)
        return [stage.chain.send(forwarding(through, stage.answering(request, 99)), KEY)]

    stage.twice(story)


def test_p11_a_forwarder_answers_several_requests_at_once(
    stage: Stage, through: ChecksumAddress
) -> None:
    requests = [stage.request(stage.ask_word(stage.ours), stage.ours) for _ in range(3)]
    answers = [stage.answering(request, 7) for request in requests]
    stage.chain.send(forwarding(through, *answers), KEY)
    assert stage.seen("answers") == 3
    assert stage.ask_ours("escrowed") == 0


def test_a_stranger_cannot_use_the_forwarder(stage: Stage, through: ChecksumAddress) -> None:
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    with pytest.raises(TxReverted, match="Not authorized sender"):
        stage.chain.send(forwarding(through, stage.answering(request, 1)), account("stranger"))


def test_a_forwarder_that_is_no_longer_listed_is_refused(
    stage: Stage, through: ChecksumAddress
) -> None:
    request = stage.request(stage.ask_word(stage.ours), stage.ours)
    other = account("another sender")
    stage.send(stage.ours, "setAuthorizedSenders", [other], sender=stage.world.operator)
    with pytest.raises(TxReverted, match="storage: not authorised"):
        stage.chain.send(forwarding(through, stage.answering(request, 1)), KEY)
    assert stage.ask_ours("escrowed") == PAYMENT


def test_a_sender_can_do_nothing_but_answer(stage: Stage, through: ChecksumAddress) -> None:
    target = stage.world.storage
    for call in (
        stage.call(stage.ours, "setAuthorizedSenders", [KEY]),
        target.send_penalty(stage.theirs, PAYMENT, bytes(32)),
        target.withdraw(PAYMENT),
    ):
        with pytest.raises(TxReverted, match="storage: "):
            stage.chain.send(forwarding(through, call), KEY)
