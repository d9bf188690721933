# SPDX-License-Identifier: MIT
"""What people want to be positive: a node's profit, the operator's result, his and the owners'
together, a staker's return.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from linkpool.economics.earnings import pinned
from linkpool.economics.exact import exact
from linkpool.economics.parameters import Parameters
from linkpool.economics.pool import pool_month, size
from linkpool.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`of` is at least 0 where it pays."""

    name: str
    what: str
    unit: str
    of: Callable[[Parameters], Decimal]


@exact
def _node(p: Parameters) -> Decimal:
    node = pool_month(p).node
    return node.profit - node.lost


@exact
def _operator(p: Parameters) -> Decimal:
    return pool_month(p).yours


@exact
def _pool(p: Parameters) -> Decimal:
    return pool_month(p).together


@exact
def _staker(p: Parameters) -> Decimal:
    """Above the return that is wanted."""
    found = pool_month(p).yearly_return
    if found is None:
        raise UsageError("nobody has staked: there is no return; say interest (and nodes)")
    return found - p.target_return


MEASURES: Final[dict[str, Measure]] = {
    "node": Measure(
        name="node", what="a node's month, before it is shared", unit="USD", of=_node
    ),
    "operator": Measure(
        name="operator", what="the operator's month: running cost received, less costs",
        unit="USD", of=_operator,
    ),
    "pool": Measure(
        name="pool", what="the operator's and the owners' month together", unit="USD", of=_pool
    ),
    "staker": Measure(
        name="staker", what="a staker's yearly return above the wanted one", unit="", of=_staker
    ),
}  # fmt: skip


def fixed(p: Parameters) -> Parameters:
    """The question of a break-even: this pool and these quoted prices, without the paper's
    roundings, which have steps.
    """
    return replace(pinned(p), nodes=size(p).nodes, rounding="exact")
