# SPDX-License-Identifier: MIT
"""A node's LINK at penalty contracts: what is out, what the owners pledged, what leavers claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations

from linkpool.economics.errors import ModelError
from linkpool.economics.penalty import NOTHING_LOST, Loss, Record

MOST_OPEN = 10


@dataclass(slots=True)
class Risk:
    """All penalties of one node by their number. Amounts in juels."""

    records: dict[int, Record] = field(default_factory=dict)
    booked: dict[int, Loss] = field(default_factory=dict)

    @property
    def open(self) -> list[Record]:
        return [record for record in self.records.values() if record.open]

    @property
    def out(self) -> int:
        """At penalty contracts, gross."""
        return sum(record.amount - record.returned for record in self.open)

    @property
    def stakers(self) -> int:
        """What present stakers may lose."""
        return sum(record.present for record in self.open)

    @property
    def pledged(self) -> int:
        """The owners' due that is held back."""
        return sum(record.pledge for record in self.open)

    @property
    def claims(self) -> int:
        """Leavers' claims: open, and resolved but unpaid."""
        return sum(record.claims_due for record in self.records.values())

    @property
    def lost(self) -> Loss:
        """Of all penalties, by who bore it."""
        every = self.booked.values()
        return Loss(
            owners=sum(loss.owners for loss in every),
            claims=sum(loss.claims for loss in every),
            stakers=sum(loss.stakers for loss in every),
        )

    def part(self, total: int) -> Fraction:
        """Rho of P9: the part of the stakers' total that is at risk."""
        return Fraction(self.stakers, total) if total else Fraction(0)

    def send(self, record: Record, *, owners: int, total: int) -> None:
        """P9: what the owners are due and did not pledge yet bears a loss first."""
        if record.id in self.records:
            raise ModelError(f"penalty {record.id} was sent twice")
        if len(self.open) == MOST_OPEN:
            raise ModelError(f"penalty {record.id}: {MOST_OPEN} are open already")
        pledge = min(record.amount, owners - self.pledged)
        if record.pledge != pledge:
            raise ModelError(f"penalty {record.id}: {record.pledge} pledged, expected {pledge}")
        if record.exposure > total - self.stakers:
            raise ModelError(f"penalty {record.id}: {record.exposure} sent, more than was free")
        self.records[record.id] = record

    def give_back(self, number: int, amount: int) -> int:
        """Returns the excess over what was sent: income."""
        record = self._known(number)
        counted = min(amount, record.amount - record.returned)
        record.returned += counted
        return amount - counted

    def book(self, number: int) -> tuple[Loss, Loss]:
        """Closes an open record, or takes a late return into account; the losses before and now."""
        record = self._known(number)
        before = self.booked.get(number, NOTHING_LOST)
        record.open = False
        self.booked[number] = record.loss()
        return before, self.booked[number]

    def pay(self, staker: str, amount: int) -> None:
        """A leaver was paid what some of their claims came to."""
        due = [record for record in self.records.values() if record.payable(staker)]
        for count in range(len(due), 0, -1):
            for chosen in combinations(due, count):
                if sum(record.payable(staker) for record in chosen) == amount:
                    for record in chosen:
                        record.pay(staker)
                    return
        raise ModelError(f"{staker} was paid {amount} juels of claims, {self.payable(staker)} due")

    def payable(self, staker: str) -> int:
        return sum(record.payable(staker) for record in self.records.values())

    def claimed_by(self, staker: str) -> list[int]:
        """Numbers of the penalties that this leaver has a claim on that is not paid in full."""
        return [
            number
            for number, record in self.records.items()
            if record.faces.get(staker) and (record.open or record.payable(staker))
        ]

    def _known(self, number: int) -> Record:
        if number not in self.records:
            raise ModelError(f"penalty {number} was never sent")
        return self.records[number]
