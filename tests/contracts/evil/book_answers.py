# SPDX-License-Identifier: MIT
"""Requests of the Aggregator (A1-A4) and what a provider counts (R1, R2), from the logs alone."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, ClassVar

from eth_utils.crypto import keccak

from tests.contracts.evil.book import Book
from tests.contracts.evil.book_network import Handlers, Till
from tests.contracts.evil.records import PPM
from tests.contracts.evil.records_network import (
    COMPLETED,
    ENDED,
    STARTED,
    Agreement,
    Asked,
    Outcome,
)
from tests.contracts.evil.report import demand

# An agreement's requests have the nonces id * NONCES + index.
NONCES = 32


class Answers(Till):
    """The Aggregator: a payment goes to its oracle, or back to the consumer, once."""

    def __init__(
        self, address: str, found: Mapping[int, Agreement], books: Mapping[str, Book]
    ) -> None:
        super().__init__("A2")
        self.address, self.found, self.books = address, found, books
        # Payments that were refused, by agreement: here until it ends.
        self.refused: Counter[int] = Counter()

    def owed(self) -> int:
        return self.refused.total()

    def request_id(self, id: int, index: int) -> bytes:
        nonce = (id * NONCES + index).to_bytes(32, "big")
        return bytes(keccak(bytes.fromhex(self.address[2:]) + nonce))

    def _known(self, id: int) -> Agreement:
        agreement = self.found.get(id)
        demand(agreement is not None, "A2", f"there is no agreement {id}")
        assert agreement is not None
        return agreement

    def by_request(self, request: bytes) -> tuple[Agreement, Asked] | None:
        """The agreement, and the place in it, that a request belongs to."""
        for agreement in self.found.values():
            for one in agreement.asked:
                if one.request == request:
                    return agreement, one
        return None

    # ---- Asking ----

    def _asked(self, said: dict[str, Any]) -> tuple[Agreement, Asked]:
        """The next of those chosen."""
        agreement = self._known(said["id"])
        waiting = [one for one in agreement.asked if not one.request]
        demand(bool(waiting), "A2", f"another request of agreement {agreement.id}")
        one = waiting[0]
        demand(one.bid.oracle == said["oracle"], "A2", f"{said['oracle']} was not chosen")
        one.request = self.request_id(agreement.id, agreement.asked.index(one))
        self.take(agreement.deal.payment)
        return agreement, one

    def on_requested(self, said: dict[str, Any]) -> None:
        agreement, one = self._asked(said)
        demand(said["requestId"] == one.request, "A1", "a request under another id")
        one.taken = True
        self.meant_for[one.bid.oracle] += agreement.deal.payment

    def on_refused(self, said: dict[str, Any]) -> None:
        agreement, _ = self._asked(said)
        self.refused[agreement.id] += agreement.deal.payment

    def on_recorded(self, said: dict[str, Any]) -> None:
        """A1: by the oracle that was asked, once, before the end."""
        agreement, oracle = self._known(said["id"]), said["oracle"]
        demand(agreement.state == STARTED, "A1", "an answer to what has ended")
        one = next((one for one in agreement.asked if one.bid.oracle == oracle), None)
        demand(one is not None and one.taken, "A1", f"{oracle}, never asked, answered")
        assert one is not None
        demand(one.answer is None, "A1", f"{oracle} answered twice")
        book = self.books.get(oracle)
        open_still = book is not None and one.request in book.requests
        demand(not open_still, "A1", f"an answer of {oracle} to another request")
        late = self.now > agreement.deal.answer_deadline
        demand(said["late"] == late, "A1", f"late: {said['late']}")
        one.answer, one.time = said["answer"], self.now

    # ---- The end ----

    def refund(self, agreement: Agreement, amount: int) -> None:
        """A2: the refused payments and what oracles paid back just now, to the consumer."""
        refused = self.refused.pop(agreement.id, 0)
        demand(amount >= refused, "A2", f"{amount} refunded, {refused} were refused")
        self.take(amount - refused)
        back = 0
        for index, one in enumerate(agreement.asked):
            if one.taken and one.answer is None:
                agreement.owing.add(index)
                back += self._paid_back(agreement, index)
        demand(amount - refused >= back, "A2", f"{amount} refunded, {back} was paid back")
        self.meant_for[agreement.consumer] += amount

    def _paid_back(self, agreement: Agreement, index: int) -> int:
        """Juels that a node's ledger no longer holds for a request; it may have been answered."""
        one = agreement.asked[index]
        book = self.books.get(one.bid.oracle)
        if book is None or one.request in book.requests:
            return 0
        agreement.owing.discard(index)
        return agreement.deal.payment if one.request in book.refunded else 0

    def debt(self, agreement: Agreement, index: int) -> bool:
        """Whether a node still holds what it has to pay back."""
        if agreement.state != ENDED or index not in agreement.owing:
            return False
        one = agreement.asked[index]
        book = self.books.get(one.bid.oracle)
        return book is not None and one.request in book.requests

    def on_reclaimed(self, said: dict[str, Any]) -> None:
        """A2: what an oracle paid back later, once."""
        agreement, oracle, amount = self._known(said["id"]), said["oracle"], said["amount"]
        owing = [i for i in agreement.owing if agreement.asked[i].bid.oracle == oracle]
        demand(agreement.state == ENDED and bool(owing), "A2", f"{oracle} owed nothing")
        agreement.owing.discard(owing[0])
        self.take(amount)
        if oracle in self.books:
            payment = agreement.deal.payment
            demand(amount >= payment, "A2", f"{amount} reclaimed, {payment} were paid")
        self.meant_for[agreement.consumer] += amount

    HANDLERS: ClassVar[Handlers] = {
        "Requested": on_requested,
        "RequestRefused": on_refused,
        "AnswerRecorded": on_recorded,
        "Reclaimed": on_reclaimed,
    }


class Standings:
    """Reputation: how agreements ended for its members, counted as they end."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.members: set[str] = set()
        self.completed: Counter[str] = Counter()
        self.assigned: Counter[str] = Counter()
        self.expected: deque[tuple[int, str, int, int, int]] = deque()

    def score(self, oracle: str) -> int:
        return (self.completed[oracle] + 1) * PPM // (self.assigned[oracle] + 2)

    def ends(self, id: int, outcomes: list[Outcome]) -> None:
        """It has to be told of each member."""
        for one in outcomes:
            if one.oracle in self.members:
                self.expected.append((id, one.oracle, one.outcome, one.elapsed, one.lost))

    def finished(self) -> None:
        demand(not self.expected, "R1", f"not counted: {list(self.expected)}")

    def on_joined(self, said: dict[str, Any]) -> None:
        demand(said["oracle"] not in self.members, "R2", "a member joined twice")
        self.members.add(said["oracle"])

    def on_reported(self, said: dict[str, Any]) -> None:
        found = tuple(said[name] for name in ("id", "oracle", "outcome", "elapsed", "lost"))
        exact = self.expected.popleft() if self.expected else None
        demand(found == exact, "R1", f"counted {found}, exact {exact}")
        self.assigned[said["oracle"]] += 1
        self.completed[said["oracle"]] += said["outcome"] == COMPLETED

    HANDLERS: ClassVar[Handlers] = {"Joined": on_joined, "Reported": on_reported}
