# SPDX-License-Identifier: MIT
"""With how many nodes? Every node added shares the same requests; its costs are its own.

A month (the operator's, or the owners' with it) rises with the nodes, is highest once and falls:
income / (others + N) for each of N nodes, less what a node costs (where running cost meets its
ceiling, or the operator's own stake is all there is, the curve bends, and bends down only). So
halving finds the fewest that pay, the best and the most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter
from typing import Final

from linkpool.economics.earnings import conditions
from linkpool.economics.exact import ONE, exact
from linkpool.economics.gas import bill
from linkpool.economics.measures import fixed
from linkpool.economics.parameters import Parameters
from linkpool.economics.pool import PoolMonth, Size, pool_in, size

Whose = Callable[[PoolMonth], Decimal]

OPERATOR: Final[Whose] = attrgetter("yours")
TOGETHER: Final[Whose] = attrgetter("together")
LIMIT: Final = 10**9
"""Nodes beyond which nobody asks: what is best there is called endless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Numbers of nodes. `best` and `most` are None where every further node earns, or (`most`)
    where none pays; `least` is None where no number pays. Where all of them come to nothing `best`
    is 0 and `least` 1.
    """

    others: Decimal
    least: Decimal | None
    best: Decimal | None
    most: Decimal | None
    best_month: Decimal
    """USD, with the best number; where there is none, with LIMIT."""


def fleet(p: Parameters, whose: Whose) -> Fleet:
    """Others' nodes as they are; one other at least."""
    month = by_nodes(p, whose)
    best = _first(lambda nodes: month(nodes + 1) <= month(nodes), 0, LIMIT)
    least = _first(lambda nodes: month(nodes) >= 0, 1, max(best, 1))
    pays = month(least) >= 0
    most = _first(lambda nodes: month(nodes + 1) < 0, least, LIMIT)
    return Fleet(
        others=others(p),
        least=Decimal(least) if pays else None,
        best=Decimal(best) if best < LIMIT else None,
        most=Decimal(most) if pays and most < LIMIT else None,
        best_month=month(best),
    )


@exact
def others(p: Parameters) -> Decimal:
    """Nodes on the network that are not the pool's."""
    return max(p.oracles - size(p).nodes, ONE)


def by_nodes(p: Parameters, whose: Whose) -> Callable[[int], Decimal]:
    """USD a month with so many nodes."""
    asked, rest = fixed(p), others(p)
    of, now = bill(asked), conditions(asked)

    @exact
    def month(nodes: int) -> Decimal:
        world = replace(now, oracles=rest + nodes)
        has = Size(nodes=Decimal(nodes), stake=nodes * asked.stake_limit)
        return whose(pool_in(asked, world, of, has))

    return month


def _first(found: Callable[[int], bool], low: int, high: int) -> int:
    """The first number from `low` on of which it is true; `high` where there is none."""
    while low < high:
        middle = (low + high) // 2
        if found(middle):
            high = middle
        else:
            low = middle + 1
    return low
