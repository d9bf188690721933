# SPDX-License-Identifier: MIT
"""The price that several exchanges agree on: pure, exact.

Every exchange may lie or be broken. What is no positive price or volume is left out, and so is a
price too far from the median of all; the rest counts by its volume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

EXACT: Final = Context(prec=200, rounding=ROUND_HALF_EVEN)  # of numbers with 60 digits
PLACES: Final = Decimal(1).scaleb(-18)


@dataclass(frozen=True, slots=True)
class Ticker:
    """What one exchange says. `volume` is in units of the base."""

    exchange: str
    price: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class Agreed:
    """`price` has 18 decimals, rounded half to even; None where too few agree."""

    price: Decimal | None
    used: tuple[Ticker, ...]
    warnings: tuple[str, ...]


def volume_weighted(tickers: Sequence[Ticker], *, deviation: Decimal, minimum: int) -> Agreed:
    """`deviation`: how far a price may be from the median, as a part of it."""
    warnings = []
    sound = []
    for ticker in tickers:
        if ticker.price <= 0 or ticker.volume <= 0:
            kind = "price" if ticker.price <= 0 else "volume"
            warnings.append(f"{ticker.exchange}: {kind} is not positive")
        else:
            sound.append(ticker)
    used = []
    middle = median([ticker.price for ticker in sound]) if sound else Decimal(0)
    for ticker in sound:
        if abs(EXACT.subtract(ticker.price, middle)) > EXACT.multiply(deviation, middle):
            warnings.append(f"{ticker.exchange}: price is too far from the others'")
        else:
            used.append(ticker)
    if len(used) < minimum:
        return Agreed(None, tuple(used), tuple(warnings))
    return Agreed(_weighted(used), tuple(used), tuple(warnings))


def median(values: Sequence[Decimal]) -> Decimal:
    """Of two in the middle, what lies between them."""
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low == high else EXACT.divide(EXACT.add(low, high), Decimal(2))


def _weighted(tickers: Sequence[Ticker]) -> Decimal:
    worth = volume = Decimal(0)
    for ticker in tickers:
        worth = EXACT.add(worth, EXACT.multiply(ticker.price, ticker.volume))
        volume = EXACT.add(volume, ticker.volume)
    return EXACT.divide(worth, volume).quantize(PLACES, context=EXACT).normalize(EXACT)
