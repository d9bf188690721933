# SPDX-License-Identifier: MIT
"""One penalty, exactly: what was sent, what came back, and who bears the rest (P9, P10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Loss:
    """Who bears how many juels."""

    owners: int
    claims: int
    stakers: int

    @property
    def total(self) -> int:
        return self.owners + self.claims + self.stakers


NOTHING_LOST = Loss(0, 0, 0)


@dataclass(slots=True, kw_only=True)
class Record:
    """A penalty; `faces` are leavers' claims on it, `exact` what they would be without rounding."""

    id: int
    target: str
    reference: bytes
    amount: int
    pledge: int
    weight: Fraction
    deadline: int
    returned: int = 0
    open: bool = True
    era: int = 0
    # The number of the sum that newcomers pay for, if it was overdue.
    awaited_in: int = 0
    exact: dict[str, Fraction] = field(default_factory=dict)
    faces: dict[str, int] = field(default_factory=dict)
    paid: dict[str, int] = field(default_factory=dict)

    @property
    def exposure(self) -> int:
        """What the pledge does not cover."""
        return self.amount - self.pledge

    @property
    def claimed(self) -> int:
        return sum(self.faces.values())

    @property
    def present(self) -> int:
        return self.exposure - self.claimed

    @property
    def kept(self) -> Fraction:
        """Part of the exposure that came back: the pledge is made whole last."""
        if self.exposure == 0:
            return Fraction(1)
        return Fraction(min(self.returned, self.exposure), self.exposure)

    def loss(self) -> Loss:
        """By the total returned alone; the remainder of the claims is the stakers'."""
        if self.open:
            return NOTHING_LOST
        missing = self.amount - self.returned
        owners = min(self.pledge, missing)
        claims = self.claimed - int(self.claimed * self.kept)
        return Loss(owners, claims, missing - owners - claims)

    def leave(self, staker: str, face: int, exact: Fraction) -> None:
        self.faces[staker] = self.faces.get(staker, 0) + face
        self.exact[staker] = self.exact.get(staker, Fraction(0)) + exact

    @property
    def claims_due(self) -> int:
        """Of all claims: open, or come back and not paid yet."""
        if self.open:
            return self.claimed
        return self.claimed - self.loss().claims - sum(self.paid.values())

    def payable(self, staker: str) -> int:
        if self.open:
            return 0
        return int(self.faces.get(staker, 0) * self.kept) - self.paid.get(staker, 0)

    def pay(self, staker: str) -> int:
        amount = self.payable(staker)
        if amount:
            self.paid[staker] = self.paid.get(staker, 0) + amount
        return amount
