# SPDX-License-Identifier: MIT
"""One agreement, exactly: what each oracle's answer is worth, who loses collateral, who gets it
(whitepaper, sections 4 and 6.1.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from linkpool.economics.errors import ModelError
from linkpool.economics.penalty import PPM

LATE_SHARE = 500_000  # ppm of the penalty


class Outcome(IntEnum):
    """As the contracts number them."""

    RIGHT = 1
    MISSED = 2
    LATE = 3
    WRONG = 4


class Stage(Enum):
    OPEN = "open for bids"
    STARTED = "asked"
    SETTLED = "settled"
    FAILED = "too few answers"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an oracle said, and whether that was after the deadline."""

    number: int
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How an agreement ends. `known`: enough answers came in time. Amounts in juels."""

    known: bool
    median: int
    refund: int
    outcomes: dict[str, Outcome]
    lost: dict[str, int]


@dataclass(slots=True, kw_only=True)
class Deal:
    """An agreement under way. `payment` and `penalty` are juels for each oracle."""

    number: int
    consumer: str
    beneficiary: str
    job: bytes
    oracles: int
    minimum_answers: int
    payment: int
    penalty: int
    tolerance: int
    answer_deadline: int
    stage: Stage = Stage.OPEN
    bids: dict[str, int] = field(default_factory=dict)
    """Deposit (its reference) by oracle, in the order they came."""
    asked: tuple[str, ...] = ()
    answers: dict[str, Answer] = field(default_factory=dict)
    result: Result | None = None

    @property
    def cost(self) -> int:
        return self.oracles * self.payment

    def bid(self, oracle: str, reference: int) -> None:
        self._only(Stage.OPEN)
        if oracle in self.bids:
            raise ModelError(f"agreement {self.number}: {oracle} bid twice")
        self.bids[oracle] = reference

    def start(self, oracles: Sequence[str]) -> list[str]:
        """Returns those who bid and were not chosen."""
        self._only(Stage.OPEN)
        if len(set(oracles)) != self.oracles or not set(oracles) <= self.bids.keys():
            raise ModelError(f"agreement {self.number}: asked {oracles}, who did not all bid")
        self.stage, self.asked = Stage.STARTED, tuple(oracles)
        return [oracle for oracle in self.bids if oracle not in oracles]

    def answer(self, oracle: str, answer: Answer) -> None:
        self._only(Stage.STARTED)
        if oracle not in self.asked or oracle in self.answers:
            raise ModelError(f"agreement {self.number}: {oracle} was not asked, or answered twice")
        self.answers[oracle] = answer

    def cancel(self) -> None:
        self._only(Stage.OPEN)
        self.stage = Stage.CANCELLED

    def settle(self) -> Result:
        """Median of the answers in time; missing and wrong ones cost the whole penalty."""
        self._only(Stage.STARTED)
        in_time = [answer.number for answer in self.answers.values() if not answer.late]
        known = len(in_time) >= self.minimum_answers
        middle = median(in_time) if known else 0
        outcomes = {oracle: self._outcome(oracle, middle, known=known) for oracle in self.asked}
        self.stage = Stage.SETTLED if known else Stage.FAILED
        self.result = Result(
            known=known,
            median=middle,
            refund=self.payment * sum(oracle not in self.answers for oracle in self.asked),
            outcomes=outcomes,
            lost={oracle: self._lost(outcome) for oracle, outcome in outcomes.items()},
        )
        return self.result

    def _outcome(self, oracle: str, middle: int, *, known: bool) -> Outcome:
        answer = self.answers.get(oracle)
        if answer is None:
            return Outcome.MISSED
        if answer.late:
            return Outcome.LATE
        near = abs(answer.number - middle) <= abs(middle) * self.tolerance // PPM
        return Outcome.RIGHT if near or not known else Outcome.WRONG

    def _lost(self, outcome: Outcome) -> int:
        if outcome is Outcome.RIGHT:
            return 0
        return self.penalty * LATE_SHARE // PPM if outcome is Outcome.LATE else self.penalty

    def _only(self, stage: Stage) -> None:
        if self.stage is not stage:
            raise ModelError(f"agreement {self.number} is {self.stage.value}")


def median(numbers: Sequence[int]) -> int:
    """The middle one; of an even number the mean of the middle two, rounded down.

    >>> median([5, 1, 9]), median([1, 2]), median([-2, -1])
    (5, 1, -2)
    """
    ranked = sorted(numbers)
    low, high = ranked[(len(ranked) - 1) // 2], ranked[len(ranked) // 2]
    return (low + high) // 2
