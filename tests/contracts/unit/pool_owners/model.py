# SPDX-License-Identifier: MIT
"""PoolOwners in rationals: no index, no packing, no rounding except where somebody is paid."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import floor

from tests.contracts.unit.pool_owners.support import HARD_CAP, WHOLE


class Model:
    """Every income is dealt out to every holder at once; what each is owed is kept exactly."""

    def __init__(self, sale: str, rest: str) -> None:
        self.sale, self.rest = sale, rest
        self.shares: dict[str, int] = defaultdict(int, {sale: WHOLE})
        self.staked: dict[tuple[str, str], int] = defaultdict(int)
        self.owed: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        self.booked: dict[str, int] = defaultdict(int)
        self.paid: dict[str, int] = defaultdict(int)
        self.pending: dict[str, int] = defaultdict(int)
        self.contributed = 0
        self.finished = False

    def free(self, holder: str) -> int:
        return self.shares[holder] - sum(n for (h, _), n in self.staked.items() if h == holder)

    def creators_left(self) -> int:
        return self.shares[self.sale] - (HARD_CAP - self.contributed)

    def move(self, sender: str, receiver: str, amount: int) -> None:
        self.shares[sender] -= amount
        self.shares[receiver] += amount

    def distribute(self, token: str) -> None:
        income = self.pending.pop(token)
        self.booked[token] += income
        for holder, shares in self.shares.items():
            self.owed[holder, token] += Fraction(income * shares, WHOLE)

    def claimable(self, holder: str, token: str) -> int:
        return floor(self.owed[holder, token])

    def pay(self, holder: str, token: str) -> int:
        amount = self.claimable(holder, token)
        self.owed[holder, token] -= amount
        self.paid[token] += amount
        return amount
