# SPDX-License-Identifier: MIT
"""The ChainLink network on titanoboa, beside the suite; and the steps of an agreement.

Amounts are juels, times seconds, tolerances ppm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boa
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.suite import (
    CONTRACTS,
    DAY,
    ZERO,
    Actors,
    Contract,
    Suite,
    actor,
    contract,
    deploy_suite,
    deployer,
    link,
    travel,
    word,
)

ANSWER_TIME, LATE_TIME, MARGIN, EXPIRY = 300, 300, DAY, 300
MINIMUM = link("0.01")
PAYMENT, PENALTY = link("0.1"), link(2)
BID_TIME, WORK_TIME = 60, 600
JOB, DATA = keccak(text="a job"), b"cbor"
FULFIL = keccak(text="fulfil(bytes32,int256)")[:4]
STAKE, COLLATERAL = link(1000), link(20)
CONSUMER = actor("the asking one")
TERMS = "(bytes32,bytes,uint256,uint256,uint256,uint256,uint256,uint256,uint256,address,address)"
OPEN, STARTED, SETTLED, UNANSWERED, CANCELLED = 1, 2, 3, 4, 5
COMPLETED, MISSED, LATE, WRONG = 1, 2, 3, 4


def chainlink(name: str) -> Any:
    """The compiled contract of the network; `.deploy(…)` it."""
    return deployer(CONTRACTS / "chainlink" / f"{name}.vy")


@dataclass(frozen=True, kw_only=True)
class Network:
    """The four contracts, and nodes of the suite with stakers."""

    suite: Suite
    agreements: Contract
    penalties: Contract
    aggregator: Contract
    reputation: Contract
    stores: list[Contract]
    ready: tuple[int, int]  # unix second and block in which all of it stands

    @property
    def link(self) -> Contract:
        return self.suite.link

    def sender(self, index: int) -> str:
        """The key of a node."""
        return actor(f"oracle {index}")

    def deposit(self, index: int, juels: int = COLLATERAL, reference: int = 1) -> None:
        """A node's operator sends collateral."""
        self.stores[index].sendPenalty(
            self.penalties.address, juels, word(reference), sender=self.suite.actors.operator
        )

    def join(self, *indices: int) -> None:
        for index in indices:
            self.reputation.join(self.stores[index].address, sender=self.sender(index))

    def post(self, consumer: str = CONSUMER, **changes: Any) -> int:
        """Posts an agreement with the default terms but for some; its id."""
        asked = terms(**changes)
        cost = asked["oracles"] * asked["payment"]
        self.suite.fund(consumer, cost)
        self.link.transferAndCall(self.agreements.address, cost, encoded(asked), sender=consumer)
        return int(self.agreements.agreementCount())

    def bid(self, id: int, *indices: int, reference: int = 1) -> None:
        for index in indices:
            self.agreements.bid(
                id,
                self.stores[index].address,
                reference,
                self.digest(id),
                sender=self.sender(index),
            )

    def digest(self, id: int) -> bytes:
        """What a bid for an agreement has to know of it."""
        return bytes(self.agreements.agreement(id).digest)

    def start(self, id: int) -> None:
        travel(max(0, self.agreements.agreement(id).bidDeadline - boa.env.timestamp))
        self.agreements.start(id, JOB, DATA, sender=self.suite.actors.stranger)

    def running(self, count: int = 3, **changes: Any) -> int:
        """An agreement that was started with the first `count` nodes, in that order."""
        id = self.post(oracles=count, **{"minimumAnswers": 1, **changes})
        self.bid(id, *range(count))
        self.start(id)
        return id

    def answer(self, id: int, index: int, number: int, place: int | None = None) -> bool:
        """A node answers; whether the aggregator took it. `place` where it is not the index."""
        request = self.aggregator.requestIdOf(id, index if place is None else place)
        agreement = self.agreements.agreement(id)
        taken = self.stores[index].fulfillOracleRequest2(
            request,
            agreement.payment,
            self.aggregator.address,
            FULFIL,
            agreement.startedAt + EXPIRY,
            request + number.to_bytes(32, "big", signed=True),
            sender=self.sender(index),
        )
        return bool(taken)

    def answers(self, id: int, *numbers: int) -> None:
        for index, number in enumerate(numbers):
            assert self.answer(id, index, number)

    def settle(self, id: int) -> None:
        self.agreements.settle(id, sender=self.suite.actors.stranger)

    def expire(self, id: int) -> None:
        """Waits until it can be settled whatever is missing."""
        travel(max(0, self.agreements.settleTime(id) - boa.env.timestamp))

    def collateral(self, index: int, reference: int = 1) -> Any:
        return self.penalties.deposit(self.stores[index].address, reference)

    def balance(self, account: str | Contract) -> int:
        return int(self.link.balanceOf(getattr(account, "address", account)))


def terms(**changes: Any) -> dict[str, Any]:
    """Plausible terms; their order is that of IServiceAgreements.Terms."""
    now = boa.env.timestamp
    return {
        "jobId": JOB,
        "data": DATA,
        "oracles": 3,
        "minimumAnswers": 2,
        "payment": PAYMENT,
        "penalty": PENALTY,
        "bidDeadline": now + BID_TIME,
        "answerDeadline": now + BID_TIME + WORK_TIME,
        "tolerance": 10_000,
        "provider": ZERO,
        "beneficiary": ZERO,
    } | changes


def encoded(asked: dict[str, Any]) -> bytes:
    """As LINK carries them."""
    return encode([TERMS], [tuple(asked.values())])


def digest_of(consumer: str, asked: dict[str, Any]) -> bytes:
    """What a bid is for."""
    return keccak(encode(["address", TERMS], [consumer, tuple(asked.values())]))


def deploy_agreements(token: str, *arguments: int) -> Contract:
    """ServiceAgreements, which makes its parts; answer time, late time, least payment, margin."""
    parts = [chainlink(name).compiler_data.bytecode for name in ("Penalties", "Aggregator")]
    return chainlink("ServiceAgreements").deploy(token, *arguments, *parts)


def deploy_network(actors: Actors, nodes: int) -> Network:
    """A suite of its own with the network and that many nodes, each with one staker."""
    suite = deploy_suite(actors)
    token = suite.link.address
    agreements = deploy_agreements(token, ANSWER_TIME, LATE_TIME, MINIMUM, MARGIN)
    penalties = chainlink("Penalties").at(agreements.penalties())
    aggregator = chainlink("Aggregator").at(agreements.aggregator())
    suite.whitelist(penalties.address)
    stores = []
    for index in range(nodes):
        store = suite.create_node(actor(f"oracle {index}"))
        suite.stake(actor(f"staker {index}"), STAKE, store)
        stores.append(store)
    travel(12)
    return Network(
        suite=suite,
        agreements=agreements,
        penalties=penalties,
        aggregator=aggregator,
        reputation=chainlink("Reputation").deploy(agreements.address, actors.owner, True),
        stores=stores,
        ready=(boa.env.timestamp, boa.env.evm.patch.block_number),
    )


def reputation(network: Network, *, open: bool) -> Contract:
    """One more provider, of the suite's owner."""
    owner = network.suite.actors.owner
    return chainlink("Reputation").deploy(network.agreements.address, owner, open)


def agreement_consumer(agreements: Contract, owner: str) -> Contract:
    """The example, made by its owner."""
    return contract("examples/AgreementConsumer").deploy(agreements.address, sender=owner)
