# SPDX-License-Identifier: MIT
"""What the independent ledger remembers of agreements, and how each of them has to end."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from eth_abi.abi import encode as eth_encode
from eth_utils.crypto import keccak

from tests.contracts.evil.records import PPM
from tests.contracts.evil.stage import ANSWER_TIME, LATE_TIME
from tests.contracts.suite import ZERO

TERMS = "(bytes32,bytes,uint256,uint256,uint256,uint256,uint256,uint256,uint256,address,address)"
OPEN, STARTED, ENDED, CANCELLED = "open", "started", "ended", "cancelled"
COMPLETED, MISSED, LATE, WRONG = 1, 2, 3, 4
OUTCOMES = {COMPLETED: "completed", MISSED: "missed", LATE: "late", WRONG: "wrong"}
# Seconds after which a request can be cancelled.
EXPIRY = 300


class Deal(NamedTuple):
    """An agreement's terms, in the order of the contract's struct."""

    job: bytes
    data: bytes
    oracles: int
    minimum: int
    payment: int
    penalty: int
    bid_deadline: int
    answer_deadline: int
    tolerance: int
    provider: str
    beneficiary: str


@dataclass(frozen=True, slots=True)
class Bid:
    """An oracle's offer; `score` in ppm."""

    oracle: str
    reference: int
    score: int


@dataclass(slots=True)
class Asked:
    """One of the oracles chosen, in the order asked."""

    bid: Bid
    request: bytes = b""
    taken: bool = False
    answer: int | None = None
    time: int = 0


class Outcome(NamedTuple):
    """How one oracle did; as it is logged."""

    oracle: str
    outcome: int
    answer: int
    elapsed: int
    lost: int


class Result(NamedTuple):
    """What came out: the median of so many answers in time, if there are enough."""

    known: bool
    answer: int
    answers: int


NO_RESULT = Result(False, 0, 0)


@dataclass
class Agreement:
    """One agreement; times in seconds, amounts in juels."""

    id: int
    consumer: str
    deal: Deal
    state: str = OPEN
    bids: dict[str, Bid] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    started: int = 0
    ended: int = 0
    result: Result = NO_RESULT
    # Said of its end so far: compared when the end itself is said.
    said: list[Outcome] = field(default_factory=list)
    # Indices of those who may still owe their payment.
    owing: set[int] = field(default_factory=set)

    @cached_property
    def digest(self) -> bytes:
        """What a bid names."""
        return bytes(keccak(eth_encode(["address", TERMS], [self.consumer, tuple(self.deal)])))

    @property
    def beneficiary(self) -> str:
        named = self.deal.beneficiary
        return self.consumer if named == ZERO else named

    @property
    def cost(self) -> int:
        return self.deal.oracles * self.deal.payment

    def ranking(self) -> list[Bid]:
        """The best first: by score, then by who came first."""
        return sorted(self.bids.values(), key=lambda bid: -bid.score)

    def settle_time(self) -> int:
        return max(self.deal.answer_deadline + LATE_TIME, self.started + EXPIRY)

    def until(self) -> int:
        """When it can be settled at the latest, however late it starts."""
        return self.deal.answer_deadline + max(LATE_TIME, EXPIRY - min(EXPIRY, ANSWER_TIME))

    def can_start(self, now: int) -> bool:
        enough = len(self.bids) >= self.deal.oracles
        in_time = self.deal.bid_deadline <= now <= self.deal.answer_deadline - ANSWER_TIME
        return self.state == OPEN and enough and in_time

    def can_cancel(self, now: int) -> bool:
        few = len(self.bids) < self.deal.oracles and now >= self.deal.bid_deadline
        late = now + ANSWER_TIME > self.deal.answer_deadline
        return self.state == OPEN and (few or late)

    def can_settle(self, now: int) -> bool:
        complete = all(one.answer is not None for one in self.asked)
        return self.state == STARTED and (complete or now >= self.settle_time())

    def judge(self) -> tuple[Result, list[Outcome]]:
        """Median and outcomes by the answers alone; `lost` is what the terms say."""
        deadline, given = self.deal.answer_deadline, [one for one in self.asked if one.time]
        in_time = sorted(one.answer or 0 for one in given if one.time <= deadline)
        result = Result(False, 0, len(in_time))
        if len(in_time) >= self.deal.minimum:
            half = len(in_time) // 2
            # The mean of the middle two where their number is even, rounded down.
            result = Result(True, (in_time[half] + in_time[~half]) // 2, len(in_time))
        return result, [self._outcome(one, result) for one in self.asked]

    def _outcome(self, one: Asked, result: Result) -> Outcome:
        oracle, answer, penalty = one.bid.oracle, one.answer, self.deal.penalty
        if answer is None:
            return Outcome(oracle, MISSED, 0, 0, penalty)
        elapsed = one.time - self.started
        if one.time > self.deal.answer_deadline:
            return Outcome(oracle, LATE, answer, elapsed, penalty // 2)
        away = abs(answer - result.answer)
        if result.known and away > abs(result.answer) * self.deal.tolerance // PPM:
            return Outcome(oracle, WRONG, answer, elapsed, penalty)
        return Outcome(oracle, COMPLETED, answer, elapsed, 0)


@dataclass(slots=True)
class Deposit:
    """Collateral under one reference."""

    balance: int
    deadline: int
    reserved: int = 0
    closed: bool = False
    # Lost of it, over all agreements.
    lost: int = 0

    @property
    def free(self) -> int:
        return 0 if self.closed else self.balance - self.reserved
