# SPDX-License-Identifier: MIT
"""Whether a request pays for its answer: gas × fee, in LINK, beside the payment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Final

from linkpool.units import Juels, Wei, show_link

DIGITS: Final = 60  # of a wei amount times a price


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What an answer costs at present. `margin` 1 asks for no more than the cost."""

    gas: int
    fee: Wei
    """Per unit of gas."""
    link_per_ether: Decimal
    margin: Decimal = Decimal(1)

    @property
    def needed(self) -> Juels:
        """The payment that is enough, rounded up: ETH and LINK both have 18 decimals."""
        with localcontext() as context:
            context.prec = DIGITS
            cost = self.gas * self.fee * self.link_per_ether * self.margin
            return Juels(int(cost.to_integral_value(ROUND_CEILING)))


def refusal(payment: Juels, costs: Costs | None) -> str:
    """Why a request is not worth its answer, with both figures; empty where it is.

    `costs` None, where the price is not known or the gate is off, refuses nothing.
    """
    if costs is None or payment >= costs.needed:
        return ""
    return (
        f"unprofitable: pays {show_link(payment)}, an answer costs {show_link(costs.needed)} "
        f"({costs.gas} gas at {costs.fee} wei, {costs.link_per_ether:f} LINK per ETH)"
    )
