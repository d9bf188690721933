# SPDX-License-Identifier: MIT
"""What rounding cost whom on one node, in juels, and how near that came to what is allowed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from linkpool.economics.penalty import Record
from tests.contracts.model.node_model import demand
from tests.flows.agreements.fair import ZERO

# P6: for a position's whole life, and what each penalty resolved in it may add.
LIFE, EACH = 1, 2
# How penalties are resolved.
IN_TIME, OVERDUE, LATE = "resolved in time", "resolved by anyone as overdue", "returned late"

# Everybody's position, by the node's model and exactly.
Worths = Mapping[str, tuple[Fraction, Fraction]]


@dataclass
class Furthest:
    """The greatest difference, and whose it was."""

    juels: Fraction = ZERO
    where: str = "nobody"

    def see(self, juels: Fraction, where: str) -> None:
        if abs(juels) > abs(self.juels):
            self.juels, self.where = juels, where


@dataclass
class Rounding:
    """`lived` are the penalties resolved in each staker's present life, `costs` what each cost."""

    lived: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    costs: dict[tuple[str, int], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    worst: dict[str, Furthest] = field(default_factory=lambda: defaultdict(Furthest))

    def joined(self, who: str, awaited: Iterable[int]) -> None:
        """A new life; who pays for what may come back has those penalties in it too."""
        self.lived[who] = set(awaited)

    def resolved(
        self,
        how: str,
        record: Record,
        before: Worths,
        after: Worths,
        claims: Mapping[str, Fraction],
    ) -> None:
        """A record was closed, or something of it came back late; `claims` is their exact worth."""
        for who, (mine, theirs) in after.items():
            self.lived[who].add(record.id)
            self.costs[who, record.id] += (theirs - before[who][1]) - (mine - before[who][0])
            cost = self.costs[who, record.id]
            self._penalty(f"staker, penalty {how}", who, record, cost)
        for who, exact in claims.items():
            cost = exact - int(record.faces[who] * record.kept)
            self._penalty(f"leaver, penalty {how}", who, record, cost)

    def _penalty(self, what: str, who: str, record: Record, cost: Fraction) -> None:
        self.worst[what].see(cost, f"{who}, penalty {record.id}")
        demand(abs(cost) <= EACH, f"P9: penalty {record.id} cost {who} {float(cost)} too much")

    def life(self, who: str, short: Fraction, slack: Fraction, where: str) -> None:
        """Juels below the exact share; above it only by what resolved penalties may."""
        count = len(self.lived[who])
        self.worst[f"whole position, {where}"].see(short, f"{who}, {count} penalties")
        near = -EACH * count - slack <= short <= LIFE + EACH * count + slack
        demand(near, f"P6: {who} is {float(short)} below the exact share, {where}")
