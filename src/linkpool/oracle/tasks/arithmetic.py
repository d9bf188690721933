# SPDX-License-Identifier: MIT
"""multiply, divide, lessthan: exact decimals. The rounding to an integer comes later, when the
answer is encoded.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any, Final

from linkpool.oracle.abi import EXACT, number, whole
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call

PRECISION: Final = 16  # decimals of a quotient, as in Chainlink
MAX_PRECISION: Final = 256


def multiply(call: Call) -> Decimal:
    """input * times, with every digit."""
    factor, times = number(call.value("input"), "input"), number(call.required("times"), "times")
    return EXACT.multiply(factor, times)


def divide(call: Call) -> Decimal:
    """input / divisor, rounded half away from zero to `precision` decimals."""
    divisor = number(call.required("divisor"), "divisor")
    return quotient(number(call.value("input"), "input"), divisor, precision(call))


def less_than(call: Call) -> bool:
    """left < right; `input` and `limit` are other names for them."""
    left = "input" if call.raw("left") is None and call.raw("input") else "left"
    right = "limit" if call.raw("right") is None and call.raw("limit") else "right"
    return number(call.value(left), left) < number(call.required(right), right)


def precision(call: Call) -> int:
    if call.raw("precision") is None:
        return PRECISION
    found = whole(call.required("precision"), "precision")
    if abs(found) > MAX_PRECISION:
        raise TaskError(f"precision: beyond {MAX_PRECISION}")
    return found


def quotient(number: Decimal, divisor: Decimal, decimals: int) -> Decimal:
    """Rounded half away from zero.

    >>> quotient(Decimal(-1), Decimal(8), 2)
    Decimal('-0.13')
    """
    if not divisor:
        raise TaskError("divisor: zero")
    scaled = Fraction(number) / Fraction(divisor) * Fraction(10) ** decimals
    rounded = floor(abs(scaled) + Fraction(1, 2))
    return EXACT.scaleb(Decimal(rounded if scaled >= 0 else -rounded), -decimals)


def total(values: list[Any]) -> Decimal:
    """The exact sum."""
    found = Decimal(0)
    for value in values:
        found = EXACT.add(found, number(value, "values"))
    return found
