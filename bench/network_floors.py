# SPDX-License-Identifier: MIT
"""The floor of each action of the ChainLink network, after the rules of `floors`.

An agreement is charged the fewest words that could hold its terms, a bid and a deposit one each,
a request two (who was asked, and the answer).
"""

from __future__ import annotations

from dataclasses import dataclass

from bench import floors, penalty_floors
from bench.floor import Floor, padded
from bench.world import REQUEST_DATA

WORD = 32
_DATA = padded(len(REQUEST_DATA))


@dataclass(frozen=True, slots=True)
class Ends:
    """How the requests of an agreement end."""

    completed: int = 0
    wrong: int = 0
    late: int = 0
    missed: int = 0

    @property
    def answered(self) -> int:
        return self.completed + self.wrong + self.late

    @property
    def all(self) -> int:
        return self.answered + self.missed

    @property
    def slashed(self) -> int:
        return self.all - self.completed


def post(data: bytes) -> Floor:
    """With a provider and a beneficiary, by one who keeps LINK."""
    terms = 12 * WORD + WORD + _DATA
    floor = Floor(data).changes("LINK balance of the consumer", "LINK balance of agreements")
    floor.log("Transfer", 3, WORD).log("Transfer with data", 3, 3 * WORD + WORD + terms)
    floor.accounts("agreements").calls("agreements.onTokenTransfer")
    floor.fills("counts, deadline", "money, deadline", "consumer", "provider", "beneficiary")
    return (
        floor.fills("job and data")
        .changes("number of agreements")
        .log("AgreementCreated", 4, WORD + terms)
    )


def bid(data: bytes, *, provider: bool) -> Floor:
    """With collateral deposited."""
    floor = Floor(data).accounts("storage", "Penalties").calls("storage")
    floor.reads("money, deadline", "whether it is a sender", "policy")
    if provider:
        floor.reads("provider", "standing").accounts("provider")
    floor.fills("bid").changes("counts, deadline", "deposit")
    return floor.log("BidPlaced", 3, 3 * WORD)


def start(data: bytes, *, oracles: int, losers: int = 0) -> Floor:
    """Every bidder's word is looked at; each oracle gets an ordinary request."""
    floor = Floor(data).accounts("aggregator", "LINK", "factory").calls("LINK")
    floor.changes("counts, deadline", "LINK balance of agreements")
    floor.reads("money, deadline", "job and data", "part of the aggregator in the suite")
    floor.passes("LINK balance of the aggregator").log("Transfer", 3, WORD)
    floor.log("AgreementStarted", 2, 2 * WORD + oracles * WORD)
    floor.reads(*(f"bid {number}" for number in range(oracles + losers)))
    if losers:
        floor.accounts("Penalties").changes(*(f"deposit {number}" for number in range(losers)))
    for number in range(oracles):
        floor.fills(f"request {number}", f"commitment {number}").reads(f"policy {number}")
        floor.changes(f"LINK balance of storage {number}", f"escrow {number}")
        floor.accounts(f"storage {number}").calls("LINK", "storage.onTokenTransfer", "factory")
        floor.log("Transfer", 3, WORD).log("OracleRequest", 2, 9 * WORD + _DATA)
        floor.log("Transfer with data", 3, 3 * WORD + padded(4 + 8 * WORD + _DATA))
        floor.log("Requested", 3, WORD)
    return floor


def answer(data: bytes) -> Floor:
    """By the node's own key, to the aggregator."""
    floor = floors.fulfil(data).changes("request").fills("answer")
    return floor.log("AnswerRecorded", 3, 2 * WORD)


def settle(data: bytes, *, ends: Ends, result: bool, fresh: bool) -> Floor:
    """With a provider that counts; the result takes the place of the first request."""
    floor = Floor(data).accounts("aggregator", "Penalties", "provider")
    floor.changes("counts, deadline").reads("money, deadline", "consumer", "provider")
    floor.log("AgreementSettled", 2, 5 * WORD)
    for number in range(ends.all):
        floor.reads(f"bid {number}").changes(f"deposit {number}", f"standing {number}")
        floor.log("OutcomeRecorded", 3, 4 * WORD).log("Reported", 3, 3 * WORD)
    floor.changes("first request").clears(*(f"request {n}" for n in range(1, ends.all)))
    if result:
        floor.changes("first answer").clears(*(f"answer {n}" for n in range(1, ends.answered)))
    if ends.slashed:
        floor.accounts("LINK").reads("beneficiary").log("Transfer of what was slashed", 3, WORD)
        floor.changes("LINK balance of Penalties")
        _receives(floor, "beneficiary", fresh)
        for _ in range(ends.slashed):
            floor.log("Slashed", 4, WORD)
    if ends.missed:
        floor.calls("LINK", "LINK.balanceOf", "LINK.balanceOf").log("Transfer", 3, WORD)
        floor.passes("LINK balance of the aggregator")
        _receives(floor, "consumer", fresh)
    for number in range(ends.missed):
        floor.accounts(f"storage {number}").calls("LINK").clears(f"commitment {number}")
        floor.changes(f"escrow {number}", f"LINK balance of storage {number}")
        floor.log("CancelOracleRequest", 2, 0).log("Transfer", 3, WORD)
    return floor


def _receives(floor: Floor, who: str, fresh: bool) -> None:
    if fresh:
        floor.fills(f"LINK balance of the {who}")
    else:
        floor.changes(f"LINK balance of the {who}")


def deposit(
    data: bytes, *, first: bool = False, into_empty: bool = False, pledged: bool = False
) -> Floor:
    """Through Node; the contract asks the record for its deadline."""
    floor = penalty_floors.send(
        data, first=first, by_node=True, pledged=pledged, into_empty=into_empty
    )
    return floor.calls("storage.penalty").log("Deposited", 3, 2 * WORD)


def release(data: bytes, kind: str) -> Floor:
    """By the node's key, straight at Penalties; what the storage does with it is `booked`."""
    words = 1 if kind == "part" else 2
    floor = Floor(data).accounts("storage", "LINK").calls("storage.onTokenTransfer")
    floor.reads("whether it is a sender").changes("deposit")
    floor.changes("LINK balance of Penalties", "LINK balance of the storage")
    floor.log("Transfer", 3, WORD).log("Transfer with data", 3, 3 * WORD + words * WORD)
    return penalty_floors.booked(floor.log("Released", 3, 2 * WORD), kind)


def released(kind: str) -> Floor:
    """The storage's own part of a release."""
    return penalty_floors.booked(Floor(b"", inside=True), kind)
