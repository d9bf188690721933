# SPDX-License-Identifier: MIT
"""Figures as people read them."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from linkpool.economics.exact import exact
from linkpool.economics.parameters import specs


@exact
def digits(value: Decimal, places: int = 2) -> str:
    """Rounded to so many decimals, zeros after the second one dropped.

    >>> digits(Decimal("16173.136000"), 5), digits(Decimal(842), 0), digits(Decimal("-0.001"))
    ('16,173.136', '842', '0.00')
    """
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
    text = f"{rounded + 0 if rounded else abs(rounded):,f}"
    whole, point, rest = text.partition(".")
    return f"{whole}{point}{rest.rstrip('0').ljust(min(2, places), '0')}" if point else text


def count(value: Decimal) -> str:
    """
    >>> count(Decimal(842)), count(Decimal("842.10526"))
    ('842', '842.11')
    """
    return digits(value, 0 if value == value.to_integral_value() else 2)


@exact
def figures_of(value: Decimal, most: int = 4) -> str:
    """So many significant figures of a number of any size.

    >>> figures_of(Decimal("0.0000144321")), figures_of(Decimal(55429)), figures_of(Decimal(2))
    ('0.00001443', '55,429', '2')
    """
    if not value:
        return "0"
    places = max(most - 1 - value.adjusted(), 0)
    text = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def usd(value: Decimal, places: int = 2) -> str:
    """
    >>> usd(Decimal("-1234.5")), usd(Decimal("0.02744"), 5)
    ('-$1,234.50', '$0.02744')
    """
    text = digits(value, places)
    return f"-${text[1:]}" if text.startswith("-") else f"${text}"


def dollars(value: Decimal) -> str:
    """Cents below a thousand, none above.

    >>> dollars(Decimal("999.994")), dollars(Decimal("-16173.136"))
    ('$999.99', '-$16,173')
    """
    return usd(value, 0 if abs(value) >= 1000 else 2)


@exact
def percent(fraction: Decimal, places: int = 2) -> str:
    """
    >>> percent(Decimal("0.034656"))
    '3.47 %'
    """
    return f"{digits(fraction * 100, places)} %"


@exact
def written(name: str, value: Any) -> str:
    """A parameter's value in its unit.

    >>> written("gas_price", Decimal(2)), written("nodes", Decimal(1)), written("nodes", Decimal(2))
    ('2 gwei', '1 node', '2 nodes')
    """
    spec = specs()[name]
    if value is None:
        return "as it follows"
    if spec.choices:
        return str(value)
    number = _few(value * spec.scale)
    if spec.unit.startswith("USD"):
        part = len(number.partition(".")[2])
        return f"${number}{'0' if part == 1 else ''}{spec.unit[3:]}"
    unit, space, rest = spec.unit.partition(" ")
    return f"{number} {unit.removesuffix('s') if number == '1' else unit}{space}{rest}".strip()


def _few(value: Decimal) -> str:
    """What was written as it was; what was computed to four figures, or whole."""
    short = value.normalize()
    exponent = short.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -6:
        return f"{short:,f}"
    return figures_of(value, max(4, value.adjusted() + 1))


def noun(number: Decimal, one: str) -> str:
    """
    >>> noun(Decimal(1), "node"), noun(Decimal(700), "node")
    ('1 node', '700 nodes')
    """
    return f"{digits(number, 0)} {one if number == 1 else one + 's'}"
