# SPDX-License-Identifier: MIT
"""The transactions of agreements, each compared with what the promises say when it is mined."""

from __future__ import annotations

from collections.abc import Callable

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.model.node_model import demand
from tests.contracts.stateful.world import Log
from tests.flows.agreements.chain import ANY, GAS, Deed, Mined, Person
from tests.flows.agreements.network import Deal
from tests.flows.agreements.world import World

TERMS = "(bytes32,bytes,uint256,uint256,uint256,uint256,uint256,uint256,uint256,address,address)"
FULFIL = keccak(text="fulfil(bytes32,int256)")[:4]
NOBODY = "0x" + "00" * 20

Then = Callable[[Mined], None]


def _nothing(_mined: Mined) -> None:
    return None


class Dealings:
    """Made by whoever is told; the mirror of the network is told what was mined."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.network = world.network
        self.place = world.agreements

    def post(self, consumer: Person, deal: Deal, beneficiary: str, then: Then) -> Deed:
        world = self.world
        terms = (
            deal.job,
            deal.data,
            deal.oracles,
            deal.minimum,
            deal.payment,
            deal.penalty,
            deal.bid_deadline,
            deal.answer_deadline,
            deal.tolerance,
            world.reputation.address if deal.trusted else NOBODY,
            beneficiary,
        )

        deal.digest = keccak(encode(["address", TERMS], [deal.consumer, terms]))

        def done(mined: Mined) -> None:
            deal.number = len(self.network.deals) + 1
            (created,) = self._said(mined, "AgreementCreated")
            demand(int.from_bytes(created.topics[1], "big") == deal.number, "its number")
            self.network.post(deal)
            then(mined)

        if deal.consumer == world.example.address:
            return world.call(consumer, world.example, "post", terms, done=done)
        amount, data = deal.oracles * deal.payment, encode([TERMS], [terms])
        return world.pay(consumer, self.place.address, amount, data, done=done)

    def bid(self, deal: Deal, node: int, reference: int) -> Deed:
        side = self.world.sides[node]
        return self.world.call(
            side.key,
            self.place,
            "bid",
            deal.number,
            side.store.address,
            reference,
            deal.digest,
            refusal=lambda now: self.network.bid_refusal(deal, node, reference, now),
            done=lambda mined: self.network.bid(deal, node, reference),
        )

    def bid_of_a_stranger(self, deal: Deal) -> Deed:
        return self.world.call(
            self.world.stranger,
            self.place,
            "bid",
            deal.number,
            self.world.sides[0].store.address,
            1,
            deal.digest,
            refusal=lambda now: "agreements: not a sender of the oracle",
        )

    def start(
        self, deal: Deal, by: Person, then: Then = _nothing, *, gas: int | None = None
    ) -> Deed:
        """With a limit of gas of its own it is too little."""

        def done(mined: Mined) -> None:
            self.network.start(deal, mined.time)
            then(mined)

        return self.world.call(
            by,
            self.place,
            "start",
            deal.number,
            deal.job,
            deal.data,
            gas=gas or GAS,
            refusal=lambda now: ANY if gas else self.network.start_refusal(deal, now),
            done=done,
        )

    def cancel(self, deal: Deal, by: Person) -> Deed:
        def done(mined: Mined) -> None:
            self.network.cancel(deal)
            (said,) = self._said(mined, "AgreementCancelled")
            exact = deal.oracles * deal.payment
            demand(int.from_bytes(said.data, "big") == exact, f"agreement {deal.number}: refund")
            self.world.reached["cancelled"] += 1

        return self.world.call(
            by,
            self.place,
            "cancel",
            deal.number,
            refusal=lambda now: self.network.cancel_refusal(deal, now),
            done=done,
        )

    def answer(self, deal: Deal, node: int, value: int, then: Then) -> Deed:
        asker, side = self.world.aggregator.address, self.world.sides[node]
        nonce = deal.number * 32 + deal.chosen.index(node)
        request = keccak(bytes.fromhex(asker[2:]) + nonce.to_bytes(32, "big"))

        def done(mined: Mined) -> None:
            self.network.answer(deal, node, value, mined.time)
            (recorded,) = [log for log in mined.logs if log.address == asker]
            late = int.from_bytes(recorded.data[32:], "big") == 1
            demand(late == (mined.time > deal.answer_deadline), f"agreement {deal.number}: late")
            then(mined)

        return self.world.call(
            side.key,
            side.store,
            "fulfillOracleRequest2",
            request,
            deal.payment,
            asker,
            FULFIL,
            deal.started_at + 300,
            encode(["bytes32", "int256"], [request, value]),
            refusal=lambda now: self.network.answer_refusal(deal, node),
            done=done,
        )

    def settle(self, deal: Deal, by: Person, *, gas: int | None = None) -> Deed:
        """With a limit of gas of its own it is too little."""
        return self.world.call(
            by,
            self.place,
            "settle",
            deal.number,
            gas=gas or GAS,
            refusal=lambda now: ANY if gas else self.network.settle_refusal(deal, now),
            done=lambda mined: self._settled(deal, mined),
        )

    def _settled(self, deal: Deal, mined: Mined) -> None:
        """What the contract said of it is what the promises say."""
        world = self.world
        verdict = self.network.settle(deal)
        events = self.place.interface.events
        (end,) = (events[log.topics[0]].read(log) for log in self._said(mined, "AgreementSettled"))
        exact = {
            "id": deal.number,
            "known": verdict.known,
            "answer": verdict.median,
            "answers": verdict.answers,
            "refund": verdict.refund,
            "slashed": verdict.slashed,
        }
        demand(end == exact, f"settled as {end}, exact {exact}")
        parts = [events[log.topics[0]].read(log) for log in self._said(mined, "OutcomeRecorded")]
        for part, one in zip(parts, verdict.outcomes, strict=True):
            told = (part["oracle"], part["outcome"], part["answer"], part["slashed"])
            store = world.sides[one.node].store.address
            mine = (store, one.outcome, one.answer, one.slashed)
            demand(told == mine, f"agreement {deal.number}: {told}, exact {mine}")
            world.reached[f"outcome {one.outcome}"] += 1
        world.reached["settled with a result" if verdict.known else "settled without one"] += 1

    def _said(self, mined: Mined, name: str) -> list[Log]:
        place = self.place
        (topic,) = (t for t, event in place.interface.events.items() if event.name == name)
        return [
            log for log in mined.logs if log.address == place.address and log.topics[0] == topic
        ]
