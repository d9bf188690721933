# SPDX-License-Identifier: MIT
"""What the network has to do, written a second time: agreements, deposits, who holds what."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

OPEN, STARTED, SETTLED, UNANSWERED, CANCELLED = 1, 2, 3, 4, 5
PPM = 1_000_000


@dataclass
class Deposit:
    """Collateral of one oracle under one reference."""

    balance: int
    deadline: int
    reserved: int = 0
    closed: bool = False

    def shown(self) -> tuple[int, int, int, bool]:
        """As the contract shows it."""
        return (self.balance, self.reserved, self.deadline, self.closed)


@dataclass
class Question:
    """One agreement; times are unix seconds, `bids` are (oracle, reference, score) as they came."""

    oracles: int
    minimum: int
    payment: int
    penalty: int
    bid_deadline: int
    answer_deadline: int
    tolerance: int
    provider: str
    beneficiary: str
    digest: bytes
    state: int = OPEN
    bids: list[tuple[int, int, int]] = field(default_factory=list)
    chosen: list[tuple[int, int, int]] = field(default_factory=list)
    # Places whose payment the oracle refused, answers by place with their time.
    refused: set[int] = field(default_factory=set)
    answers: dict[int, tuple[int, int]] = field(default_factory=dict)
    started: int = 0
    result: tuple[bool, int, int] = (False, 0, 0)
    # Places that kept the payment when asked to pay it back, and may still be asked.
    owing: set[int] = field(default_factory=set)

    def until(self, late_time: int) -> int:
        """When it can be settled whatever is missing, however late it is started."""
        return self.answer_deadline + late_time

    def settle_time(self, late_time: int) -> int:
        return max(self.answer_deadline + late_time, self.started + 300)

    def choose(self) -> list[tuple[int, int, int]]:
        """Takes the best by score, then by who came first; the losers."""
        ranked = sorted(range(len(self.bids)), key=lambda i: (-self.bids[i][2], i))
        self.chosen = [self.bids[i] for i in ranked[: self.oracles]]
        return [self.bids[i] for i in ranked[self.oracles :]]

    def judge(self) -> tuple[bool, int, list[int]]:
        """Known, median, ppm of the penalty that each of the chosen loses."""
        in_time = sorted(n for n, t in self.answers.values() if t <= self.answer_deadline)
        known = len(in_time) >= self.minimum
        median = 0
        if known:
            half = len(in_time) // 2
            median = in_time[half]
            if len(in_time) % 2 == 0:
                median = (in_time[half - 1] + in_time[half]) // 2
        losses = []
        for place in range(self.oracles):
            number, time = self.answers.get(place, (0, 0))
            if place not in self.answers:
                losses.append(PPM)
            elif time > self.answer_deadline:
                losses.append(PPM // 2)
            else:
                far = abs(number - median) > abs(median) * self.tolerance // PPM
                losses.append(PPM if known and far else 0)
        return known, median, losses


@dataclass
class Books:
    """All of it; `held` is what each address has, in juels."""

    deposits: dict[tuple[int, int], Deposit] = field(default_factory=dict)
    questions: dict[int, Question] = field(default_factory=dict)
    held: Counter[str] = field(default_factory=Counter)

    def move(self, source: str, target: str, juels: int) -> None:
        self.held[source] -= juels
        self.held[target] += juels

    def free(self, oracle: int, reference: int, penalty: int, slash: int = 0) -> int:
        """Ends one reservation; juels slashed."""
        if penalty == 0:
            return 0
        deposit = self.deposits[oracle, reference]
        if deposit.closed:
            return 0
        deposit.reserved -= penalty
        deposit.balance -= slash
        return slash
