# SPDX-License-Identifier: MIT
"""The independent ledger of one PoolStorage, kept from LINK's transfers and the storage's own logs.

Each log is a claim that something happened: it is compared with what the promises allow at that
moment, and only then booked. Nothing is read from the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from tests.contracts.evil.book_penalties import PenaltyBook
from tests.contracts.evil.records import GRAIN, PPM, Announced, Arrival, Position, Request
from tests.contracts.evil.report import demand
from tests.contracts.suite import DELAY, GRACE

FIRST_SHARES = 10**15
SMALLEST = 10**27
M90 = 2**90 - 1
EXPIRY = 300
MAKERS, CEILING, WALLET, COST, PAYMENT = range(5)
MOST_MAKERS = 500_000


class Book(PenaltyBook):
    """One node's ledger; `now` and `block` are set before the logs of a transaction are read."""

    # ---- LINK ----

    def came(self, sender: str, amount: int) -> None:
        self.balance += amount

    def came_with_data(self, sender: str, amount: int, data: bytes) -> None:
        self.arrival = Arrival(sender, amount, data)

    def left(self, to: str, amount: int) -> None:
        """P1: each juel that leaves was announced by one of the six doors, for this recipient."""
        door = self.doors.popleft() if self.doors else None
        demand(door == (to, amount), "P1", f"{amount} left for {to}, allowed was {door}")
        self.balance -= amount

    def finished(self) -> None:
        """At the end of a transaction nothing stays promised, unasked or unpaid."""
        demand(not self.doors, "P1", f"promised and not paid: {list(self.doors)}")
        demand(
            self.arrival is None, "P3", f"LINK came with data and was not booked: {self.arrival}"
        )
        demand(not self.opened, "P9", f"claims without a withdrawal: {self.opened}")
        demand(self.booked is None, "P10", "a loss was not booked")
        demand(self.pending() >= 0, "P3", f"{-self.pending()} juels are missing")

    def _take_arrival(self, sender: str | None, amount: int) -> Arrival:
        found = self.arrival
        self.arrival = None
        demand(found is not None, "P3", f"{amount} booked that never came")
        assert found is not None
        demand(found.amount == amount, "P3", f"{amount} booked, {found.amount} came")
        demand(sender in (None, found.sender), "P1", f"from {found.sender}, booked for {sender}")
        return found

    # ---- Income ----

    def on_settled(self, said: dict[str, Any]) -> None:
        """P8: exactly what arrived before this call, to those staked then; one remainder (P6)."""
        arriving = self.arrival.amount if self.arrival else 0
        income = min(self.pending() - arriving, M90 - self.staked)
        demand(said["income"] == income, "P8", f"settled {said['income']}, {income} had come")
        owners = income * self.terms.makers // PPM if self.shares and self.staked else income
        demand(said["owners"] == owners, "P8", f"owners' part {said['owners']}, exact {owners}")
        demand(said["stakers"] == income - owners, "P6", "a remainder is lost")
        self.owners += owners
        self.staked += income - owners

    def settled(self) -> None:
        """P8: before anything changes who owns what, all that arrived is settled."""
        left = self.pending() - (self.arrival.amount if self.arrival else 0)
        demand(left == 0 or self.staked == M90, "P8", f"{left} juels of income passed over")

    # ---- Stakes ----

    def on_staked(self, said: dict[str, Any]) -> None:
        self.settled()
        amount = said["amount"]
        self._take_arrival(said["sender"], amount)
        staker = said["staker"]
        if self.staked == 0 and self.shares and self.overdue() == 0:
            self.new_epoch()
        priced = self.staked + self.overdue()
        minted = amount * self.shares // priced if self.shares else amount * FIRST_SHARES
        demand(said["shares"] == minted, "P10", f"{said['shares']} shares, exact {minted}")
        exact = (
            amount * self.exact // priced if self.shares else amount * FIRST_SHARES << self.fineness
        )
        position = self.positions.setdefault(staker, Position())
        if position.block != self.tag:
            position.block, position.credit = self.tag, 0
        position.credit += minted >> GRAIN
        position.shares += minted
        position.exact += exact
        demand(position.shares >= SMALLEST, "P6", f"a position of {position.shares} shares")
        self.shares += minted
        self.exact += exact
        self.staked += amount
        self.moved(staker)

    def moved(self, staker: str) -> None:
        """P6: never above the exact share, a juel below at most, over a whole life."""
        self.turns += 1
        position = self.positions.get(staker)
        if position is None or not self.shares or not self.exact:
            return
        booked = position.shares * self.staked // self.shares
        exact = position.exact * self.staked // self.exact
        slack = 1 + self.turns * self.staked // self.shares
        demand(booked <= exact + slack, "P6", f"{staker} has {booked}, exact {exact}")
        demand(booked >= exact - 1 - slack, "P6", f"{staker} has {booked}, exact {exact}")

    def on_withdrawal(self, said: dict[str, Any]) -> None:
        """P1, P2, P6, P8, P9: a staker leaves with what is theirs and not at risk."""
        self.settled()
        staker, paid = said["staker"], said["amount"]
        position = self.positions.get(staker)
        demand(position is not None, "P1", f"{staker} has nothing and was paid {paid}")
        assert position is not None
        burned = self._burned(staker, position, paid)
        overdue = self.overdue()
        if overdue:
            self.waiting -= overdue * burned // self.shares
        claimed = self.leave_claims(staker, burned)
        gone = burned == position.shares
        free = self.staked - min(self.staked, self.at_risk)
        exact = position.exact if gone or not free else paid * self.exact // free
        position.shares -= burned
        position.exact -= exact
        last = burned == self.shares
        self.shares -= burned
        self.exact -= exact
        self.staked -= paid + claimed
        self.at_risk -= claimed
        if gone:
            del self.positions[staker]
        if last:
            rest = self.staked - min(self.staked, self.at_risk)
            self.staked -= rest
            self.owners += rest
            self.new_epoch()
        else:
            self.moved(staker)
        self.promise(staker, paid)

    def _burned(self, staker: str, position: Position, paid: int) -> int:
        """Shares that a payment of this size takes (P6, P9); the payment itself is checked."""
        held = position.shares
        free = self.staked - min(self.staked, self.at_risk)
        leaves = held - position.credited(self.tag)
        most, whole = leaves * free // self.shares, held * free // self.shares
        burned = held if free == 0 else min(held, -(-paid * self.shares // free))
        swept = held - burned < SMALLEST
        if swept or (paid == whole and leaves == held):
            # Everything: what stays behind is less than a juel, or than the smallest position.
            demand(paid == whole, "P6", f"{staker} left with {paid} of {whole}")
            if not swept and not self.gone_by_then(staker):
                return burned
            return held
        demand(paid <= most, "P8", f"{staker} left with {paid}, {most} may leave")
        return burned

    def leaving(self, staker: str) -> tuple[int, int]:
        """What withdraw(2**256 - 1) has to pay now and burn, income that waits included."""
        position = self.positions[staker]
        income = min(self.pending(), M90 - self.staked)
        owners = income * self.terms.makers // PPM if self.shares and self.staked else income
        staked = self.staked + income - owners
        free = staked - min(staked, self.at_risk)
        held = position.shares
        leaves = held - position.credited(self.tag)
        paid = leaves * free // self.shares
        burned = held if free == 0 else min(held, -(-paid * self.shares // free))
        if held - burned < SMALLEST or leaves == held:
            paid, burned = held * free // self.shares, held
        return paid, burned

    # ---- Dues ----

    def on_distributed(self, said: dict[str, Any]) -> None:
        """P1, P9: the owners' due that nothing pledges, the operations' due, nothing else."""
        self.settled()
        owners = self.owners - min(self.owners, self.pledged)
        demand(said["owners"] == owners, "P9", f"owners paid {said['owners']}, due {owners}")
        due = self.operations
        demand(said["operations"] == due, "P1", f"operations {said['operations']}, due {due}")
        self.owners -= owners
        self.operations = 0
        self.promise(self.pool_owners, owners)
        self.promise(self.terms.wallet, due)

    # ---- Requests ----

    def on_request(self, said: dict[str, Any]) -> None:
        arrival = self._take_arrival(said["requester"], said["payment"])
        demand(said["callbackAddr"] == arrival.sender, "P12", "a call back to somebody else")
        demand(said["requestId"] not in self.requests, "P11", "a request id is used twice")
        deadline = self.now + EXPIRY
        demand(said["cancelExpiration"] == deadline, "P11", "another expiry")
        demand(arrival.amount >= self.terms.payment, "P11", "below the minimum payment")
        self.requests[said["requestId"]] = Request(
            arrival.sender, arrival.amount, deadline, said["callbackFunctionId"]
        )

    def on_response(self, said: dict[str, Any]) -> None:
        """P13: once; the operations get its cost, at most the ceiling's part."""
        request = self.requests.pop(said["requestId"], None)
        demand(request is not None, "P13", "an answer to no request")
        assert request is not None
        self.operations += min(self.terms.cost, request.payment * self.terms.ceiling // PPM)

    def on_cancelled(self, said: dict[str, Any]) -> None:
        """P1: an expired request is paid back, to its requester."""
        request = self.requests.pop(said["requestId"], None)
        demand(request is not None, "P1", "a refund of no request")
        assert request is not None
        demand(self.now >= request.expiration, "P11", "a refund before the expiry")
        self.refunded.add(said["requestId"])
        self.promise(request.requester, request.payment)

    # ---- Terms ----

    def on_term_announced(self, said: dict[str, Any]) -> None:
        demand(said["ready"] == self.now + DELAY, "P4", f"announced for {said['ready']}")
        self.terms.waiting[said["term"]] = Announced(said["new"], self.now)

    def on_term_cancelled(self, said: dict[str, Any]) -> None:
        self.terms.waiting.pop(said["term"], None)

    def on_term_changed(self, said: dict[str, Any]) -> None:
        """P4: at once only what takes less, or a price; P8: under the old terms until now."""
        self.settled()
        term, new = said["term"], said["new"]
        demand(term != WALLET, "P4", "another wallet without waiting")
        if term in (MAKERS, CEILING):
            demand(new <= self._term(term), "P4", f"term {term} rose to {new} without waiting")
        self.terms.waiting.pop(term, None)
        self._apply(term, new)

    def on_term_activated(self, said: dict[str, Any]) -> None:
        self.settled()
        term, new = said["term"], said["new"]
        waited = self.terms.waiting.pop(term, None)
        demand(waited is not None and waited.value == new, "P4", f"term {term} = {new} unannounced")
        assert waited is not None
        ready = waited.since + DELAY
        demand(ready <= self.now <= ready + GRACE, "P4", "activated too early, or lapsed")
        demand(self.owned(), "P4", "activated without an owner")
        self._apply(term, new)

    def undo_term(self, said: dict[str, Any]) -> None:
        """For a node that is created and changed in one transaction."""
        self._apply(said["term"], said["old"])

    def _term(self, term: int) -> int:
        terms = self.terms
        return (terms.makers, terms.ceiling, int(terms.wallet, 16), terms.cost, terms.payment)[term]

    def _apply(self, term: int, new: int) -> None:
        terms = self.terms
        if term == MAKERS:
            demand(new <= MOST_MAKERS, "P16", f"makers {new} ppm")
            terms.makers = new
        elif term == CEILING:
            demand(new <= PPM, "P16", f"ceiling {new} ppm")
            terms.ceiling = new
        elif term == WALLET:
            terms.wallet = f"0x{new:040x}"
        elif term == COST:
            terms.cost = new
        else:
            terms.payment = new

    HANDLERS: ClassVar[Mapping[str, Callable[..., None]]] = {
        "Settled": on_settled,
        "Staked": on_staked,
        "Withdrawal": on_withdrawal,
        "Distributed": on_distributed,
        "OracleRequest": on_request,
        "OracleResponse": on_response,
        "CancelOracleRequest": on_cancelled,
        "TermAnnounced": on_term_announced,
        "TermCancelled": on_term_cancelled,
        "TermChanged": on_term_changed,
        "TermActivated": on_term_activated,
        "ExitClaimOpened": PenaltyBook.on_claim_opened,
        "ExitClaimed": PenaltyBook.on_claimed,
        "PenaltySent": PenaltyBook.on_sent,
        "PenaltyReturned": PenaltyBook.on_returned,
        "PenaltySlashed": PenaltyBook.on_slashed,
        "LossBooked": PenaltyBook.on_loss,
    }
