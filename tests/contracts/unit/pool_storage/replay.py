# SPDX-License-Identifier: MIT
"""A PoolStorage's whole ledger rebuilt from its events and their times alone, in integers.

What it must know besides: the terms that NodeFactory gives every node, the delay, how shares round.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.contracts.suite import DELAY, PPM, link
from tests.contracts.unit.pool_storage.support import Books

SMALLEST_POSITION = 10**27


@dataclass
class Record:
    """One penalty as its events tell it."""

    amount: int
    pledge: int
    present: int
    returned: int = 0
    is_open: bool = True
    overdue: bool = False
    waited_in: int = 0
    epoch: int = 0
    booked: tuple[int, int, int] = (0, 0, 0)
    claims: Counter[str] = field(default_factory=Counter)

    @property
    def exposure(self) -> int:
        return self.amount - self.pledge

    def worth(self, staker: str) -> int:
        """What a claim on this closed record comes to, paid or not."""
        kept = min(self.returned, self.exposure)
        return self.claims[staker] * kept // self.exposure if self.exposure else 0


@dataclass
class Replay:
    """The books as the events so far say."""

    staked: int = 0
    shares: Counter[str] = field(default_factory=Counter)
    owners: int = 0
    operations: int = 0
    claims: int = 0
    cost: int = link("0.05")
    ceiling: int = 500_000
    epoch: int = 0
    waiting: int = 0
    waits_until: int = 0
    sums: int = 0
    requests: dict[bytes, int] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    paid_claims: Counter[str] = field(default_factory=Counter)
    opening: Counter[tuple[str, int]] = field(default_factory=Counter)
    now: int = 0

    def feed(self, now: int, events: list[Any]) -> None:
        """The events of one transaction."""
        self.now = now
        for event in events:
            handler = getattr(self, f"_on_{type(event).__name__}", None)
            if handler is not None:
                handler(event)

    # ---- What it all comes to ----

    @property
    def all_shares(self) -> int:
        return self.shares.total()

    @property
    def open_records(self) -> list[Record]:
        return [record for record in self.records.values() if record.is_open]

    @property
    def at_risk_of_stakers(self) -> int:
        return sum(record.present for record in self.open_records)

    @property
    def overdue(self) -> int:
        return self.waiting if self.now < self.waits_until else 0

    def books(self, pending: int) -> Books:
        return Books(
            staked=self.staked,
            shares=self.all_shares,
            stakers=len(+self.shares),
            at_risk=sum(record.amount - record.returned for record in self.open_records),
            stakers_at_risk=self.at_risk_of_stakers,
            claims=self.claims,
            escrow=sum(self.requests.values()),
            owners=self.owners,
            pledged=sum(record.pledge for record in self.open_records),
            operations=self.operations,
            pending=pending,
        )

    def stake_of(self, staker: str) -> int:
        return self.shares[staker] * self.staked // self.all_shares if self.all_shares else 0

    def claims_of(self, staker: str) -> tuple[int, int]:
        """Still at stake in open records, payable now."""
        still = sum(record.claims[staker] for record in self.open_records)
        closed = (record for record in self.records.values() if not record.is_open)
        worth = sum(record.worth(staker) for record in closed)
        return still, worth - self.paid_claims[staker]

    # ---- Stakes ----

    def _on_Staked(self, event: Any) -> None:
        if self.all_shares and self.staked == self.overdue == 0:
            self.shares.clear()
            self._new_epoch()
        self.staked += event.amount
        self.shares[event.staker] += event.shares

    def _on_ExitClaimOpened(self, event: Any) -> None:
        self.opening[event.staker, event.id] += event.amount

    def _on_Withdrawal(self, event: Any) -> None:
        held = self.shares[event.staker]
        free = self.staked - min(self.staked, self.at_risk_of_stakers)
        burned = held if free == 0 else min(held, -(-event.amount * self.all_shares // free))
        if held - burned < SMALLEST_POSITION or event.amount == 0:
            burned = held
        self.waiting -= self.overdue * burned // self.all_shares
        self.shares[event.staker] -= burned
        self.staked -= event.amount
        for (staker, number), face in self.opening.items():
            self.records[number].present -= face
            self.records[number].claims[staker] += face
            self.staked -= face
            self.claims += face
        self.opening.clear()
        if self.all_shares == 0:
            self._sweep()
            self._new_epoch()

    def _new_epoch(self) -> None:
        """Another company: what an old one may get back is not theirs."""
        self.epoch += 1
        self.waiting = 0

    def _sweep(self) -> None:
        """With no share left the rest is the owners'."""
        if self.all_shares == 0:
            rest = self.staked - min(self.staked, self.at_risk_of_stakers)
            self.staked -= rest
            self.owners += rest

    # ---- Income ----

    def _on_Settled(self, event: Any) -> None:
        self.staked += event.stakers
        self.owners += event.owners

    def _on_Distributed(self, event: Any) -> None:
        self.owners -= event.owners
        self.operations -= event.operations

    def _on_OracleRequest(self, event: Any) -> None:
        self.requests[event.requestId] = event.payment

    def _on_OracleResponse(self, event: Any) -> None:
        payment = self.requests.pop(event.requestId)
        self.operations += min(self.cost, payment * self.ceiling // PPM)

    def _on_CancelOracleRequest(self, event: Any) -> None:
        del self.requests[event.requestId]

    def _on_TermChanged(self, event: Any) -> None:
        if event.term == 1:
            self.ceiling = event.new
        elif event.term == 3:
            self.cost = event.new

    _on_TermActivated = _on_TermChanged

    # ---- Penalties ----

    def _on_PenaltySent(self, event: Any) -> None:
        self.records[event.id] = Record(
            amount=event.amount, pledge=event.pledge, present=event.amount - event.pledge
        )

    def _on_PenaltyReturned(self, event: Any) -> None:
        record = self.records[event.id]
        record.returned = min(record.amount, record.returned + event.amount)

    def _on_PenaltySlashed(self, event: Any) -> None:
        self.records[event.id].overdue = event.overdue

    def _on_LossBooked(self, event: Any) -> None:
        record = self.records[event.id]
        owners, claims, stakers = record.booked
        came = stakers - event.stakers
        if record.is_open:
            record.is_open = False
            record.epoch = self.epoch
            self.staked += came
            if record.overdue:
                self._wait_for(event.stakers)
                record.waited_in = self.sums
        else:
            kept = self._kept(record, came)
            self.staked += kept
            self.owners += came - kept
        self.claims += claims - event.claims
        self.owners += owners - event.owners
        record.booked = (event.owners, event.claims, event.stakers)
        self._sweep()

    def _wait_for(self, stakers: int) -> None:
        """One waiting sum for all overdue records, until one delay after the latest."""
        self.sums += self.overdue == 0
        self.waiting = self.overdue + stakers
        self.waits_until = self.now + DELAY

    def _kept(self, record: Record, came: int) -> int:
        """What of a late return is the present stakers'."""
        if record.epoch != self.epoch:
            return 0
        if record.waited_in != self.sums or record.waited_in == 0:
            return came
        kept = min(self.waiting, came)
        self.waiting -= kept
        return kept

    def _on_ExitClaimed(self, event: Any) -> None:
        self.claims -= event.amount
        self.paid_claims[event.staker] += event.amount
