# SPDX-License-Identifier: MIT
"""With how many nodes? Every node added shares the same requests; its costs are its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from linkpool.economics.exact import ONE, ZERO, exact, floored
from linkpool.economics.measures import fixed
from linkpool.economics.parameters import Parameters
from linkpool.economics.pool import pool_month, size

GRAIN: Final = Decimal("1e-30")
"""What two differences may leave of nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The operator's month by the number of nodes N, others' nodes as they are:
    N * (income / (others + N) - costs) - fixed.
    """

    others: Decimal
    income: Decimal
    """USD a month of all requests of the network, less what serving them costs."""
    costs: Decimal
    """USD a month of one node, served or not."""
    fixed: Decimal
    least: Decimal | None
    """Fewest nodes that pay; None where no number does."""
    best: Decimal | None
    """None where every further node earns more."""
    most: Decimal | None
    """Most nodes that still pay; None where every number does, or none."""

    @exact
    def operator(self, nodes: Decimal) -> Decimal:
        """USD a month."""
        whole = self.others + nodes
        income = nodes * self.income / whole if whole else ZERO
        return income - nodes * self.costs - self.fixed


@exact
def fleet(p: Parameters) -> Fleet:
    """Two points give the line in 1 / (others + N)."""
    others = max(p.oracles - size(p).nodes, ONE)
    asked = replace(fixed(p), fixed_costs=ZERO)
    first, second = (_each(asked, others, Decimal(nodes)) for nodes in (1, 2))
    part = ONE / (others + 1) - ONE / (others + 2)
    income = ((first - second) / part).quantize(GRAIN)
    found = Fleet(
        others=others,
        income=income,
        costs=(income / (others + 1) - first).quantize(GRAIN),
        fixed=p.fixed_costs,
        least=None,
        best=None,
        most=None,
    )
    least, most = _paying(found)
    return replace(found, least=least, best=_best(found), most=most)


def _each(p: Parameters, others: Decimal, nodes: Decimal) -> Decimal:
    return pool_month(replace(p, nodes=nodes, oracles=others + nodes)).operator / nodes


def _best(of: Fleet) -> Decimal | None:
    """Where one node more costs what it brings: income * others / (others + N)**2 = costs."""
    if of.costs <= 0:
        return None if of.income > 0 else ZERO
    if of.income <= 0:
        return ZERO
    around = floored((of.income * of.others / of.costs).sqrt() - of.others)
    candidates = [max(around, ZERO), max(around + 1, ZERO)]
    best = max(candidates, key=lambda nodes: (of.operator(nodes), -nodes))
    return best if of.operator(best) > -of.fixed else ZERO


def _paying(of: Fleet) -> tuple[Decimal | None, Decimal | None]:
    """The zeros of costs N**2 + (costs others + fixed - income) N + fixed others."""
    b, c = of.costs * of.others + of.fixed - of.income, of.fixed * of.others
    if not of.costs:
        if b >= 0:
            return None, None
        return _at_least(of, -c / b), None
    under = b * b - 4 * of.costs * c
    if under < 0 or b > 0:
        return None, None
    low, high = ((-b + sign * under.sqrt()) / (2 * of.costs) for sign in (-1, 1))
    least, most = _at_least(of, low), floored(high)
    return (least, most) if least <= most else (None, None)


def _at_least(of: Fleet, zero: Decimal) -> Decimal:
    """The first whole number from `zero` on; one node at least."""
    nodes = floored(zero)
    return max(nodes if of.operator(nodes) >= 0 and nodes else nodes + 1, ONE)
