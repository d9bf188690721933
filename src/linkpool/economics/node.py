# SPDX-License-Identifier: MIT
"""What everybody on one node should have, in exact arithmetic: D = S/T * O (whitepaper, section
6.1.4).

The model knows no shares, no packing and no rounding but two that the contracts promise: the
owners' cut of a settlement is rounded down to a juel (the stakers get what is left), and the
running cost of a request is an integer. It learns of a payment only what left: a staker who takes
all leaves less than a juel behind, which belongs to those who stay. Penalties are borne as P9 and
P10 say; the contract rounds each of them by two juels at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from linkpool.economics.errors import ModelError
from linkpool.economics.penalty import PPM, Loss, Record
from linkpool.economics.position import Claim, Position
from linkpool.economics.risk import Risk

NO_CLAIMS: Mapping[int, int] = {}


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
    risk: Risk = field(default_factory=Risk)

    def stake(self, staker: str, amount: int) -> None:
        position = self.open.setdefault(staker, Position(staker))
        position.worth += amount
        position.staked += amount
        self.total += amount

    def withdraw(self, staker: str, amount: int, faces: Mapping[int, int] = NO_CLAIMS) -> None:
        """A payment out of the stake; what is at risk becomes claims (`faces`, by penalty). What
        remains below one juel is left to the others.
        """
        position = self.open.get(staker, Position(staker))
        risk = self.risk.part(self.total)
        most, slack = position.worth * (1 - risk), position.slack
        if staker not in self.open or most + slack < amount:
            raise ModelError(f"{staker} was paid {amount} juels and is owed {float(most):.3f}")
        gone = most - amount < 1 + slack
        burned = position.worth if gone else amount / (1 - risk)
        rest = burned - amount
        for record in self.risk.open:
            claim = self._claim(position, record, burned, faces.get(record.id, 0))
            rest -= claim.face
            position.left -= claim.exact if gone else 0
        position.worth -= burned
        position.paid += amount
        self.total -= amount + sum(faces.values())
        if gone:
            position.left += burned - amount
            position.closed = True
            self.past.append(self.open.pop(staker))
        self._stay(rest)

    def _claim(self, position: Position, record: Record, burned: Fraction, face: int) -> Claim:
        """P9: whoever leaves keeps their exact part of each open penalty."""
        exact = burned * record.present / self.total
        if abs(exact - face) > 1 + position.slack:
            of = f"penalty {record.id}, exactly {float(exact):.3f}"
            raise ModelError(f"{position.staker} claims {face} of {of}")
        claim = Claim(record, face, exact)
        record.leave(position.staker, face, exact)
        position.claims.append(claim)
        return claim

    def _stay(self, rest: Fraction) -> None:
        """What a leaver's rounding left belongs to those who stay, or to the owners where there is
        nobody else.
        """
        if self.open:
            self._share(rest)
        else:
            self.owners += self.total
            self.credited -= self.total
            self.total = 0

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

    @property
    def payable(self) -> int:
        """The owners' due that no open penalty holds back."""
        return self.owners - self.risk.pledged

    def distribute(self, owners: int, operations: int) -> None:
        """The owners' cut and the running costs left the node; what is pledged stays (P9)."""
        if owners > self.payable or operations > self.operations:
            raise ModelError(
                f"paid out {owners} and {operations}, due {self.payable} and {self.operations}"
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

    def send(self, record: Record) -> None:
        """A penalty left the node, after settling."""
        self.risk.send(record, owners=self.owners, total=self.total)

    def give_back(self, number: int, amount: int) -> None:
        """LINK of a penalty came back; more than was sent is income."""
        excess = self.risk.give_back(number, amount)
        if excess:
            self.donate(excess)

    def book_loss(self, number: int) -> Loss:
        """A penalty is over, or returned late: what of it is lost, and by whom (P9, P10)."""
        before, now = self.risk.book(number)
        self.owners += before.owners - now.owners
        change = before.stakers - now.stakers
        if not change:
            return now
        if not self.open:
            self.owners += change
            return now
        self._share(Fraction(change))
        self.total += change
        for position in self.open.values():
            position.losses += 1
        return now

    def claim_exit(self, staker: str, amount: int) -> None:
        """A leaver was paid what their claims came to."""
        self.risk.pay(staker, amount)

    def balance(self) -> int:
        """LINK that the node has to hold, to the juel: all it owes, less what is out."""
        owed = self.total + self.pending + self.owners + self.operations
        return owed + sum(self.escrow.values()) + self.risk.claims - self.risk.out
