# SPDX-License-Identifier: MIT
"""What is offered for a unit of gas: an endpoint's word, within bounds of one's own.

The tip goes to whoever makes the block: an endpoint that may choose it empties the wallet.
"""

from __future__ import annotations

from dataclasses import dataclass

from linkpool.chain.calls import Fees
from linkpool.chain.connection import Connection
from linkpool.errors import UsageError
from linkpool.units import Wei

_GWEI = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeBounds:
    """Wei per gas."""

    fee: Wei
    """The most that is ever offered, tip included."""
    tip: Wei


USUAL = FeeBounds(fee=Wei(500 * _GWEI), tip=Wei(20 * _GWEI))


async def fees_today(connection: Connection, bounds: FeeBounds) -> Fees:
    """UsageError where a unit of gas costs more than is ever offered."""
    found = await connection.fees()
    if found.base > bounds.fee:
        raise UsageError(
            f"the RPC says that gas costs {found.base // _GWEI:,} gwei, at most "
            f"{bounds.fee // _GWEI:,} are paid (setting transactions.max_fee): wait, or use "
            "another RPC"
        )
    tip = Wei(min(found.tip, bounds.tip, bounds.fee))
    return Fees(base=found.base, tip=tip, ceiling=Wei(min(2 * found.base + tip, bounds.fee)))


def within(fees: Fees, bounds: FeeBounds) -> Fees:
    """A replacement's fees, never above what is offered at most; its tip may outgrow a first
    offer's.
    """
    ceiling = Wei(min(fees.ceiling, bounds.fee))
    return Fees(base=fees.base, tip=Wei(min(fees.tip, ceiling)), ceiling=ceiling)
