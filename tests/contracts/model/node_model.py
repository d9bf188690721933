# SPDX-License-Identifier: MIT
"""What the promises say one node's ledger is, in exact rationals.

Written from the promises, not from the code. Amounts are juels, times seconds. Whatever leaves the
ledger is whole juels; the model is told what left, checks it against the exact amount, and leaves
the remainder with the stakers, as P6 says. `slack` is what the finite number of shares can move:
the worth of one share for each time somebody came or went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from linkpool.economics.penalty import PPM, Loss, Record

ALL = 2**256 - 1


class BrokenPromise(AssertionError):
    """The contract did what no promise allows."""


def demand(true: bool, said: str) -> None:
    """Raises BrokenPromise with what was expected."""
    if not true:
        raise BrokenPromise(said)


@dataclass
class Credit:
    """What a staker was credited in one block, as part of the pool."""

    block: int
    units: Fraction


@dataclass(kw_only=True)
class NodeModel:
    """One node. Every method is one transition, after `settle`."""

    delay: int
    makers: int = 0
    ceiling: int = 0
    cost: int = 0
    staked: int = 0
    owners_due: int = 0
    operations_due: int = 0
    units: dict[str, Fraction] = field(default_factory=dict)
    credits: dict[str, Credit] = field(default_factory=dict)
    escrow: dict[bytes, int] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    # Positions of an earlier era are void, and so is their hope of late returns.
    era: int = 0
    # Stakers' juels that newcomers pay for, until when.
    waiting: int = 0
    until: int = 0
    sums: int = 0
    slack: Fraction = Fraction(0)

    # ---- Figures ----

    @property
    def open_records(self) -> list[Record]:
        return [record for record in self.records.values() if record.open]

    @property
    def at_risk(self) -> int:
        """At penalty contracts, gross."""
        return sum(record.amount - record.returned for record in self.open_records)

    @property
    def stakers_at_risk(self) -> int:
        return sum(record.present for record in self.open_records)

    @property
    def pledged(self) -> int:
        return sum(record.pledge for record in self.open_records)

    @property
    def claims(self) -> int:
        """Leavers' claims: open, and resolved but unpaid."""
        return sum(record.claims_due for record in self.records.values())

    @property
    def liabilities(self) -> int:
        """What P3 compares with LINK here and LINK at risk."""
        dues = self.owners_due + self.operations_due
        return self.staked + dues + sum(self.escrow.values()) + self.claims

    def pending(self, balance: int) -> int:
        """Income not booked yet."""
        return balance + self.at_risk - self.liabilities

    def split(self, income: int) -> tuple[int, int]:
        """Owners' and stakers' part: one remainder, the stakers'."""
        owners = income * self.makers // PPM if self.units and self.staked else income
        return owners, income - owners

    def overdue(self, now: int) -> int:
        """What newcomers pay for: what may still come back to those who are staked.

        A later resolution prolongs the wait for an earlier one: simpler, and nobody gains by it.
        """
        return self.waiting if now < self.until else 0

    def worth(self, staker: str, staked: int | None = None) -> Fraction:
        """Exact juels of a position."""
        if staker not in self.units:
            return Fraction(0)
        total = self.staked if staked is None else staked
        return self.units[staker] * total / self.all_units

    @property
    def all_units(self) -> Fraction:
        return sum(self.units.values(), Fraction(0))

    @property
    def risk(self) -> Fraction:
        """Rho of P9."""
        return Fraction(self.stakers_at_risk, self.staked) if self.staked else Fraction(0)

    def free_now(self, staker: str, block: int) -> Fraction:
        """Exact juels that may leave in this block."""
        return max(self.worth(staker) - self.credited(staker, block), Fraction(0)) * (1 - self.risk)

    def credited(self, staker: str, block: int, staked: int | None = None) -> Fraction:
        """Exact juels of this block's credit."""
        credit = self.credits.get(staker)
        if credit is None or credit.block != block:
            return Fraction(0)
        return credit.units * (self.staked if staked is None else staked) / self.all_units

    # ---- Transitions ----

    def settle(self, balance: int) -> int:
        """P8: what has arrived is the owners' and those staked now; P3: it is never negative."""
        income = self.pending(balance)
        demand(income >= 0, f"P3: {-income} juels are missing")
        owners, stakers = self.split(income)
        self.owners_due += owners
        self.staked += stakers
        return income

    def stake(self, staker: str, amount: int, now: int, block: int) -> None:
        priced = self.staked + self.overdue(now)
        if self.units and priced == 0:
            self._new_era()
        whole = self.all_units
        minted = amount * whole / priced if self.units else Fraction(amount)
        self.staked += amount
        self.units[staker] = self.units.get(staker, Fraction(0)) + minted
        credit = self.credits.get(staker)
        if credit is None or credit.block != block:
            credit = self.credits[staker] = Credit(block, Fraction(0))
        credit.units += minted

    def withdraw(
        self,
        staker: str,
        asked: int,
        paid: int,
        faces: Mapping[int, int],
        *,
        gone: bool,
        block: int,
        now: int,
        awaited: int,
        smallest: Fraction,
    ) -> None:
        """P2, P6, P8, P9: `paid` juels left, `faces` became claims by record.

        `awaited` is what newcomers pay for afterwards: a leaver's part of it is given up (P10).
        """
        worth, risk, most = self.worth(staker), self.risk, self.free_now(staker, block)
        credited = self.credited(staker, block) > 0
        if gone:
            burned = worth
            exact = worth * (1 - risk)
            left = worth - Fraction(min(asked, int(most))) / (1 - risk) if risk < 1 else Fraction(0)
            demand(
                left <= smallest + self.slack + 2 or (asked == ALL and not credited),
                f"P8: all of {staker} left although {left} was to stay",
            )
        else:
            exact = most if asked == ALL else Fraction(asked)
            burned = Fraction(paid) / (1 - risk) if risk < 1 else Fraction(0)
            # Of a credit of this block less than the smallest position may leave (P6, P8).
            above = smallest if credited else Fraction(0)
            demand(paid <= most + above + self.slack, f"P8: {paid} left, at most {most} may")
            demand(asked != ALL or paid > most - 1 - self.slack, f"P2: {paid} of {most}")
            exact = max(exact, Fraction(paid))
        demand(paid <= exact + self.slack, f"P6: {staker} got {paid}, exact {exact}")
        demand(paid > exact - 1 - self.slack, f"P6: {staker} got {paid}, exact {exact}")
        if asked != ALL and not gone:
            demand(paid == asked, f"P2: {paid} of {asked} asked")
        self._give_up(staker, burned, now, awaited)
        self._leave(staker, burned, paid, faces)
        if gone:
            del self.units[staker]
            self.credits.pop(staker, None)
            self._swept()

    def _give_up(self, staker: str, burned: Fraction, now: int, awaited: int) -> None:
        if self.overdue(now) == 0:
            return
        part = burned / self.staked if self.staked else self.units[staker] / self.all_units
        exact = self.waiting * (1 - part)
        if len(self.units) == 1 and part == 1:
            exact = Fraction(0)
        # Rounded up: what is given up too little, newcomers pay for, and nobody gains by joining.
        close = exact - self.slack <= awaited < exact + 1 + self.slack
        demand(close, f"P10: {awaited} awaited, exact {exact}")
        self.waiting = awaited

    def _leave(self, staker: str, burned: Fraction, paid: int, faces: Mapping[int, int]) -> None:
        """The exact part of each open penalty goes along: over all leavings a juel less at most."""
        whole, staked = self.all_units, self.staked
        taken = burned * whole / staked if staked else Fraction(0)
        self.units[staker] -= min(taken, self.units[staker])
        for record in self.open_records:
            record.leave(staker, faces.get(record.id, 0), burned * record.present / staked)
            face, exact = record.faces[staker], record.exact[staker]
            demand(face <= exact + self.slack, f"P9: claims {face} above the exact {exact}")
            demand(face > exact - 1 - self.slack, f"P9: claims {face}, exact {exact}: dodged")
        self.staked -= paid + sum(faces.values())

    def send(self, record: Record) -> None:
        """P9: the owners' due of this moment is pledged first; P3: never more than there is."""
        pledge = min(record.amount, self.owners_due - self.pledged)
        demand(record.pledge == pledge, f"P9: pledge {record.pledge}, not {pledge}")
        free = self.staked - self.stakers_at_risk
        demand(record.exposure <= free, f"P3: {record.exposure} sent, {free} were free")
        self.records[record.id] = record

    def give_back(self, id: int, amount: int, final: bool, now: int) -> None:
        """A return with its reference; what is above the record stays pending."""
        record = self.records[id]
        before = record.loss()
        record.returned += min(amount, record.amount - record.returned)
        if record.open:
            if final or record.returned == record.amount:
                self._close(record)
        else:
            # A late return: as if it had come in time; never income.
            self._book(record, before)

    def resolve(self, id: int, now: int) -> None:
        record = self.records[id]
        demand(now > record.deadline, "P10: resolved before its deadline")
        awaited = self.overdue(now)
        self._close(record)
        if awaited == 0:
            self.sums += 1
        record.awaited_in = self.sums
        self.waiting = awaited + record.loss().stakers
        self.until = now + self.delay

    def _close(self, record: Record) -> None:
        record.open = False
        record.era = self.era
        self._book(record, Loss(0, 0, 0))

    def _book(self, record: Record, before: Loss) -> None:
        loss = record.loss()
        demand(loss.total == record.amount - record.returned, "P10: loss = amount - returned")
        self.owners_due += before.owners - loss.owners
        change = before.stakers - loss.stakers
        # Who came after the loss gains nothing by its return (P10): the part of those on whom it
        # fell and who are gone is the owners'.
        stays = change if record.era == self.era and self.units else 0
        if stays > 0 and record.awaited_in == self.sums != 0:
            stays = min(change, self.waiting)
            self.waiting -= stays
        self.staked += stays
        self.owners_due += change - stays

    def claim_exit(self, staker: str, ids: list[int]) -> int:
        """What is paid: the exact part of what came back, in whole juels."""
        return sum(self.records[i].pay(staker) for i in dict.fromkeys(ids) if i in self.records)

    def answer(self, request: bytes) -> int:
        """The cost of an answered request goes to the operations, the rest becomes income."""
        payment = self.escrow.pop(request)
        cost = min(self.cost, payment * self.ceiling // PPM)
        self.operations_due += cost
        return cost

    def distribute(self) -> tuple[int, int]:
        owners, operations = self.owners_due - self.pledged, self.operations_due
        self.owners_due -= owners
        self.operations_due = 0
        return owners, operations

    def _swept(self) -> None:
        """With the last staker gone nothing is left behind (P8)."""
        if self.units:
            return
        rest = self.staked - self.stakers_at_risk
        self.owners_due += rest
        self.staked -= rest
        self._new_era()

    def _new_era(self) -> None:
        """Who stakes next has no part in what was; positions left by a total loss are void (P8)."""
        self.units.clear()
        self.credits.clear()
        self.era += 1
        self.waiting = 0
        self.slack = Fraction(0)
