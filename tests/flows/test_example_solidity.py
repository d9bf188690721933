# SPDX-License-Identifier: MIT
"""examples/consumer/Consumer.sol on Chainlink's own client: one address decides who answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_typing import ChecksumAddress

from bench.chain import Chain, Receipt
from bench.solidity import compiled
from linkpool.chain.artefacts import Artefact
from linkpool.chain.calls import Call
from linkpool.chain.codec import Codec
from linkpool.errors import TxReverted
from linkpool.oracle.cbor import decode_request
from linkpool.units import link
from tests.flows.chainlink.stage import EXPIRY, JOB, PAYMENT, Request, Stage

SOURCE = Path(__file__).parents[2] / "examples" / "consumer" / "Consumer.sol"
QUESTION = ("https://data.example.org/price", "data,price", 100)


@cache
def example() -> Artefact:
    return compiled("Consumer", SOURCE.name, SOURCE.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Example:
    """The deployed example; its user owns it."""

    stage: Stage
    address: ChecksumAddress

    def do(self, function: str, *arguments: Any, sender: ChecksumAddress | None = None) -> Receipt:
        data = Codec("Consumer", example().abi).encode(function, arguments)
        call = Call(to=self.address, data=data, what=function)
        return self.stage.chain.send(call, sender or self.stage.user)

    def see(self, name: str) -> Any:
        codec = Codec("Consumer", example().abi)
        data = codec.encode(name, ())
        return codec.decode(name, self.stage.chain.view(Call(to=self.address, data=data, what="")))

    def asked(self, oracle: ChecksumAddress) -> Request:
        return self.stage.request(self.do("ask", *QUESTION), oracle)

    def answered(self, request: Request, number: int) -> None:
        self.stage.answer2(request, request.id + encode(["uint256"], [number]))


@pytest.fixture(scope="module")
def staged() -> Iterator[Stage]:
    with Chain.start() as chain:
        yield Stage(chain)


@pytest.fixture
def consumer(staged: Stage) -> Iterator[Example]:
    """Asks Chainlink's Operator at first."""
    with staged.chain.undone():
        creation = example().creation(staged.world.link.address, staged.theirs, JOB, PAYMENT)
        made = staged.chain.send(creation, staged.user)
        assert made.created is not None
        staged.world.give(made.created, link("10"))
        yield Example(staged, made.created)


def test_moving_from_an_operator_changes_one_address(consumer: Example) -> None:
    stage = consumer.stage
    consumer.answered(consumer.asked(stage.theirs), 7)
    assert consumer.see("number") == 7
    consumer.do("moveTo", stage.ours, JOB, PAYMENT)
    request = consumer.asked(stage.ours)
    consumer.answered(request, 241_207)
    assert (consumer.see("number"), consumer.see("latest")) == (241_207, request.id)
    assert consumer.see("time") == stage.chain.now


def test_what_was_asked_before_the_move_is_answered_by_the_old_oracle(consumer: Example) -> None:
    stage = consumer.stage
    request = consumer.asked(stage.theirs)
    consumer.do("moveTo", stage.ours, JOB, PAYMENT)
    consumer.answered(request, 7)
    assert consumer.see("number") == 7


def test_the_question_reaches_the_node(consumer: Example) -> None:
    data = consumer.asked(consumer.stage.theirs).fields["data"]
    assert decode_request(data) == dict(zip(("get", "path", "times"), QUESTION, strict=True))


def test_an_unanswered_request_is_paid_back(consumer: Example) -> None:
    stage = consumer.stage
    consumer.do("moveTo", stage.ours, JOB, PAYMENT)
    before = stage.link_of(consumer.address)
    request = consumer.asked(stage.ours)
    stage.chain.advance(EXPIRY + 1)
    consumer.do("cancel", request.id, PAYMENT, request.fields["cancelExpiration"])
    assert stage.link_of(consumer.address) == before


def test_only_the_owner_spends_its_link(consumer: Example) -> None:
    stage = consumer.stage
    for function, arguments in (
        ("ask", QUESTION),
        ("moveTo", (stage.ours, JOB, PAYMENT)),
        ("withdraw", (1,)),
    ):
        with pytest.raises(TxReverted, match="consumer: not the owner"):
            consumer.do(function, *arguments, sender=stage.node)
    before = stage.link_of(stage.user)
    consumer.do("withdraw", link("10"))
    assert stage.link_of(stage.user) - before == link("10")
