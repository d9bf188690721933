# SPDX-License-Identifier: MIT
"""What each person of one node would have if juels could be divided without end.

The model of the node (tests/contracts/model) rounds where the contract does; this one does not:
claims, losses and what comes back late are exact parts, so that the difference is what rounding
costs somebody. Told from outside: what was paid in, what was paid out, what came back. As in P6 the
remainder of whoever leaves stays with the stakers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

# Units are kept to 2**-256: over a run that moves nobody by 10**-60 juels, and keeps numbers short.
GRAIN = 2**256
ZERO = Fraction(0)


def trimmed(number: Fraction) -> Fraction:
    """To the grain, downwards."""
    return Fraction(number.numerator * GRAIN // number.denominator, GRAIN)


@dataclass(kw_only=True)
class FairRecord:
    """One penalty. `present` is the stakers' part of the exposure, `claims` the leavers'."""

    exposure: int
    present: int
    pledge: int
    claims: dict[str, Fraction] = field(default_factory=dict)
    returned: int = 0
    open: bool = True
    era: int = 0
    awaited_in: int = 0

    @property
    def kept(self) -> Fraction:
        if self.exposure == 0:
            return Fraction(1)
        return Fraction(min(self.returned, self.exposure), self.exposure)


@dataclass(kw_only=True)
class Fair:
    """One node. Amounts are juels, times seconds."""

    delay: int
    staked: Fraction = ZERO
    units: dict[str, Fraction] = field(default_factory=dict)
    records: dict[int, FairRecord] = field(default_factory=dict)
    era: int = 0
    waiting: Fraction = ZERO
    until: int = 0
    sums: int = 0

    def worth(self, staker: str) -> Fraction:
        """Exact juels of a position."""
        if staker not in self.units:
            return ZERO
        return self.units[staker] * self.staked / self._all()

    def claim(self, staker: str, id: int) -> Fraction:
        """Exact juels that a leaver's claim on a closed record came to."""
        record = self.records[id]
        return record.claims.get(staker, ZERO) * record.kept

    def income(self, stakers: int) -> None:
        self.staked += stakers

    def stake(self, staker: str, amount: int, now: int) -> None:
        whole = self._all()
        priced = self.staked + self._overdue(now)
        minted = amount * whole / priced if self.units else Fraction(amount)
        self.units[staker] = trimmed(self.units.get(staker, ZERO) + minted)
        self.staked += amount

    def withdraw(
        self,
        staker: str,
        leaves: Fraction,
        faces: Mapping[int, int],
        given_up: int,
        *,
        gone: bool,
    ) -> None:
        """What is burned of the position beside what leaves becomes claims, each its exact part.

        With `gone` the whole position is burned. The remainder stays with the stakers (P6): of
        the position what does not leave, of a claim what its whole juels (`faces`) leave of it, of
        what may come back all but the whole juels that are given up.
        """
        leaves = trimmed(leaves)
        whole, staked = self._all(), self.staked
        present = Fraction(sum(record.present for record in self._open()))
        free = 1 - present / staked
        burned = self.worth(staker) if gone else leaves / free
        self.waiting -= given_up
        for id, face in faces.items():
            record = self.records[id]
            claim = trimmed(burned * record.present / staked)
            record.claims[staker] = record.claims.get(staker, ZERO) + claim
            record.present -= face
            self.staked -= face
        self.staked -= leaves
        if gone:
            del self.units[staker]
        else:
            self.units[staker] = trimmed(self.units[staker] - burned * whole / staked)
        if not self.units:
            self.staked = Fraction(sum(record.present for record in self._open()))
            self.era += 1
            self.waiting = ZERO

    def send(self, id: int, exposure: int, pledge: int) -> None:
        self.records[id] = FairRecord(exposure=exposure, present=exposure, pledge=pledge)

    def give_back(self, id: int, amount: int, *, final: bool) -> None:
        record = self.records[id]
        kept = record.kept
        total = record.exposure + record.pledge
        record.returned += min(amount, total - record.returned)
        if not record.open:
            self._late(record, trimmed(record.present * (record.kept - kept)))
        elif final or record.returned == total:
            self._close(record)

    def resolve(self, id: int, now: int) -> None:
        record = self.records[id]
        awaited = self._overdue(now)
        self._close(record)
        if awaited == 0:
            self.sums += 1
        record.awaited_in = self.sums
        self.waiting = trimmed(awaited + record.present * (1 - record.kept))
        self.until = now + self.delay

    def _close(self, record: FairRecord) -> None:
        record.open = False
        record.era = self.era
        self.staked -= trimmed(record.present * (1 - record.kept))

    def _late(self, record: FairRecord, came: Fraction) -> None:
        """What leavers gave up of it is the owners'."""
        stays = came if record.era == self.era and self.units else ZERO
        if stays and record.awaited_in == self.sums != 0:
            stays = min(came, self.waiting)
            self.waiting -= stays
        self.staked += stays

    def _all(self) -> Fraction:
        return sum(self.units.values(), ZERO)

    def _open(self) -> list[FairRecord]:
        return [record for record in self.records.values() if record.open]

    def _overdue(self, now: int) -> Fraction:
        return self.waiting if now < self.until else ZERO
