# SPDX-License-Identifier: MIT
"""Amounts as people read them, rounded for people only."""

from __future__ import annotations

from fractions import Fraction


def amount(juels: int, digits: int = 4) -> str:
    """LINK with thousands apart, rounded to `digits` decimals: 18 are exact.

    >>> amount(1_234_599_960_000_000_000_000), amount(-1), amount(-1, 18)
    ('1,234.6000', '0.0000', '-0.000000000000000001')
    """
    unit = 10 ** (18 - digits)
    whole, rest = divmod((abs(juels) + unit // 2) // unit, 10**digits)
    sign = "-" if juels < 0 and (whole or rest) else ""
    return f"{sign}{whole:,}.{str(rest).rjust(digits, '0')}"


def short(juels: int) -> str:
    """LINK in a sentence: rounded to four decimals, without zeros at the end.

    >>> short(120_000_000_000_000_007), short(5 * 10**17), short(3 * 10**18), short(1)
    ('0.12', '0.5', '3', '0.000000000000000001')
    """
    exact = amount(juels, 18)
    text = exact if 0 < abs(juels) < 10**14 else amount(juels, 4)
    return text.rstrip("0").rstrip(".")


def fraction(juels: Fraction) -> str:
    """A difference of less than a juel or of many, with its sign.

    >>> fraction(Fraction(-1, 3)), fraction(Fraction(0)), fraction(Fraction(12))
    ('-0.333', '0', '+12')
    """
    if juels.denominator == 1:
        return f"{int(juels):+d}" if juels else "0"
    thousandths = abs(juels * 1000)
    shown = max(1, int(thousandths))
    whole, rest = divmod(shown, 1000)
    return f"{'-' if juels < 0 else '+'}{whole}.{rest:03d}"
