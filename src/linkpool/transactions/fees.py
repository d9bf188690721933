# SPDX-License-Identifier: MIT
"""What to offer per gas: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from linkpool.transactions.limits import TransactionLimits

LEAST_PERCENT: Final = 10  # nodes refuse a replacement that raises either part by less
TIPS: Final = 4  # of today's are the most that replacements rise to, where max_tip is not more


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An EIP-1559 offer in wei per gas. The tip is part of the ceiling."""

    ceiling: int
    tip: int


def today(base: int, suggested: int, limits: TransactionLimits) -> Price:
    """A first offer: bears a doubling of the base fee, never above the limit."""
    tip = min(max(suggested, limits.min_tip), max(limits.max_tip, limits.min_tip), limits.max_fee)
    return Price(ceiling=min(2 * base + tip, limits.max_fee), tip=tip)


def raised(last: Price, now: Price, limits: TransactionLimits) -> Price | None:
    """An offer that nodes take in place of `last`: both parts higher by the percentage, rounded
    up, or today's where that is more. None where the limits do not allow even the least raise. At
    the bound of the tip only a base fee that has outgrown `last` raises it on, by the least: who
    keeps a transaction out must not earn by it.
    """
    ceiling = min(max(_more(last.ceiling, limits.replace_percent), now.ceiling), limits.max_fee)
    if ceiling < _more(last.ceiling, LEAST_PERCENT):
        return None
    bound, least = max(limits.max_tip, TIPS * now.tip), _more(last.tip, LEAST_PERCENT)
    if least > bound and now.ceiling < _more(last.ceiling, LEAST_PERCENT):
        return None
    tip = max(least, min(_more(last.tip, limits.replace_percent), bound), now.tip)
    return Price(ceiling=ceiling, tip=min(tip, ceiling))


def _more(amount: int, percent: int) -> int:
    """Rounded up, and at least 1 more: a tenth of nothing is nothing."""
    return max(-(-amount * (100 + percent) // 100), amount + 1)
