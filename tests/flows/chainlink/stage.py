# SPDX-License-Identifier: MIT
"""Chainlink's own contracts beside a PoolStorage, and the means to compare the two.

A story told twice starts each time from the same state at the same second, once with Chainlink's
Operator as the oracle, once with a PoolStorage. Requester, nonce, request id and expiration are
then the same, so that the logs have to be equal but for the oracle's own address.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector as selector

from bench.chain import Chain, Receipt, account
from bench.solidity import compiled, operator
from bench.world import World
from linkpool.chain.artefacts import Artefact
from linkpool.chain.calls import Call, Event, Log
from linkpool.chain.codec import Codec, codec
from linkpool.units import Juels, link

JOB = b"b0bde308282843d49a3a8d2dd2464af1"
PAYMENT = link("1")
EXPIRY = 300
WORD = selector("takeWord(bytes32,uint256)")
WORDS = selector("takeWords(bytes32,uint256,uint256)")
TEXT = selector("takeText(bytes32,bytes)")

Asking = Callable[[ChecksumAddress], Receipt]
Plain = tuple[ChecksumAddress, tuple[bytes, ...], bytes]


@cache
def asker() -> Artefact:
    """Our consumer on Chainlink's client."""
    source = Path(__file__).parent / "Asker.sol"
    return compiled("Asker", source.name, source.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Request:
    """An OracleRequest log, decoded after the ABI of Chainlink's Operator."""

    oracle: ChecksumAddress
    fields: dict[str, Any]

    @property
    def id(self) -> bytes:
        found: bytes = self.fields["requestId"]
        return found

    @property
    def terms(self) -> tuple[Any, ...]:
        """What an answer has to repeat, in the order of the arguments."""
        names = ("requestId", "payment", "callbackAddr", "callbackFunctionId", "cancelExpiration")
        return tuple(self.fields[name] for name in names)

    @property
    def refund(self) -> tuple[Any, ...]:
        """What cancelOracleRequest takes."""
        names = ("requestId", "payment", "callbackFunctionId", "cancelExpiration")
        return tuple(self.fields[name] for name in names)


class Stage:
    """One chain with the suite, an Operator run by the same people, and a consumer."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.world = world = World.deploy(chain)
        self.ours = world.storage.address
        self.theirs = self.create(operator(), world.link.address, world.operator)
        self.codec = Codec("Operator", operator().abi)
        self.asker = self.create(asker(), world.link.address)
        self.user = account("user")
        self.node = world.node_address
        self.staker = world.staker("staker", staked=link("100"))
        self.send(self.theirs, "setAuthorizedSenders", [self.node], sender=world.operator)
        for payee in (self.asker, self.theirs, self.user):
            world.give(payee, link("1000"))

    # ---- Doing ----

    def create(self, artefact: Artefact, *arguments: Any) -> ChecksumAddress:
        made = self.world.act(artefact.creation(*arguments), account("creator of contracts"))
        assert made.created is not None
        return made.created

    def call(self, to: ChecksumAddress, function: str, *arguments: Any) -> Call:
        """After the ABI of the Operator: what a tool made for it would send to any oracle."""
        return Call(to=to, data=self.codec.encode(function, arguments), what=function)

    def send(
        self, to: ChecksumAddress, function: str, *arguments: Any, sender: ChecksumAddress
    ) -> Receipt:
        return self.chain.send(self.call(to, function, *arguments), sender)

    def consumer(self, function: str, *arguments: Any) -> Call:
        data = Codec("Asker", asker().abi).encode(function, arguments)
        return Call(to=self.asker, data=data, what=f"Asker.{function}")

    def tell(self, function: str, *arguments: Any) -> Receipt:
        """A call of the consumer by its user."""
        return self.chain.send(self.consumer(function, *arguments), self.user)

    def ask_word(self, oracle: ChecksumAddress) -> Receipt:
        return self.tell("askWord", oracle, JOB, PAYMENT)

    def ask_words(self, oracle: ChecksumAddress) -> Receipt:
        return self.tell("askWords", oracle, JOB, PAYMENT)

    def answer(self, request: Request, value: int, *, gas: int | None = None) -> Receipt:
        """One word, as a node sends it."""
        return self.chain.send(self.answering(request, value, gas=gas), self.node)

    def answering(self, request: Request, value: int, *, gas: int | None = None) -> Call:
        word = value.to_bytes(32, "big")
        call = self.call(request.oracle, "fulfillOracleRequest", *request.terms, word)
        return Call(to=call.to, data=call.data, what=call.what, gas=gas)

    def answer2(self, request: Request, words: bytes) -> Receipt:
        """Any bytes, as a node sends them."""
        call = self.call(request.oracle, "fulfillOracleRequest2", *request.terms, words)
        return self.chain.send(call, self.node)

    def pay(self, oracle: ChecksumAddress, data: bytes, amount: Juels = PAYMENT) -> Receipt:
        """LINK of the user, who has no code, with any payload."""
        return self.chain.send(self.world.link.transfer_and_call(oracle, amount, data), self.user)

    # ---- Seeing ----

    def request(self, done: Receipt, oracle: ChecksumAddress) -> Request:
        """The one OracleRequest of a transaction, as a node decodes it."""
        (event,) = self.events(done, oracle)
        assert event.name == "OracleRequest"
        return Request(oracle, event.fields)

    def events(self, done: Receipt, oracle: ChecksumAddress) -> list[Event]:
        """What an oracle wrote, after Chainlink's ABI; a log that it does not know fails."""
        found = [self.codec.event(log) for log in done.logs if log.address == oracle]
        known = [event for event in found if event is not None]
        assert len(known) == len(found)
        return known

    def seen(self, function: str) -> Any:
        """A public variable of the consumer."""
        raw = self.chain.view(self.consumer(function))
        return Codec("Asker", asker().abi).decode(function, raw)

    def ask_oracle(self, oracle: ChecksumAddress, function: str, *arguments: Any) -> Any:
        """A view of an oracle, by Chainlink's ABI."""
        raw = self.chain.view(self.call(oracle, function, *arguments))
        return self.codec.decode(function, raw)

    def ask_ours(self, function: str, *arguments: Any) -> Any:
        """A view of the PoolStorage."""
        return self.chain.read(self.world.storage, function, *arguments)

    def link_of(self, account_: ChecksumAddress) -> int:
        return int(self.chain.read(self.world.link, "balanceOf", account_))

    # ---- Comparing ----

    def twice(self, story: Callable[[ChecksumAddress], list[Receipt]]) -> None:
        """The story with the Operator, then with the PoolStorage: the same logs."""
        with self.chain.undone():
            theirs = [self.plain(done, self.theirs) for done in story(self.theirs)]
        with self.chain.undone():
            ours = [self.plain(done, self.ours) for done in story(self.ours)]
        assert ours == theirs
        assert sum(map(len, ours)) > 0

    def plain(self, done: Receipt, oracle: ChecksumAddress) -> list[Plain]:
        """Every log of a transaction with a placeholder where the oracle's address stood."""
        return [_without(log, oracle) for log in done.logs]


_PLACEHOLDER = account("the oracle, whoever it is")


def _without(log: Log, oracle: ChecksumAddress) -> Plain:
    real, neutral = bytes.fromhex(oracle[2:]), bytes.fromhex(_PLACEHOLDER[2:])
    return (
        _PLACEHOLDER if log.address == oracle else log.address,
        tuple(topic.replace(real, neutral) for topic in log.topics),
        log.data.replace(real, neutral),
    )


def topic(name: str) -> bytes:
    """First topic of one of our events."""
    (found,) = codec("PoolStorage").topics([name])
    return found
