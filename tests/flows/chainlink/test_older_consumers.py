# SPDX-License-Identifier: MIT
"""P11: consumers that Chainlink compiled for its oracles of 2018 to 2021, bytecode untouched."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

import pytest
from eth_typing import ChecksumAddress

from bench.chain import Receipt
from bench.solidity import PACKAGES
from linkpool.chain.artefacts import Artefact
from linkpool.chain.calls import Call
from linkpool.chain.codec import Codec
from tests.flows.chainlink.stage import EXPIRY, JOB, PAYMENT, Request, Stage

CONSUMERS = ["v0.4/BasicConsumer", "v0.5/BasicConsumer", "v0.6/BasicConsumer", "v0.7/Consumer"]
USD = b"1234.56".ljust(32, b"\0")


@cache
def published(name: str) -> Artefact:
    version, contract = name.split("/")
    path = PACKAGES / f"@chainlink/abi/{version}/tests/{contract}.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    return Artefact(contract, tuple(found["abi"]), bytes.fromhex(found["bytecode"][2:]))


@dataclass(frozen=True)
class Old:
    """A deployed consumer that asks one oracle for the price of ETH."""

    stage: Stage
    name: str
    oracle: ChecksumAddress
    address: ChecksumAddress

    @property
    def codec(self) -> Codec:
        return Codec(self.name, published(self.name).abi)

    def do(self, function: str, *arguments: object) -> Receipt:
        data = self.codec.encode(function, arguments)
        call = Call(to=self.address, data=data, what=f"{self.name}.{function}")
        return self.stage.chain.send(call, self.stage.user)

    def see(self, function: str) -> object:
        data = self.codec.encode(function, ())
        raw = self.stage.chain.view(Call(to=self.address, data=data, what=function))
        return self.codec.decode(function, raw)

    def ask(self) -> Receipt:
        """The version of 2018 fixes the payment itself, at 1 LINK."""
        with_payment = self.name != "v0.4/BasicConsumer"
        return self.do("requestEthereumPrice", "USD", *([PAYMENT] if with_payment else []))

    def answer(self, request: Request, word: bytes) -> Receipt:
        """A client of 2021 marks every request as one for several words."""
        if self.name.startswith("v0.7"):
            return self.stage.answer2(request, request.id + word)
        return self.stage.answer(request, int.from_bytes(word, "big"))

    def cancel(self, request: Request) -> Receipt:
        first = [] if self.name == "v0.4/BasicConsumer" else [self.oracle]
        return self.do("cancelRequest", *first, *request.refund)


def old(stage: Stage, name: str, oracle: ChecksumAddress) -> Old:
    address = stage.create(published(name), stage.world.link.address, oracle, JOB)
    stage.world.give(address, PAYMENT)
    return Old(stage, name, oracle, address)


@pytest.mark.parametrize("name", CONSUMERS)
def test_p11_an_older_consumer_gets_its_answer(stage: Stage, name: str) -> None:
    consumer = old(stage, name, stage.ours)
    request = stage.request(consumer.ask(), stage.ours)
    consumer.answer(request, USD)
    assert consumer.see("currentPrice") == USD


@pytest.mark.parametrize("name", CONSUMERS)
def test_p11_an_older_consumer_gets_its_link_back(stage: Stage, name: str) -> None:
    consumer = old(stage, name, stage.ours)
    request = stage.request(consumer.ask(), stage.ours)
    assert stage.link_of(consumer.address) == 0
    stage.chain.advance(EXPIRY)
    consumer.cancel(request)
    assert stage.link_of(consumer.address) == PAYMENT


@pytest.mark.parametrize("name", CONSUMERS)
def test_p11_with_an_older_consumer_the_logs_are_the_operator_s_too(
    stage: Stage, name: str
) -> None:
    def story(oracle: ChecksumAddress) -> list[Receipt]:
        consumer = old(stage, name, oracle)
        asked = consumer.ask()
        return [asked, consumer.answer(stage.request(asked, oracle), USD)]

    stage.twice(story)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("v0.6/MultiWordConsumer", ("first", "second")),
        ("v0.7/MultiWordConsumer", ("usd", "eur", "jpy")),
    ],
)
def test_p11_a_published_multi_word_consumer_gets_its_words(
    stage: Stage, name: str, words: tuple[str, ...]
) -> None:
    consumer = old(stage, name, stage.ours)
    asked = consumer.do("requestMultipleParameters", "USD", PAYMENT)
    request = stage.request(asked, stage.ours)
    answers = [word.encode().ljust(32, b"\0") for word in words]
    stage.answer2(request, request.id + b"".join(answers))
    assert [consumer.see(word) for word in words] == answers
