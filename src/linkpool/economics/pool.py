# SPDX-License-Identifier: MIT
"""The pool's month: nodes for the stake there is, and what its people have of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from linkpool.economics.earnings import Conditions, NodeMonth, conditions, month_in
from linkpool.economics.exact import ZERO, exact, raised
from linkpool.economics.gas import Bill, bill
from linkpool.economics.parameters import Parameters
from linkpool.errors import UsageError

MILLION: Final = Decimal(1_000_000)
MONTHS: Final = Decimal(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Of the pool. LINK."""

    nodes: Decimal
    stake: Decimal
    """What the nodes hold together; they never hold more than their limits."""

    @property
    @exact
    def each(self) -> Decimal | None:
        """LINK on the average node; None where there is no node."""
        return self.stake / self.nodes if self.nodes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMonth:
    """USD. The return is a fraction a year, None where nothing is staked."""

    size: Size
    node: NodeMonth
    profit: Decimal
    operator: Decimal
    """Running cost received, less all costs, the pool's fixed ones too."""
    owners: Decimal
    stakers: Decimal
    owned: Decimal
    """What the operator has of the owners' part."""
    own_stake: Decimal
    """And of the stakers'."""
    yearly_return: Decimal | None

    @property
    @exact
    def yours(self) -> Decimal:
        """All that the operator has."""
        return self.operator + self.owned + self.own_stake

    @property
    @exact
    def together(self) -> Decimal:
        """The operator's and the owners', where they are one."""
        return self.operator + self.owners


@exact
def size(p: Parameters) -> Size:
    """As many nodes as the stake needs, or as many as are asked for."""
    offered = raised(p.interest, MILLION) if p.rounding == "paper" else p.interest
    nodes = p.nodes
    if nodes is None:
        nodes = (offered / p.stake_limit).to_integral_value(ROUND_CEILING)
    if nodes > p.oracles:
        raise UsageError(
            f"oracles: {p.oracles:,f} in all, and the pool alone has {nodes:,f} nodes; raise "
            "oracles or stake-limit, or say nodes"
        )
    stake = min(offered, nodes * p.stake_limit)
    if p.own_stake > stake:
        raise UsageError(
            f"own-stake: {p.own_stake:,f} LINK, and all that is staked is {stake:,f}; lower it, or "
            "raise interest or nodes"
        )
    return Size(nodes=nodes, stake=stake)


def pool_month(p: Parameters) -> PoolMonth:
    return pool_in(p, conditions(p), bill(p), size(p))


@exact
def pool_in(p: Parameters, c: Conditions, of: Bill, has: Size) -> PoolMonth:
    each = has.each
    node = month_in(p, c, of, stake=ZERO if each is None else each)
    stakers, owners = node.stakers * has.nodes, node.owners * has.nodes
    own = min(p.own_stake, has.stake)
    return PoolMonth(
        size=has,
        node=node,
        profit=node.profit * has.nodes - p.fixed_costs,
        operator=node.operator * has.nodes - p.fixed_costs,
        owners=owners,
        stakers=stakers,
        owned=owners * p.owned,
        own_stake=stakers * own / has.stake if own else ZERO,
        yearly_return=stakers * MONTHS / (has.stake * c.now.link) if has.stake else None,
    )
