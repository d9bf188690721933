# SPDX-License-Identifier: MIT
"""Which changes of a node's terms wait for the delay, and which work at once (P4)."""

from __future__ import annotations

from typing import Literal

Term = Literal["makers", "ceiling", "wallet", "cost", "payment", "minimum"]
TERMS: tuple[Term, ...] = ("makers", "ceiling", "wallet", "cost", "payment", "minimum")


def waits(term: Term, *, old: int, new: int) -> bool:
    """Whether going from `old` to `new` is announced first.

    >>> waits("makers", old=250_000, new=300_000), waits("makers", old=250_000, new=200_000)
    (True, False)
    >>> waits("wallet", old=1, new=0), waits("cost", old=1, new=2)
    (True, False)
    """
    if term == "wallet":
        return True
    return term in ("makers", "ceiling") and new > old
