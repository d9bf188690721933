# SPDX-License-Identifier: MIT
"""Decimal arithmetic of its own: sixty digits, whatever the caller's context, and never a float."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import wraps
from inspect import isgeneratorfunction
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

DIGITS: Final = 60
EXACT: Final = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation],
)
"""Sums and products of what the paper prints have fewer digits and are exact; a quotient has an
error of 10**-60 of itself.
"""

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
GWEI_PER_ETHER: Final = Decimal(10**9)
_ROUNDED: Final = Decimal("1e-50")


def exact(function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in EXACT; a generator to its end, as its steps would run in their caller's."""
    steps = isgeneratorfunction(function)

    @wraps(function)
    def inside(*given: P.args, **named: P.kwargs) -> R:
        with localcontext(EXACT):
            found: Any = function(*given, **named)
            return iter(list(found)) if steps else found  # type: ignore[return-value]

    return inside


def less(number: Decimal, other: Decimal) -> Decimal:
    """`number` - `other`; zero where rounding alone keeps them apart."""
    apart = number - other
    return apart if abs(apart) > abs(number) * _ROUNDED else ZERO


def floored(number: Decimal) -> Decimal:
    return number.to_integral_value(ROUND_FLOOR)


def whole(number: Decimal) -> Decimal:
    """The nearest whole number."""
    return number.to_integral_value(ROUND_HALF_EVEN)


def raised(number: Decimal, step: Decimal) -> Decimal:
    """`number` rounded up to a multiple of `step`.

    >>> raised(Decimal("13969252.36"), Decimal(1_000_000))
    Decimal('14000000')
    """
    return (number / step).to_integral_value(ROUND_CEILING) * step
