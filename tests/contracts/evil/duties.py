# SPDX-License-Identifier: MIT
"""What of the network has to work whoever calls; who speaks for a node (S4, A1, A2, P16, P17)."""

from __future__ import annotations

from collections.abc import Mapping

from tests.contracts.evil.book import Book
from tests.contracts.evil.book_agreements import Agreements
from tests.contracts.evil.book_network import MARGIN, Key
from tests.contracts.evil.records_network import STARTED, Asked
from tests.contracts.evil.report import demand
from tests.contracts.evil.roles import Staff
from tests.contracts.evil.step import Call

WORD = 32


class Duties:
    """Of one call that was made by itself, not from inside another."""

    def __init__(
        self, network: Agreements, books: Mapping[str, Book], staff: Mapping[str, Staff]
    ) -> None:
        self.network, self.books, self.staff = network, books, staff

    def due(self, call: Call, contract: str, name: str, now: int) -> str:
        """The promise by which it must not be refused; none: it may be."""
        if contract == "ServiceAgreements":
            return self._agreement(call, name, now)
        if contract == "Aggregator" and name == "reclaim" and _words(call) == 2:
            agreement = self.network.found.get(_number(call, 0))
            index = _number(call, 1)
            owed = agreement is not None and self.network.answers.debt(agreement, index)
            return "A2" if owed else ""
        if contract == "Penalties" and name == "release" and _words(call) == 2:
            return self._release(call, now)
        return ""

    def _agreement(self, call: Call, name: str, now: int) -> str:
        agreement = self.network.found.get(_number(call, 0))
        if agreement is None:
            return ""
        if name == "settle" and agreement.can_settle(now):
            return "S4"
        if name == "cancel" and agreement.can_cancel(now):
            return "S4"
        if name == "start" and agreement.can_start(now):
            deal = agreement.deal
            asked = call.data[4 + WORD : 4 + 2 * WORD] == deal.job
            length = len(deal.data)
            same = call.data[4 + 3 * WORD :] == (
                length.to_bytes(WORD, "big") + deal.data + bytes(-length % WORD)
            )
            return "S4" if asked and same else ""
        return ""

    def _release(self, call: Call, now: int) -> str:
        store, deposit = _address(call), self.network.collateral.deposits.get(_key(call))
        if deposit is None or deposit.closed or store not in self.books:
            return ""
        if now + MARGIN // 2 >= deposit.deadline:
            return "P17"
        open_to = now + MARGIN >= deposit.deadline or call.who in self._speakers(store)
        return "P17" if open_to and (deposit.free or not deposit.reserved) else ""

    def _speakers(self, store: str) -> set[str]:
        staff = self.staff[store]
        return {staff.node, staff.operator, *staff.senders}

    def answering(self, call: Call, name: str) -> Asked | None:
        """The place in an agreement that waits for just this answer."""
        if name != "fulfillOracleRequest2" or len(call.data) < 4 + 9 * WORD:
            return None
        found = self.network.answers.by_request(call.data[4 : 4 + WORD])
        if found is None or found[0].state != STARTED or found[1].answer is not None:
            return None
        return found[1]

    def check(self, call: Call, contract: str, name: str, now: int) -> None:
        """After it went through, before its logs are read."""
        if (contract, name) == ("Penalties", "release"):
            deposit, store = self.network.collateral.deposits.get(_key(call)), _address(call)
            if deposit is not None and store in self.books and now + MARGIN < deposit.deadline:
                speaks = call.who in self._speakers(store)
                demand(speaks, "P16", f"{call.who} took back collateral of {store}")
        elif (contract, name) == ("ServiceAgreements", "bid"):
            staff = self.staff.get(_address(call, 1))
            sends = staff is None or call.who in {staff.node, *staff.senders}
            demand(sends, "P16", f"{call.who} bid with collateral of others")
        elif (contract, name) == ("Reputation", "join"):
            store = _address(call)
            speaks = store not in self.staff or call.who in self._speakers(store)
            demand(speaks, "P16", f"{call.who} joined for {store}")

    def done(self, call: Call, contract: str, name: str, answered: Asked | None) -> None:
        """After its logs were read: an answer is recorded as given, a node has paid back."""
        if answered is not None:
            given = int.from_bytes(call.data[4 + 8 * WORD : 4 + 9 * WORD], "big", signed=True)
            said = f"answered {given}, recorded {answered.answer}"
            demand(answered.answer == given, "A1", said)
        elif (contract, name) == ("ServiceAgreements", "settle"):
            agreement = self.network.found[_number(call, 0)]
            for index in range(len(agreement.asked)):
                owes = self.network.answers.debt(agreement, index)
                demand(not owes, "A2", f"{agreement.asked[index].bid.oracle} kept a payment")


def _words(call: Call) -> int:
    return (len(call.data) - 4) // WORD


def _number(call: Call, index: int) -> int:
    start = 4 + index * WORD
    return int.from_bytes(call.data[start : start + WORD], "big")


def _address(call: Call, index: int = 0) -> str:
    end = 4 + (index + 1) * WORD
    return "0x" + call.data[end - 20 : end].hex()


def _key(call: Call) -> Key:
    return _address(call), _number(call, 1)
