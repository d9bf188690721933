# SPDX-License-Identifier: MIT
"""What a parameter may be: its unit, bounds and meaning are kept with the field."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from linkpool.economics.exact import exact
from linkpool.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What one parameter may be. Bounds are in the unit that people write."""

    group: str
    what: str
    unit: str = ""
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    is_open: bool = False
    """Whether `low` itself is refused."""
    is_whole: bool = False
    choices: tuple[str, ...] = ()

    @property
    def scale(self) -> int:
        """What people write is so many times what is kept."""
        return 100 if self.unit.startswith("%") else 1


def number(
    group: str,
    unit: str,
    limits: tuple[str, str],
    what: str,
    *,
    is_open: bool = False,
    is_whole: bool = False,
) -> Spec:
    low, high = map(Decimal, limits)
    return Spec(
        group=group,
        what=what,
        unit=unit,
        low=low,
        high=high,
        is_open=is_open,
        is_whole=is_whole,
    )


def above(group: str, unit: str, high: str, what: str) -> Spec:
    """More than zero."""
    return number(group, unit, ("0", high), what, is_open=True)


def from_zero(group: str, unit: str, high: str, what: str) -> Spec:
    return number(group, unit, ("0", high), what)


def percent(group: str, what: str) -> Spec:
    """A share of a whole."""
    return number(group, "%", ("0", "100"), what)


def choice(group: str, choices: tuple[str, ...], what: str) -> Spec:
    return Spec(group=group, what=what, choices=choices)


def shown(name: str) -> str:
    """As people write it.

    >>> shown("gas_price")
    'gas-price'
    """
    return name.replace("_", "-")


def bounds(spec: Spec) -> str:
    """What is allowed, in words.

    >>> bounds(Spec(group="", what="", unit="gwei", high=Decimal(1_000_000), is_open=True))
    'more than 0, at most 1,000,000 gwei'
    """
    if spec.choices:
        return "one of " + ", ".join(spec.choices)
    low, high = (f"{bound:,f}" for bound in (spec.low, spec.high))
    span = f"more than {low}, at most {high}" if spec.is_open else f"{low} to {high}"
    return f"{span} {spec.unit}".rstrip()


@exact
def check(name: str, spec: Spec, value: Any) -> None:
    if spec.choices:
        if value not in spec.choices:
            raise UsageError(f"{name}: {bounds(spec)}, not {value!r}")
        return
    if value is None:
        return
    if not isinstance(value, Decimal) or not value.is_finite():
        raise UsageError(f"{name}: {value} is no number; {bounds(spec)}")
    written = value * spec.scale
    if not spec.low <= written <= spec.high or (spec.is_open and written == spec.low):
        raise UsageError(f"{name}: {bounds(spec)}; not {written.normalize():,f}")
    if spec.is_whole and written != written.to_integral_value():
        raise UsageError(f"{name}: a whole number, not {written:,f}")
