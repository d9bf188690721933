# SPDX-License-Identifier: MIT
"""P15, exactly: what penalties may take of a node within one delay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(kw_only=True)
class LossWindow:
    """Weights are exact ppm of the stakers' total at sending, `cap` is ppm, times are seconds."""

    cap: int
    delay: int
    losses: list[tuple[int, Fraction]] = field(default_factory=list)

    def lost(self, now: int, weight: Fraction) -> None:
        self.losses.append((now, weight))
        self._check(now, [])

    def sent(self, now: int, open_weights: Iterable[Fraction]) -> None:
        self._check(now, open_weights)

    def in_window(self, now: int) -> Fraction:
        """Lost within one delay before now."""
        recent = (weight for time, weight in self.losses if now - time < self.delay)
        return sum(recent, Fraction(0))

    def _check(self, now: int, open_weights: Iterable[Fraction]) -> None:
        taken = self.in_window(now) + sum(open_weights, Fraction(0))
        if taken > self.cap:
            raise AssertionError(f"P15: {float(taken)} ppm within one delay, cap {self.cap}")
