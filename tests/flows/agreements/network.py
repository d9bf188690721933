# SPDX-License-Identifier: MIT
"""What the promises say of agreements, collateral and reputation: who is asked, who pays whom.

Told only what went into a block, never what the contracts answered; they are compared with it.
Amounts are juels, times seconds. Oracles are nodes by their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

PPM = 1_000_000
EXPIRY = 300
ANSWER_TIME, LATE_TIME, MARGIN = 10, 10, 60
LATE_SHARE = 500_000
OPEN, STARTED, SETTLED, UNANSWERED, CANCELLED = 1, 2, 3, 4, 5
COMPLETED, MISSED, LATE, WRONG = 1, 2, 3, 4


@dataclass(kw_only=True)
class Collateral:
    """One deposit of a node."""

    node: int
    reference: int
    balance: int
    deadline: int
    reserved: int = 0
    closed: bool = False

    @property
    def free(self) -> int:
        return self.balance - self.reserved


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One oracle's part in a settled agreement."""

    node: int
    outcome: int
    answer: int
    slashed: int


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What settling came to."""

    known: bool
    median: int
    answers: int
    refund: int
    outcomes: tuple[Outcome, ...]

    @property
    def slashed(self) -> int:
        return sum(one.slashed for one in self.outcomes)


@dataclass(kw_only=True)
class Deal:
    """One agreement. `bids` is node -> (reference, score), in the order they came."""

    consumer: str
    beneficiary: str
    job: bytes
    data: bytes
    oracles: int
    minimum: int
    payment: int
    penalty: int
    bid_deadline: int
    answer_deadline: int
    tolerance: int
    trusted: bool
    number: int = 0
    digest: bytes = b""
    """What its bids name."""
    state: int = OPEN
    bids: dict[int, tuple[int, int]] = field(default_factory=dict)
    chosen: list[int] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    answers: dict[int, tuple[int, int]] = field(default_factory=dict)
    started_at: int = 0
    verdict: Verdict | None = None

    @property
    def until(self) -> int:
        """When it can be settled at the latest."""
        return self.answer_deadline + max(LATE_TIME, EXPIRY - min(EXPIRY, ANSWER_TIME))

    @property
    def settle_time(self) -> int:
        return max(self.answer_deadline + LATE_TIME, self.started_at + EXPIRY)

    @property
    def complete(self) -> bool:
        return set(self.chosen) == set(self.answers)


def median(numbers: list[int]) -> int:
    """The middle one; the mean of the middle two, rounded down."""
    ranked, middle = sorted(numbers), len(numbers) // 2
    if len(ranked) % 2:
        return ranked[middle]
    return (ranked[middle - 1] + ranked[middle]) // 2


def within(answer: int, middle: int, tolerance: int) -> bool:
    return abs(answer - middle) <= abs(middle) * tolerance // PPM


@dataclass
class Network:
    """All agreements and deposits. `takes` says whether a node takes a request of that payment."""

    takes: Callable[[int, int], bool]
    price: Callable[[int], int]
    deals: dict[int, Deal] = field(default_factory=dict)
    deposits: dict[tuple[int, int], Collateral] = field(default_factory=dict)
    completed: Counter[int] = field(default_factory=Counter)
    assigned: Counter[int] = field(default_factory=Counter)
    # Juels that agreements moved to (or from) each account, by consumers' and beneficiaries' part.
    consumers: Counter[str] = field(default_factory=Counter)
    slashed: Counter[str] = field(default_factory=Counter)
    earned: Counter[int] = field(default_factory=Counter)
    passed_over: int = 0

    def post(self, deal: Deal) -> None:
        self.deals[deal.number] = deal
        self.consumers[deal.consumer] -= deal.oracles * deal.payment

    # ---- Bids ----

    def bid_refusal(self, deal: Deal, node: int, reference: int, now: int) -> str:
        if deal.state != OPEN:
            return "agreements: not open"
        if now >= deal.bid_deadline:
            return "agreements: bidding is over"
        if node in deal.bids:
            return "agreements: already bid"
        if self.price(node) > deal.payment:
            return "agreements: payment below the node's minimum"
        deposit = self.deposits.get((node, reference))
        if deal.penalty == 0:
            return ""
        if deposit is None or deposit.closed:
            return "penalties: no such deposit"
        if deal.penalty > deposit.free:
            return "penalties: penalty above the collateral"
        if deal.until + MARGIN > deposit.deadline:
            return "penalties: settles within a day of the deadline"
        return ""

    def bid(self, deal: Deal, node: int, reference: int) -> None:
        score = 0
        if deal.trusted:
            score = (self.completed[node] + 1) * PPM // (self.assigned[node] + 2)
        deal.bids[node] = (reference, score)
        if deal.penalty:
            self.deposits[node, reference].reserved += deal.penalty

    # ---- Starting, cancelling ----

    def start_refusal(self, deal: Deal, now: int) -> str:
        if deal.state != OPEN:
            return "agreements: not open"
        if now < deal.bid_deadline:
            return "agreements: bidding goes on"
        if len(deal.bids) < deal.oracles:
            return "agreements: too few bids"
        if now + ANSWER_TIME > deal.answer_deadline:
            return "agreements: too late to start"
        return ""

    def start(self, deal: Deal, now: int) -> None:
        ranked = sorted(deal.bids, key=lambda node: -deal.bids[node][1])
        deal.chosen = ranked[: deal.oracles]
        for node in ranked[deal.oracles :]:
            self._free(deal, node, 0)
        deal.refused = {node for node in deal.chosen if not self.takes(node, deal.payment)}
        deal.state, deal.started_at = STARTED, now

    def cancel_refusal(self, deal: Deal, now: int) -> str:
        if deal.state != OPEN:
            return "agreements: not open"
        few = len(deal.bids) < deal.oracles and now >= deal.bid_deadline
        late = now + ANSWER_TIME > deal.answer_deadline
        return "" if few or late else "agreements: can still be started"

    def cancel(self, deal: Deal) -> None:
        for node in deal.bids:
            self._free(deal, node, 0)
        self.consumers[deal.consumer] += deal.oracles * deal.payment
        deal.state = CANCELLED

    # ---- Answers, settling ----

    def answer_refusal(self, deal: Deal, node: int) -> str:
        asked = deal.state == STARTED and node in deal.chosen and node not in deal.refused
        return "" if asked and node not in deal.answers else "storage: no such request"

    def answer(self, deal: Deal, node: int, value: int, now: int) -> None:
        deal.answers[node] = (now, value)
        self.earned[node] += deal.payment

    def settle_refusal(self, deal: Deal, now: int) -> str:
        if deal.state != STARTED:
            return "agreements: not started"
        if now < deal.settle_time and not deal.complete:
            return "agreements: answers may still come"
        return ""

    def settle(self, deal: Deal) -> Verdict:
        in_time = [v for at, v in deal.answers.values() if at <= deal.answer_deadline]
        known = len(in_time) >= deal.minimum
        middle = median(in_time) if known else 0
        outcomes = tuple(self._outcome(deal, node, known, middle) for node in deal.chosen)
        verdict = Verdict(
            known=known,
            median=middle,
            answers=len(in_time),
            refund=(deal.oracles - len(deal.answers)) * deal.payment,
            outcomes=outcomes,
        )
        self.consumers[deal.consumer] += verdict.refund
        self.slashed[deal.beneficiary] += verdict.slashed
        deal.verdict, deal.state = verdict, SETTLED if known else UNANSWERED
        return verdict

    def _outcome(self, deal: Deal, node: int, known: bool, middle: int) -> Outcome:
        at, value = deal.answers.get(node, (0, 0))
        outcome, slash = COMPLETED, 0
        if node not in deal.answers:
            outcome, slash = MISSED, deal.penalty
        elif at > deal.answer_deadline:
            outcome, slash = LATE, deal.penalty * LATE_SHARE // PPM
        elif known and not within(value, middle, deal.tolerance):
            outcome, slash = WRONG, deal.penalty
        if deal.trusted:
            self.assigned[node] += 1
            self.completed[node] += outcome == COMPLETED
        return Outcome(
            node=node, outcome=outcome, answer=value, slashed=self._free(deal, node, slash)
        )

    def _free(self, deal: Deal, node: int, slash: int) -> int:
        """Frees what a bid reserved; what was given back meanwhile is passed over."""
        if deal.penalty == 0:
            return 0
        deposit = self.deposits[node, deal.bids[node][0]]
        if deposit.closed:
            self.passed_over += 1
            return 0
        deposit.reserved -= deal.penalty
        deposit.balance -= slash
        return slash

    # ---- Collateral ----

    def release_refusal(self, deposit: Collateral, own: bool, now: int) -> str:
        if deposit.closed:
            return "penalties: no such deposit"
        if self._last_half(deposit, now):
            return ""
        if not own and now + MARGIN < deposit.deadline:
            return "penalties: not yet"
        return "penalties: all of it is reserved" if deposit.reserved and not deposit.free else ""

    def release(self, deposit: Collateral, now: int) -> None:
        if self._last_half(deposit, now) or not deposit.reserved:
            deposit.balance, deposit.reserved, deposit.closed = 0, 0, True
        else:
            deposit.balance = deposit.reserved

    def _last_half(self, deposit: Collateral, now: int) -> bool:
        """From half of the margin before the deadline on everything goes back."""
        return now + MARGIN // 2 >= deposit.deadline
