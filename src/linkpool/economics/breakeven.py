# SPDX-License-Identifier: MIT
"""The value of one parameter at which a measure is zero, all others as they are.

A month is a straight line in most parameters, or in their reciprocals: two points give the zero in
closed form. Where it bends (a cap, a measured table) the zero is enclosed instead. Either way it
is put in again, and what the measure then says is kept with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from linkpool.economics.earnings import conditions, minimum_price
from linkpool.economics.exact import ONE, ZERO, exact
from linkpool.economics.gas import bill
from linkpool.economics.measures import Measure, fixed
from linkpool.economics.parameters import Parameters, changed, specs
from linkpool.economics.pool import size
from linkpool.errors import UsageError

ASKED: Final = (
    "gas_price",
    "eth_price",
    "link_price",
    "minimum_price",
    "share",
    "oracles",
    "provider_oracles",
    "nodes_per_request",
    "hardware",
    "fixed_costs",
    "makers",
    "owned",
    "penalty",
    "missed",
    "wrong",
)
"""Parameters whose break-even people ask for."""
NEAR: Final = Decimal("1e-30")  # of the measure's own size, after substitution
HALVINGS: Final = 220
SMALLEST: Final = Decimal("1e-15")

BEYOND: Final = "is beyond what can be asked"

Line = Callable[[Decimal], Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """`value` None: `words` say why there is none."""

    name: str
    now: Decimal
    value: Decimal | None
    at_least: bool
    """Whether it pays above the value, not below."""
    is_closed: bool
    """Whether it was computed as the zero of a line."""
    left: Decimal
    """What the measure says at the value."""
    words: str


def break_evens(p: Parameters, measure: Measure) -> Iterator[BreakEven]:
    """Those of ASKED."""
    asked = fixed(p)
    for name in ASKED:
        yield break_even(asked, measure, name)


@exact
def break_even(p: Parameters, measure: Measure, name: str) -> BreakEven:
    """`p` as fixed() has it."""
    now = in_force(p, name)
    assert now is not None

    def at(value: Decimal) -> Decimal:
        return measure.of(changed(p, name, value))

    low, high = _range(p, name)
    if not low <= now <= high:  # a minimum price that follows from absurd gas
        return _none(name, now, BEYOND)
    least, most = at(low), at(high)
    value = None
    if (least < 0) != (most < 0):
        value = _closed(at, now, _beside(now, high), low, high)
    is_closed = value is not None
    if value is None:
        value = _enclosed(at, low, high, least)
    return BreakEven(
        name=name,
        now=now,
        value=value,
        at_least=most > least,
        is_closed=is_closed,
        left=ZERO if value is None else at(value),
        words=_words(value, least, most, at(now)),
    )


def _none(name: str, now: Decimal, words: str) -> BreakEven:
    return BreakEven(
        name=name, now=now, value=None, at_least=True, is_closed=False, left=ZERO, words=words
    )


@exact
def in_force(p: Parameters, name: str) -> Decimal | None:
    """A parameter's value, or what stands for it where it is left open; None where nothing does."""
    if name == "minimum_price":
        return minimum_price(p, conditions(p).quoted, bill(p))
    if name == "hardware":
        return p.hardware_cost
    value: Decimal | None = getattr(p, name)
    return value


def _range(p: Parameters, name: str) -> tuple[Decimal, Decimal]:
    """What may be put in; oracles include the pool's own."""
    spec = specs()[name]
    low, high = spec.low / spec.scale, spec.high / spec.scale
    if name == "oracles":
        low = max(low, size(p).nodes)
    if name == "nodes_per_request" and p.flow == "agreements":
        high = min(high, Decimal(31))
    if name == "wrong":
        high = ONE - p.late
    return (SMALLEST if spec.is_open else low), high


def _beside(now: Decimal, high: Decimal) -> Decimal:
    """A second point of the line, near enough to be on the same side of a bend."""
    if not now:
        return high / 2**30
    return now + now / 64 if now + now / 64 <= high else now - now / 64


def _closed(at: Line, now: Decimal, second: Decimal, low: Decimal, high: Decimal) -> Decimal | None:
    """The zero of the straight line through two points, or of the one in 1/x; None where neither
    is the measure's.
    """
    first, other = at(now), at(second)
    size_of = max(abs(first), abs(other))
    if first == other:
        return None
    found = [now - first * (second - now) / (other - first)]
    if now and second:
        slope = (other - first) / (ONE / second - ONE / now)
        turned = ONE / now - first / slope
        found += [ONE / turned] if turned else []
    for value in found:
        if low <= value <= high and abs(at(value)) <= size_of * NEAR:
            return value
    return None


def _enclosed(at: Line, low: Decimal, high: Decimal, least: Decimal) -> Decimal | None:
    """By halving; None without a change of sign."""
    if (least < 0) == (at(high) < 0):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if (at(middle) < 0) == (least < 0):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _words(value: Decimal | None, least: Decimal, most: Decimal, now: Decimal) -> str:
    if value is not None:
        return ""
    if least == most == now:
        return "makes no difference"
    return "pays at every value" if now >= 0 else "never pays"


def check_target(p: Parameters) -> None:
    """UsageError where there is no pool to speak of."""
    has = size(p)
    if not has.nodes or not has.stake:
        raise UsageError(
            "no nodes or no stake: nothing is earned and nothing breaks even; raise interest or "
            "nodes"
        )
