# SPDX-License-Identifier: MIT
"""The ChainLink network of a world: nodes that bid, collateral behind them, one who asks.

Amounts in juels, times in seconds. Every node has one staker and is a member of the pool's own
reputation; the penalty contract is a destination.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector
from eth_utils.crypto import keccak

from bench.chain import Receipt, account
from bench.world import REQUEST_DATA, SPEC, World
from linkpool.chain.calls import Call
from linkpool.chain.codec import codec
from linkpool.chain.contracts import PoolStorage
from linkpool.chain.contracts.aggregator import Aggregator
from linkpool.chain.contracts.agreements import ServiceAgreements, posted
from linkpool.chain.contracts.penalties import Penalties
from linkpool.chain.contracts.reputation import Reputation
from linkpool.chain.facts import AgreementTerms
from linkpool.units import Juels, Ppm, link

STAKE, COLLATERAL = link("10000"), link("40")
PAYMENT, PENALTY = link("0.1"), link("1")
JOB = keccak(SPEC)
TOLERANCE = Ppm(10_000)
RIGHT = 424_242
EXPIRY = 300
DIGEST = 4
"""Its place in what agreement(id) answers."""
_BID_TIME, _WORK_TIME = 300, 600
_FULFIL = function_signature_to_4byte_selector("fulfil(bytes32,int256)")


@dataclass(frozen=True, slots=True)
class Bidder:
    """A node that bids."""

    key: ChecksumAddress
    storage: PoolStorage


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of an agreement."""

    bidder: Bidder
    id: bytes


class Market:
    """Of a sealed suite whose deployment brought the network."""

    consumer = account("consumer")

    def __init__(self, world: World) -> None:
        self.world, self.chain = world, world.chain
        at, wire = world.known.__getitem__, world.chain.connection
        self.agreements = ServiceAgreements(wire, at("ServiceAgreements"))
        self.penalties = Penalties(wire, at("Penalties"))
        self.aggregator = Aggregator(wire, at("Aggregator"))
        self.reputation = Reputation(wire, at("Reputation"))
        world.whitelist(self.penalties.address)
        self.backer = world.staker("backer", staked=Juels(0))
        self.bidders: list[Bidder] = []

    # ---- Nodes ----

    def join(self, number: int) -> Bidder:
        """One more node, staked, a member, without collateral."""
        key = account(f"bidder {number}")
        storage = self.world.create_node(key)[0]
        self.world.give(self.backer, STAKE)
        self.world.act(self.world.link.stake(storage.address, STAKE), self.backer)
        self.world.act(self.reputation.join(storage.address), key)
        self.bidders.append(Bidder(key, storage))
        return self.bidders[-1]

    def deposit(self, bidder: Bidder, reference: int) -> Call:
        """For the operator, through Node."""
        word = reference.to_bytes(32, "big")
        target = self.penalties.address
        return self.world.node.send_penalty(bidder.key, target, COLLATERAL, word)

    def release(self, bidder: Bidder, reference: int) -> Call:
        return self.penalties.release(bidder.storage.address, reference)

    # ---- An agreement ----

    def terms(
        self, oracles: int, *, provider: ChecksumAddress, beneficiary: ChecksumAddress
    ) -> AgreementTerms:
        """Of which one answer in time makes a result."""
        bids_end = self.chain.now + _BID_TIME
        return AgreementTerms(
            job=JOB,
            data=REQUEST_DATA,
            oracles=oracles,
            minimum_answers=1,
            payment=PAYMENT,
            penalty=PENALTY,
            bid_deadline=bids_end,
            answer_deadline=bids_end + _WORK_TIME,
            tolerance=TOLERANCE,
            provider=provider,
            beneficiary=beneficiary,
        )

    def post(self, terms: AgreementTerms) -> Call:
        """For one who holds what it costs."""
        place = self.agreements.address
        return self.world.link.transfer_and_call(place, terms.cost, posted(terms))

    def posted(self, terms: AgreementTerms, consumer: ChecksumAddress) -> int:
        """By one who holds no LINK before and after; the agreement's number."""
        self.world.give(consumer, terms.cost)
        self.world.act(self.post(terms), consumer)
        return int(self.chain.read(self.agreements, "agreementCount"))

    def bid(self, number: int, bidder: Bidder, reference: int = 1) -> Call:
        """For the node's key."""
        digest = self.chain.read(self.agreements, "agreement", number)[DIGEST]
        return self.agreements.bid(number, bidder.storage.address, reference, digest)

    def bid_all(self, number: int, bidders: Sequence[Bidder]) -> None:
        for bidder in bidders:
            self.world.act(self.bid(number, bidder), bidder.key)

    def after_bids(self, terms: AgreementTerms) -> None:
        self._wait(terms.bid_deadline)

    def after_deadline(self, terms: AgreementTerms) -> None:
        """Answers are late now."""
        self._wait(terms.answer_deadline + 1)

    def after_all(self, number: int) -> None:
        """It can be settled whatever is missing."""
        self._wait(int(self.chain.read(self.agreements, "settleTime", number)))

    def start(self, number: int) -> Call:
        """For anybody."""
        return self.agreements.start(number, JOB, REQUEST_DATA)

    def asked(self, started: Receipt) -> list[Asked]:
        """Whom an agreement asked, in order, as its logs say."""
        by_storage = {bidder.storage.address: bidder for bidder in self.bidders}
        found = []
        for log in started.logs:
            if log.address != self.aggregator.address:
                continue
            event = codec("Aggregator").event(log)
            assert event is not None and event.name == "Requested"
            fields = event.fields
            found.append(Asked(by_storage[fields["oracle"]], fields["requestId"]))
        return found

    def answer(self, asked: Asked, started: Receipt, number: int) -> Call:
        """For the node's key: an answer to a request that came with the receipt `started`."""
        expiration = self.chain.time(started.block) + EXPIRY
        words = asked.id + number.to_bytes(32, "big", signed=True)
        return asked.bidder.storage.fulfil2(
            asked.id, PAYMENT, self.aggregator.address, _FULFIL, expiration, words
        )

    def _wait(self, until: int) -> None:
        self.chain.advance(max(1, until - self.chain.now))
