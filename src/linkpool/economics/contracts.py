# SPDX-License-Identifier: MIT
"""What the contracts would refuse, said with the parameter's name and their bound. Bounds of a
single parameter are with it (parameters.py); here is what follows from several.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from linkpool.economics.earnings import conditions, minimum_price
from linkpool.economics.exact import exact
from linkpool.economics.gas import bill
from linkpool.economics.parameters import Parameters
from linkpool.economics.text import figures_of, written
from linkpool.errors import UsageError

MOST_PRICE: Final = 2**76 - 1
"""Juels: a node's minimum payment and its operational cost are no wider (terms.vy)."""
MOST_BIDS: Final = 62
"""On one agreement (agreements_bids.vy)."""


@exact
def check(p: Parameters) -> None:
    """UsageError. The paper's own gas is of contracts that set no bounds."""
    if p.flow == "paper":
        return
    _price(p)
    if p.flow == "agreements":
        _bids(p)
        _penalty(p)


def _price(p: Parameters) -> None:
    quoted = conditions(p).quoted
    price = minimum_price(p, quoted, bill(p))
    most = MOST_PRICE * quoted.link / 10**18
    if price > most:
        link = figures_of(price / quoted.link)
        raise UsageError(
            f"minimum-price: {link} LINK an answer, and the contracts take "
            f"{figures_of(Decimal(MOST_PRICE) / 10**18)}: ${figures_of(most)} at most"
        )


def _bids(p: Parameters) -> None:
    """Where bids cost nothing they are not this project's."""
    if p.bid_gas == 0 or p.widest <= MOST_BIDS * p.bids_won:
        return
    least = written("bids_won", p.widest / MOST_BIDS)
    raise UsageError(
        f"bids-won: an agreement takes {MOST_BIDS} bids; {least} at least where "
        f"{figures_of(p.widest)} of them are chosen"
    )


def _penalty(p: Parameters) -> None:
    most = p.stake_limit * p.loss_cap
    if p.penalty > most:
        cap, limit = written("loss_cap", p.loss_cap), written("stake_limit", p.stake_limit)
        raise UsageError(
            f"penalty: {written('penalty', most)} at most: a node's collateral is {cap} (loss-cap) "
            f"of {limit} (stake-limit)"
        )
