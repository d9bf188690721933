# SPDX-License-Identifier: MIT
"""What a reputation provider should have counted of its members, from agreements as they ended."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from linkpool.economics import Outcome

PPM: Final = 1_000_000
FIGURES: Final = (
    "assigned", "completed", "missed", "late", "wrong", "lost", "elapsed", "score",
)  # fmt: skip


@dataclass(slots=True)
class Standing:
    """One oracle's. `lost` juels; `elapsed` seconds from request to answer, of all its answers;
    `score` ppm, rounded down: a newcomer has half.
    """

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    lost: int = 0
    elapsed: int = 0

    def count(self, outcome: Outcome, *, lost: int, elapsed: int) -> None:
        self.outcomes[outcome] += 1
        self.lost += lost
        self.elapsed += elapsed

    @property
    def assigned(self) -> int:
        return self.outcomes.total()

    @property
    def completed(self) -> int:
        return self.outcomes[Outcome.RIGHT]

    @property
    def missed(self) -> int:
        return self.outcomes[Outcome.MISSED]

    @property
    def late(self) -> int:
        return self.outcomes[Outcome.LATE]

    @property
    def wrong(self) -> int:
        return self.outcomes[Outcome.WRONG]

    @property
    def score(self) -> int:
        return (self.completed + 1) * PPM // (self.assigned + 2)
