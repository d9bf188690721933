# SPDX-License-Identifier: MIT
"""What everybody on one node should have, in exact arithmetic: D = S/T * O (whitepaper, section
6.1.4).

The model knows no shares, no packing and no rounding but two that the contracts promise: the
owners' cut of a settlement is rounded down to a juel (the stakers get what is left), and the
running cost of a request is an integer. It learns of a payment only what left: a staker who takes
all leaves less than a juel behind, which belongs to those who stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

PPM = 1_000_000


class ModelError(Exception):
    """The chain did what the model holds impossible: paid more than owed, answered twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A node's money parameters. Costs in juels, ratios in ppm."""

    makers: int
    cost: int
    ceiling: int

    def cost_of(self, payment: int) -> int:
        """Juels of a request's payment that go to operations: the fixed cost, at most the ceiling's
        share.
        """
        return min(self.cost, payment * self.ceiling // PPM)


@dataclass(slots=True)
class Position:
    """One staker's life on a node, from the first juel until everything was taken. Amounts in
    juels.
    """

    staker: str
    worth: Fraction = Fraction(0)
    staked: int = 0
    paid: int = 0
    left: Fraction = Fraction(0)  # what a full exit could not pay: less than a juel
    closed: bool = False

    @property
    def owed(self) -> Fraction:
        """All this position was ever entitled to, whether paid or still standing."""
        return self.worth + self.paid + self.left

    @property
    def earned(self) -> Fraction:
        return self.owed - self.staked


@dataclass(slots=True)
class NodeBook:
    """The books of one node. `total` is the stakers' total: an integer at any time, the sum of all
    worth.
    """

    terms: Terms
    total: int = 0
    pending: int = 0
    owners: int = 0
    owners_paid: int = 0
    operations: int = 0
    operations_paid: int = 0
    credited: int = 0
    income: int = 0
    escrow: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    answered: int = 0
    cancelled: int = 0
    open: dict[str, Position] = field(default_factory=dict)
    past: list[Position] = field(default_factory=list)

    def stake(self, staker: str, amount: int) -> None:
        position = self.open.setdefault(staker, Position(staker))
        position.worth += amount
        position.staked += amount
        self.total += amount

    def withdraw(self, staker: str, amount: int) -> None:
        """A payment out of the stake; what remains below one juel is left to the others."""
        position = self.open.get(staker)
        if position is None or position.worth < amount:
            owed = position.worth if position else 0
            raise ModelError(f"{staker} was paid {amount} juels and is owed {float(owed):.3f}")
        position.worth -= amount
        position.paid += amount
        self.total -= amount
        if position.worth < 1:
            self._close(position)

    def _close(self, position: Position) -> None:
        position.left, position.worth, position.closed = position.worth, Fraction(0), True
        self.past.append(self.open.pop(position.staker))
        self._share(position.left)

    def _share(self, amount: Fraction) -> None:
        """D = S/T * O for everybody on the node."""
        total = sum((p.worth for p in self.open.values()), Fraction(0))
        if not amount:
            return
        if not total:
            raise ModelError(f"{float(amount):.3f} juels for stakers, and nobody staked")
        grown = (total + amount) / total
        for position in self.open.values():
            position.worth *= grown

    def ask(self, request: str, payment: int) -> None:
        if request in self.escrow:
            raise ModelError(f"request {request} was asked twice")
        self.escrow[request] = payment
        self.asked += 1

    def answer(self, request: str) -> None:
        payment = self._release(request)
        cost = self.terms.cost_of(payment)
        self.operations += cost
        self.pending += payment - cost
        self.income += payment
        self.answered += 1

    def cancel(self, request: str) -> None:
        self._release(request)
        self.cancelled += 1

    def _release(self, request: str) -> int:
        if request not in self.escrow:
            raise ModelError(f"request {request} was settled twice, or never asked")
        return self.escrow.pop(request)

    def donate(self, amount: int) -> None:
        """LINK that came by plain transfer: profit, without running cost."""
        self.pending += amount
        self.income += amount

    def settle(self) -> tuple[int, int]:
        """Pending income becomes the owners' and the stakers'; returns both parts in juels."""
        profit, self.pending = self.pending, 0
        owners = profit * self.terms.makers // PPM if self.open else profit
        self.owners += owners
        self._share(Fraction(profit - owners))
        self.total += profit - owners
        self.credited += profit - owners
        return owners, profit - owners

    def distribute(self, owners: int, operations: int) -> None:
        """The owners' cut and the running costs left the node."""
        if owners > self.owners or operations > self.operations:
            raise ModelError(
                f"paid out {owners} and {operations}, due {self.owners} and {self.operations}"
            )
        self.owners -= owners
        self.owners_paid += owners
        self.operations -= operations
        self.operations_paid += operations

    def change(
        self, *, makers: int | None = None, cost: int | None = None, ceiling: int | None = None
    ) -> None:
        """New terms for what comes; what is pending has to be settled under the old ones first."""
        if makers is not None and makers != self.terms.makers and self.pending:
            raise ModelError(
                "the makers' percentage changed before income under the old one was settled"
            )
        self.terms = replace(
            self.terms,
            makers=self.terms.makers if makers is None else makers,
            cost=self.terms.cost if cost is None else cost,
            ceiling=self.terms.ceiling if ceiling is None else ceiling,
        )

    def balance(self) -> int:
        """LINK that the node has to hold, to the juel."""
        return self.total + self.pending + self.owners + self.operations + sum(self.escrow.values())
