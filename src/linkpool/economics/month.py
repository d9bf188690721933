# SPDX-License-Identifier: MIT
"""A node's month as the paper computes it (sections 4.1, 4.2 and 5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

PAPER_REQUESTS = 842
PAPER_PRICE = Fraction("0.05488")
PAPER_COST = Fraction("0.02744")
PAPER_MAKERS = Fraction(1, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One node's month in the unit of the price given, exact. income = operations + owners +
    stakers.
    """

    income: Fraction
    operations: Fraction
    owners: Fraction
    stakers: Fraction

    @property
    def profit(self) -> Fraction:
        """What is shared between owners and stakers: income less the running cost."""
        return self.owners + self.stakers


def month(
    requests: int = PAPER_REQUESTS,
    price: Fraction | int = PAPER_PRICE,
    cost: Fraction | int = PAPER_COST,
    makers: Fraction = PAPER_MAKERS,
    nodes: int = 1,
) -> Month:
    """The month of `nodes` equal nodes that each answer `requests` at `price`, of which `cost` is
    running cost.

    The unit is the caller's: dollars as in the paper (the defaults are its Figures 1 and 4), or
    juels.

    >>> float(month().profit), float(month(nodes=700).stakers), float(month(nodes=700).owners)
    (23.10448, 12129.852, 4043.284)
    """
    if requests < 0 or nodes < 0:
        raise ValueError("requests and nodes cannot be negative")
    if not 0 <= cost <= price:
        raise ValueError(f"cost has to lie between 0 and the price, got {cost} of {price}")
    if not 0 <= makers <= 1:
        raise ValueError(f"makers is a share between 0 and 1, got {makers}")
    count = requests * nodes
    profit = count * (Fraction(price) - cost)
    owners = profit * makers
    return Month(
        income=Fraction(count * price),
        operations=Fraction(count * cost),
        owners=owners,
        stakers=profit - owners,
    )
