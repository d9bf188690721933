# SPDX-License-Identifier: MIT
"""What one year of the whole pool came to (world/years.py runs them)."""

from __future__ import annotations

from dataclasses import dataclass

from linkpool.units import Juels


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """At its end, and what happened in it. The returns are fractions a year."""

    number: int
    staked: Juels
    stakers: int
    lowest: float
    """The return of the node on which 5 of 100 stakers do no better."""
    median: float
    joined: int
    left: int
    asked: int
    answered: int
    penalties: int
    unpunished: int
    """Days on which a node's loss cap let no further penalty through."""
    lost: Juels
    """By stakers and by owners' pledges."""
    owners: Juels
    operations: Juels
