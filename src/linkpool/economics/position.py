# SPDX-License-Identifier: MIT
"""One staker's life on a node, exactly."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

from linkpool.economics.penalty import Record


@dataclass(frozen=True, slots=True)
class Claim:
    """What a leaver keeps of a penalty: whole juels on chain, and exactly."""

    record: Record
    face: int
    exact: Fraction

    @property
    def kept(self) -> Fraction:
        """Of an open penalty nothing is lost yet."""
        return Fraction(1) if self.record.open else self.record.kept


@dataclass(slots=True)
class Position:
    """From the first juel until everything was taken. Amounts in juels."""

    staker: str
    worth: Fraction = Fraction(0)
    staked: int = 0
    paid: int = 0
    left: Fraction = Fraction(0)  # what a full exit could not pay: less than a juel
    closed: bool = False
    claims: list[Claim] = field(default_factory=list)
    losses: int = 0  # penalties that were resolved while it had a part in them

    @property
    def owed(self) -> Fraction:
        """All this position was ever entitled to, whether paid, claimed or still standing."""
        claimed = sum((claim.exact * claim.kept for claim in self.claims), Fraction(0))
        return self.worth + self.paid + self.left + claimed

    @property
    def claimed(self) -> int:
        """Whole juels that the claims are worth, whether paid or not: rounded once per penalty."""
        worth: defaultdict[int, Fraction] = defaultdict(Fraction)
        for claim in self.claims:
            worth[claim.record.id] += claim.face * claim.kept
        return sum(map(int, worth.values()))

    @property
    def earned(self) -> Fraction:
        return self.owed - self.staked

    @property
    def slack(self) -> int:
        """Juels of rounding that are promised as the most: two for each penalty, whether it was
        resolved while this position stood or is claimed on.
        """
        return 2 * (self.losses + len({claim.record.id for claim in self.claims}))
