# SPDX-License-Identifier: MIT
"""Contracts of the network that hold LINK, from logs alone; the collateral of oracles (C1-C4)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tests.contracts.evil.book import Book
from tests.contracts.evil.records import Arrival
from tests.contracts.evil.records_network import Deposit
from tests.contracts.evil.report import demand
from tests.contracts.suite import DAY

MARGIN = DAY
Key = tuple[str, int]
Handlers = Mapping[str, Callable[..., None]]


class Till(ABC):
    """A contract that holds LINK for others; what leaves in one transaction goes where it said."""

    HANDLERS: ClassVar[Handlers]

    def __init__(self, promise: str) -> None:
        self.promise = promise
        self.now = self.balance = 0
        # What came in this transaction and nothing has been said of.
        self.fresh = 0
        self.arrival: Arrival | None = None
        self.left_for: Counter[str] = Counter()
        self.meant_for: Counter[str] = Counter()

    def came(self, sender: str, amount: int) -> None:
        self.balance += amount
        self.fresh += amount

    def came_with_data(self, sender: str, amount: int, data: bytes) -> None:
        self.arrival = Arrival(sender, amount, data)

    def left(self, to: str, amount: int) -> None:
        self.balance -= amount
        self.left_for[to] += amount

    def take(self, amount: int) -> None:
        """Books LINK that came in this transaction: it is spoken for once."""
        demand(amount <= self.fresh, self.promise, f"{amount} booked, {self.fresh} had come")
        self.fresh -= amount

    def take_from(self, sender: str, amount: int) -> None:
        """The same for LINK that came with data: all of it, from whom LINK says."""
        found, self.arrival = self.arrival, None
        known = found is not None and (found.sender, found.amount) == (sender, amount)
        demand(known, self.promise, f"{amount} booked for {sender}, {found} had come")
        self.take(amount)

    def finished(self) -> None:
        left, meant = +self.left_for, +self.meant_for
        demand(left == meant, self.promise, f"{left} left, said was {meant}")
        demand(self.arrival is None, self.promise, f"not booked: {self.arrival}")
        self.left_for.clear()
        self.meant_for.clear()
        self.fresh = 0
        owed = self.owed()
        demand(self.balance >= owed, self.promise, f"{self.balance} here, {owed} owed")

    @abstractmethod
    def owed(self) -> int:
        """Juels that have to be here."""


class Collateral(Till):
    """Penalties: a deposit goes back to its depositor, or its slashed part to a beneficiary."""

    def __init__(self, address: str, books: Mapping[str, Book]) -> None:
        super().__init__("C1")
        self.address, self.books = address, books
        self.deposits: dict[Key, Deposit] = {}
        # Said to be slashed, in this transaction: until the agreement that says why.
        self.slashed: dict[Key, tuple[str, int]] = {}

    def owed(self) -> int:
        return sum(deposit.balance for deposit in self.deposits.values())

    def finished(self) -> None:
        super().finished()
        demand(not self.slashed, "C3", f"slashed by no agreement: {self.slashed}")
        for key, deposit in self.deposits.items():
            enough = 0 <= deposit.reserved <= deposit.balance
            demand(enough, "C2", f"{deposit.reserved} reserved of {deposit.balance} at {key}")

    def _known(self, key: Key) -> Deposit:
        deposit = self.deposits.get(key)
        demand(deposit is not None, "C3", f"there is no deposit {key}")
        assert deposit is not None
        return deposit

    # ---- For agreements ----

    def reserve(self, key: Key, amount: int, until: int) -> None:
        """C2, C4: for as long as it may take, of what is free."""
        deposit = self._known(key)
        demand(amount <= deposit.free, "C2", f"{amount} reserved, {deposit.free} free at {key}")
        demand(until + MARGIN <= deposit.deadline, "C4", f"{key} may be gone at the end")
        deposit.reserved += amount

    def release(self, key: Key, amount: int) -> None:
        """What was reserved is free again, or lost."""
        deposit = self._known(key)
        if not deposit.closed:
            deposit.reserved -= amount

    def lose(self, key: Key, amount: int, beneficiary: str) -> int:
        """What an agreement takes: nothing of a deposit that was given back meanwhile."""
        exact = 0 if self._known(key).closed else amount
        found = self.slashed.pop(key, (beneficiary, 0))
        expected = (beneficiary, exact)
        demand(found == expected, "C3", f"slashed {found}, the terms say {expected}")
        self.deposits[key].lost += exact
        return exact

    # ---- Logs ----

    def on_deposited(self, said: dict[str, Any]) -> None:
        key, amount, deadline = _key(said), said["amount"], said["deadline"]
        demand(key not in self.deposits, "C3", f"{key} is used twice")
        self.take_from(said["depositor"], amount)
        demand(deadline > self.now + MARGIN, "C4", "a deposit that backs nothing")
        book = self.books.get(said["depositor"])
        if book is not None:
            record = book.used.get((self.address, said["reference"].to_bytes(32, "big")))
            exact = None if record is None else (record.amount, record.deadline)
            demand((amount, deadline) == exact, "C3", f"deposited {amount}, {deadline}: {exact}")
        self.deposits[key] = Deposit(amount, deadline)

    def on_slashed(self, said: dict[str, Any]) -> None:
        key, amount = _key(said), said["amount"]
        deposit = self._known(key)
        demand(key not in self.slashed, "C3", f"{key} is slashed twice at once")
        demand(not deposit.closed, "C3", f"{amount} slashed of {key}, which is closed")
        demand(amount <= deposit.reserved, "C2", f"{amount} slashed of {deposit.reserved}")
        deposit.balance -= amount
        self.slashed[key] = (said["beneficiary"], amount)
        self.meant_for[said["beneficiary"]] += amount

    def on_released(self, said: dict[str, Any]) -> None:
        """C3, C4: what nothing reserves; all of it in the end."""
        key, amount = _key(said), said["amount"]
        deposit = self._known(key)
        demand(not deposit.closed, "C3", f"{key} is given back twice")
        reserved = 0 if self.past(deposit) else deposit.reserved
        exact = deposit.balance - reserved
        demand(amount == exact, "C4", f"{amount} given back of {key}, {exact} were free")
        demand(said["closed"] == (reserved == 0), "C3", f"closed: {said['closed']}")
        deposit.balance -= amount
        deposit.closed = reserved == 0
        if deposit.closed:
            deposit.reserved = 0
        self.meant_for[said["depositor"]] += amount

    def past(self, deposit: Deposit) -> bool:
        """Whether all of it goes back, reserved or not."""
        return self.now + MARGIN // 2 >= deposit.deadline

    def anybody(self, deposit: Deposit) -> bool:
        """Whether anybody may send it back."""
        return self.now + MARGIN >= deposit.deadline

    HANDLERS: ClassVar[Handlers] = {
        "Deposited": on_deposited,
        "Slashed": on_slashed,
        "Released": on_released,
    }


def _key(said: dict[str, Any]) -> Key:
    return said["depositor"], said["reference"]
