# SPDX-License-Identifier: MIT
"""The part of a node's ledger that is about penalties: records, claims, the window of losses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any

from tests.contracts.evil.records import (
    FINE,
    PPM,
    Arrival,
    Claim,
    Loss,
    Position,
    Record,
    Request,
    Terms,
)
from tests.contracts.evil.report import demand
from tests.contracts.suite import DELAY, PENALTY_LIFE

MOST_OPEN = 10


class PenaltyBook(ABC):
    """State of a node's ledger, and what is booked of its penalties."""

    fineness = FINE

    def __init__(
        self,
        *,
        store: str,
        terms: Terms,
        loss_cap: int,
        pool_owners: str,
        owned: Callable[[], bool],
        may_receive: Callable[[str], bool],
        gone_by_then: Callable[[str], bool],
    ) -> None:
        self.store, self.terms, self.loss_cap = store, terms, loss_cap
        self.pool_owners = pool_owners
        # Outside facts: whether the suite has an owner; whether a target is on the whitelist, by
        # its own log; whether a position was left whose rest is under a juel, yet a position: rare,
        # and asked of the storage.
        self.owned, self.may_receive, self.gone_by_then = owned, may_receive, gone_by_then
        self.now = self.block = 0
        self.balance = self.staked = self.shares = self.exact = self.turns = 0
        self.owners = self.pledged = self.operations = self.at_risk = 0
        self.epoch = self.waiting = self.until = self.sums = 0
        self.positions: dict[str, Position] = {}
        self.requests: dict[bytes, Request] = {}
        self.refunded: set[bytes] = set()
        self.records: dict[int, Record] = {}
        self.used: dict[tuple[str, bytes], Record] = {}
        self.lost: list[tuple[int, int]] = []
        self.paid: dict[str, int] = {}
        self.opened: list[tuple[str, int, int]] = []
        self.doors: deque[tuple[str, int]] = deque()
        self.arrival: Arrival | None = None
        self.booked: Loss | None = None

    # ---- Figures ----

    @property
    def tag(self) -> int:
        return self.block & (2**26 - 1)

    def overdue(self) -> int:
        """Stakers' juels that newcomers pay for, since they may still come back (P10)."""
        return self.waiting if self.now < self.until else 0

    def open_records(self) -> list[Record]:
        return [record for record in self.records.values() if record.open]

    def claims_due(self) -> int:
        """Leavers' claims: open at face, closed at what is left of them."""
        owed = sum(r.claimed - r.loss.claims for r in self.records.values())
        return owed - sum(self.paid.values())

    def liabilities(self) -> int:
        """Everything that P3 counts."""
        dues = self.staked + self.owners + self.operations
        return dues + sum(r.payment for r in self.requests.values()) + self.claims_due()

    def gross_risk(self) -> int:
        return sum(r.amount - r.returned for r in self.records.values() if r.open)

    def pending(self) -> int:
        """Income not booked yet; negative: LINK is missing."""
        return self.balance + self.gross_risk() - self.liabilities()

    def payable(self, staker: str) -> int:
        """What claimExit owes a leaver now, over all records."""
        earned = sum(record.payable(staker) for record in self.records.values())
        return earned - self.paid.get(staker, 0)

    def promise(self, to: str, amount: int) -> None:
        if amount:
            self.doors.append((to, amount))

    def new_epoch(self) -> None:
        """Who stakes next has no part in what was (P8)."""
        self.positions.clear()
        self.shares = self.exact = self.turns = 0
        self.epoch += 1

    @abstractmethod
    def settled(self) -> None:
        """P8: before anything changes who owns what, all that arrived is settled."""

    @abstractmethod
    def _take_arrival(self, sender: str | None, amount: int) -> Arrival:
        """LINK that has just come with data, once."""

    # ---- Claims ----

    def on_claim_opened(self, said: dict[str, Any]) -> None:
        """Booked with the withdrawal that it precedes."""
        self.opened.append((said["staker"], said["id"], said["amount"]))

    def leave_claims(self, staker: str, burned: int) -> int:
        """P9: of each open record exactly the leaver's part goes along: dodging nothing."""
        said = {id: amount for who, id, amount in self.opened if who == staker}
        demand(len(said) == len(self.opened), "P9", f"claims of others: {self.opened}")
        self.opened.clear()
        demand(set(said) <= set(self.records), "P9", "a claim on no record")
        for record in self.open_records():
            face = said.pop(record.id, 0)
            claim = record.claims.setdefault(staker, Claim())
            claim.exact += (burned * record.present << FINE) // self.shares
            claim.face += face
            claim.parts += 1
            exact = claim.exact >> FINE
            demand(claim.face <= exact + 1, "P9", f"claim {claim.face} above the exact {exact}")
            demand(claim.face >= exact - 1, "P9", f"claim {claim.face}, exact {exact}: dodged")
            demand(face <= record.present, "P3", "a claim on more than is there")
            record.present -= face
            said[record.id] = face
        demand(set(said) == {r.id for r in self.open_records()}, "P9", "a claim on a closed record")
        return sum(said.values())

    def on_claimed(self, said: dict[str, Any]) -> None:
        """P1, P9: a leaver is paid at most what their claims came to, and nobody else is."""
        staker, amount = said["staker"], said["amount"]
        most = self.payable(staker)
        demand(amount <= most, "P9", f"{staker} claimed {amount} of {most}")
        self.paid[staker] = self.paid.get(staker, 0) + amount
        self.promise(staker, amount)

    # ---- Sending ----

    def on_sent(self, said: dict[str, Any]) -> None:
        self.settled()
        target, amount = said["target"], said["amount"]
        demand(self.may_receive(target), "P5", f"{amount} sent to {target}, no destination")
        demand((target, said["reference"]) not in self.used, "P9", "a reference is used twice")
        pledge = min(amount, self.owners - self.pledged)
        demand(said["pledge"] == pledge, "P9", f"pledge {said['pledge']}, exact {pledge}")
        free = self.staked - self.at_risk
        demand(amount - pledge <= free, "P3", f"{amount - pledge} sent, {free} were free")
        weight = -(-amount * PPM // self.staked)
        demand(said["weight"] == weight, "P15", f"weight {said['weight']}, exact {weight}")
        demand(said["deadline"] == self.now + PENALTY_LIFE, "P4", "another deadline")
        record = Record(
            id=said["id"],
            target=target,
            reference=said["reference"],
            exposure=amount - pledge,
            pledge=pledge,
            weight=weight,
            deadline=said["deadline"],
            present=amount - pledge,
        )
        demand(record.id not in self.records, "P9", "an id is used twice")
        self.records[record.id] = self.used[target, record.reference] = record
        self.pledged += pledge
        self.at_risk += record.exposure
        demand(len(self.open_records()) <= MOST_OPEN, "P7", "more than ten penalties are open")
        self._under_the_cap()
        self.promise(target, amount)

    def _under_the_cap(self) -> None:
        """P15: open weights and those lost within one delay; asked at each sending."""
        self.lost = [(when, weight) for when, weight in self.lost if when > self.now - DELAY]
        taken = sum(weight for _, weight in self.lost)
        taken += sum(record.weight for record in self.open_records())
        demand(taken <= self.loss_cap, "P15", f"{taken} ppm at risk or lost in one delay")

    # ---- Coming back ----

    def on_returned(self, said: dict[str, Any]) -> None:
        self.settled()
        arrival = self._take_arrival(said["target"], said["amount"])
        record = self.used.get((said["target"], said["reference"]))
        demand(record is not None and record.id == said["id"], "P10", "a return of no record")
        assert record is not None
        demand(arrival.data[:32] == record.reference, "P10", "a return under another reference")
        missing = record.amount - record.returned
        counted = min(arrival.amount, missing)
        record.returned += counted
        if not record.open:
            self._late(record)
        elif len(arrival.data) == 64 or counted == missing:
            self._close(record, overdue=False)

    def on_slashed(self, said: dict[str, Any]) -> None:
        record = self.records.get(said["id"])
        demand(record is not None, "P10", "a loss of no record")
        assert record is not None
        if said["overdue"]:
            demand(record.open, "P10", "resolved twice")
            demand(self.now > record.deadline, "P10", "resolved before its deadline")
            self.settled()
            self._close(record, overdue=True)
        missing = record.amount - record.returned
        demand(said["amount"] == missing, "P10", f"lost {said['amount']}, missing {missing}")

    def on_loss(self, said: dict[str, Any]) -> None:
        """P9, P10: borne as the total returned says."""
        record = self.records.get(said["id"])
        demand(record is not None and self.booked is not None, "P10", "a loss out of nothing")
        assert record is not None and self.booked is not None
        exact, self.booked = self.booked, None
        found = Loss(said["owners"], said["claims"], said["stakers"])
        demand(found == exact, "P10", f"booked {found}, exact {exact}")

    def _close(self, record: Record, *, overdue: bool) -> None:
        record.open = False
        self.pledged -= record.pledge
        self.at_risk -= record.present
        missing = record.amount - record.returned
        if missing:
            weight = -(-record.weight * missing // record.amount)
            self.lost.append((self.now, weight))
            record.epoch = self.epoch
        after = record.outcome()
        if overdue:
            before = self.overdue()
            self.sums += before == 0
            self.waiting, self.until = before + after.stakers, self.now + DELAY
            record.sum = self.sums
        self._bear(record, after, 0)

    def _late(self, record: Record) -> None:
        """P10: as if it had come in time; what those who left gave up is the owners'."""
        after = record.outcome()
        back = record.loss.stakers - after.stakers
        given_up = 0
        if record.epoch != self.epoch:
            given_up = back
        elif record.sum and record.sum == self.sums:
            awaited = min(self.waiting, back)
            self.waiting -= awaited
            given_up = back - awaited
        self._bear(record, after, given_up)

    def _bear(self, record: Record, after: Loss, given_up: int) -> None:
        before = record.loss
        record.loss = self.booked = after
        self.owners += before.owners - after.owners + given_up
        self.staked += before.stakers - after.stakers - given_up
        demand(self.staked >= 0 and self.owners >= 0, "P3", "a loss above what there was")
        if not self.shares:
            rest = self.staked - min(self.staked, self.at_risk)
            self.staked -= rest
            self.owners += rest
