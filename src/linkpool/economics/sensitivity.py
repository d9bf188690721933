# SPDX-License-Identifier: MIT
"""What each parameter does to a measure when it alone is lower or higher: a tornado."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from linkpool.economics.breakeven import in_force
from linkpool.economics.earnings import pinned
from linkpool.economics.exact import ONE, exact
from linkpool.economics.measures import Measure
from linkpool.economics.parameters import Parameters, changed, specs
from linkpool.errors import UsageError

SWING: Final = Decimal("0.2")
_APART: Final = {
    "api_calls",
    "calls_per_user",
    "provider_demand",
    "target_return",
    "growth",
    "oracle_growth",
    "reprice_months",
    "quoted_gas_price",
    "quoted_eth_price",
    "quoted_link_price",
    "nodes",
}
"""What does the same as `share`, what a month does not know, what others are measured against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The measure at both ends of one parameter."""

    name: str
    low: Decimal
    high: Decimal
    at_low: Decimal
    at_high: Decimal

    @property
    @exact
    def width(self) -> Decimal:
        return abs(self.at_high - self.at_low)


@exact
def tornado(p: Parameters, measure: Measure, swing: Decimal = SWING) -> list[Bar]:
    """The widest first, last what changes nothing. Quoted prices stay; ends beyond a parameter's
    bounds are drawn in; what would not fit together has no bar.
    """
    asked = replace(pinned(p), rounding="exact")
    bars = [bar for name in specs() if (bar := _bar(asked, measure, name, swing))]
    return sorted(bars, key=lambda bar: (-bar.width, bar.name))


def _bar(p: Parameters, measure: Measure, name: str, swing: Decimal) -> Bar | None:
    spec = specs()[name]
    if spec.choices or name in _APART or name.endswith("_volatility"):
        return None
    now = in_force(p, name)
    if now is None:
        return None
    low = max(now * (ONE - swing), spec.low / spec.scale)
    high = min(now * (ONE + swing), spec.high / spec.scale)
    try:
        ends = [measure.of(changed(p, name, value)) for value in (low, high)]
    except UsageError:  # beyond what fits together, such as more nodes than oracles
        return None
    return Bar(name=name, low=low, high=high, at_low=ends[0], at_high=ends[1])
