# SPDX-License-Identifier: MIT
"""The money of many nodes, as PoolStorage's ledger keeps it, rounded as it rounds.

What happens to all nodes on a day is one operation on whole columns; what happens to one staker or
one penalty is stakes.py and penalties.py, on single nodes. LINK's supply of 10**27 juels bounds it:
the width of the contract's words (2**90) is never reached.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from linkpool.economics.errors import Refused
from linkpool.economics.penalty import PPM, Record
from linkpool.economics.world.juels import At, Flags, Ints, Juels

DAY: Final = 86_400
M140: Final = 2**140 - 1
ALL: Final = slice(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What every node begins with. Amounts in juels, parts in ppm, times in seconds."""

    limit: int
    makers: int
    ceiling: int
    cost: int
    loss_cap: int
    delay: int
    penalty_life: int
    minimum_stake: int = 0
    minimum_payment: int = 0


@dataclass(slots=True)
class Position:
    """A staker's shares; what of them was credited in that block cannot leave in it."""

    shares: int
    credit: int
    block: int


@dataclass(slots=True)
class Side:
    """What one node has beside its columns: few nodes, seldom looked at."""

    positions: dict[str, Position] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    open: list[int | None] = field(default_factory=lambda: [None] * 10)
    """Ids of open records by their places."""
    keys: dict[tuple[str, bytes], int] = field(default_factory=dict)
    rests: dict[tuple[int, str], int] = field(default_factory=dict)
    """What rounding left of a claim, in 2**-64 juels."""
    announced: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Terms that wait: the new value, and from when on it may be activated."""
    epoch: int = 0
    sums: int = 0
    awaited: int = 0
    until: int = 0


class Nodes:
    """The ledgers, at `now` (seconds) and in the block `block`."""

    def __init__(self, many: int, terms: Terms, *, now: int = 0, block: int = 0) -> None:
        self.terms, self.now, self.block = terms, now, block
        self.staked = Juels.same(0, many)
        self.owners = Juels.same(0, many)
        self.operations = Juels.same(0, many)
        self.escrow = Juels.same(0, many)
        self.pending = Juels.same(0, many)
        self.claims = Juels.same(0, many)
        self.at_risk = Juels.same(0, many)
        """Present stakers' part of open penalties."""
        self.lent = Juels.same(0, many)
        """At penalty contracts under open records, gross."""
        self.pledged = Juels.same(0, many)
        self.makers = np.full(many, terms.makers, dtype=np.int64)
        self.ceiling = np.full(many, terms.ceiling, dtype=np.int64)
        self.cost = Juels.same(terms.cost, many)
        self.limit = Juels.same(terms.limit, many)
        self.payment = [terms.minimum_payment] * many
        self.minimum_stake = [terms.minimum_stake] * many
        self.enabled: Flags = np.ones(many, dtype=np.bool_)
        self.has_shares: Flags = np.zeros(many, dtype=np.bool_)
        self.shares = [0] * many
        self.sides = [Side() for _ in range(many)]
        self.records = np.zeros(many, dtype=np.int64)
        """Ever made."""
        days = terms.delay // DAY + 2
        self.lost = np.zeros((days, many), dtype=np.int64)
        """Weight lost in ppm, by `lost_day` and node; older days are written over."""
        self.lost_day = np.full(days, -1, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.shares)

    # ---- All of them at once ----

    def donate(self, amounts: Juels, at: At = ALL) -> None:
        """LINK by plain transfer."""
        self._add(self.pending, amounts, at)

    def ask(self, payment: int, counts: Ints, at: At = ALL) -> None:
        """So many requests at each, all at one price."""
        self._add(self.escrow, Juels.same(payment, len(counts)).times(counts), at)

    def answer(self, payment: int, counts: Ints, at: At = ALL) -> None:
        """Of those: the running cost is the operations', the rest is income."""
        each, cost = Juels.same(payment, len(counts)), self.costs(payment, at)
        self._take(self.escrow, each.times(counts), at)
        self._add(self.operations, cost.times(counts), at)
        self._add(self.pending, (each - cost).times(counts), at)

    def cancel(self, payment: int, counts: Ints, at: At = ALL) -> None:
        """What was not answered goes back to who asked."""
        self._take(self.escrow, Juels.same(payment, len(counts)).times(counts), at)

    def costs(self, payment: int, at: At = ALL) -> Juels:
        """Of one answer that is paid so: each node's own, at most its ceiling's part."""
        ceiling = self.ceiling[at]
        return Juels.same(payment, len(ceiling)).ppm(ceiling).least(self.cost.take(at))

    def split(self, at: At = ALL) -> tuple[Juels, Juels]:
        """What settling would give the owners and the stakers."""
        income = self.pending.take(at)
        has = self.has_shares[at] & self.staked.take(at).any()
        cut = income.ppm(self.makers[at]).where(has, income)
        return cut, income - cut

    def settle(self, at: At = ALL) -> None:
        """What has arrived is credited to those who are staked already (P8)."""
        cut, rest = self.split(at)
        self._add(self.staked, rest, at)
        self._add(self.owners, cut, at)
        self.pending.put(at, Juels.same(0, len(cut)))

    def distribute(self, at: At = ALL) -> tuple[Juels, Juels]:
        """Paid to PoolOwners and to the operations' wallet; what is pledged stays (P9)."""
        self.settle(at)
        owners, held = self.owners.take(at), self.pledged.take(at)
        stays = owners.least(held)
        paid, operations = owners - stays, self.operations.take(at).copy()
        self.owners.put(at, stays)
        self.operations.put(at, Juels.same(0, len(paid)))
        return paid, operations

    def balances(self) -> list[int]:
        """LINK in custody, as LINK says."""
        owed = self.staked + self.owners + self.operations + self.escrow + self.claims
        return (owed + self.pending - self.lent).tolist()

    # ---- One of them ----

    def settle_one(self, i: int) -> None:
        """As settle."""
        income = self.pending.get(i)
        if income == 0:
            return
        staked = self.staked.get(i)
        cut = income
        if staked and self.shares[i]:
            cut = income * int(self.makers[i]) // PPM
        self.staked.set(i, staked + income - cut)
        self.owners.set(i, self.owners.get(i) + cut)
        self.pending.set(i, 0)

    def overdue(self, i: int) -> int:
        """Juels that may still come back, which a new stake pays for (P10)."""
        side = self.sides[i]
        return side.awaited if self.now < side.until else 0

    def allowance(self, i: int) -> int:
        """Ppm of the stakers' total that may still be put at risk (P15)."""
        side = self.sides[i]
        taken = int(self.lost[self._counting(), i].sum())
        taken += sum(int(side.records[id_].weight) for id_ in side.open if id_ is not None)
        return max(self.terms.loss_cap - taken, 0)

    def allowances(self) -> Ints:
        """The same of all nodes, where none has an open penalty."""
        taken: Ints = self.lost[self._counting()].sum(axis=0)
        return np.maximum(self.terms.loss_cap - taken, 0)

    def today(self) -> int:
        """The row of `lost` for losses of now."""
        day = self.now // DAY
        row = day % len(self.lost_day)
        if self.lost_day[row] != day:
            self.lost_day[row] = day
            self.lost[row] = 0
        return row

    def _counting(self) -> Flags:
        """Days whose losses count, the oldest in full."""
        found: Flags = self.lost_day >= (self.now - self.terms.delay) // DAY
        return found

    def stake_of(self, i: int, staker: str) -> int:
        """As booked, what is at risk included; rounded down."""
        position = self.sides[i].positions.get(staker)
        return position.shares * self.staked.get(i) // self.shares[i] if position else 0

    def set_shares(self, i: int, shares: int) -> None:
        self.shares[i] = shares
        self.has_shares[i] = shares != 0

    def new_epoch(self, i: int) -> None:
        """Whoever stakes next is another company: older positions are void (P8)."""
        self.sides[i].epoch += 1
        self.sides[i].positions.clear()

    def sweep(self, i: int) -> int:
        """What rounding left where no share is left: the owners' (P8)."""
        if self.shares[i]:
            return 0
        staked = self.staked.get(i)
        rest = staked - min(staked, self.at_risk.get(i))
        self.staked.set(i, staked - rest)
        self.owners.set(i, self.owners.get(i) + rest)
        return rest

    def _add(self, column: Juels, amounts: Juels, at: At) -> None:
        column.put(at, column.take(at) + amounts)

    def _take(self, column: Juels, amounts: Juels, at: At) -> None:
        column.put(at, column.take(at) - amounts)


def refuse(when: bool, reason: str) -> None:
    """As the contract: its reason without "storage: "."""
    if when:
        raise Refused(f"storage: {reason}")
