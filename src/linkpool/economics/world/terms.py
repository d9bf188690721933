# SPDX-License-Identifier: MIT
"""A node's money parameters and policy: what is more power waits for the delay and lapses, what is
less works at once (P4); a policy restricts stakes and requests, never a way out.
"""

from __future__ import annotations

from typing import Final

from linkpool.economics.penalty import PPM
from linkpool.economics.world.nodes import DAY, Nodes, refuse

MAKERS: Final = 0
CEILING: Final = 1
WALLET: Final = 2
"""An address, of which the ledger only knows that what is due was paid to the one before."""
COST: Final = 3
PAYMENT: Final = 4

MOST_MAKERS: Final = 500_000
M76: Final = 2**76 - 1
LAPSE: Final = 14 * DAY


def set_term(nodes: Nodes, i: int, term: int, new: int) -> None:
    """Ppm, an address or juels. Refused as the contract does."""
    refuse(term == MAKERS and new > MOST_MAKERS, "makers over limit")
    refuse(term == CEILING and new > PPM, "ceiling over 100 %")
    refuse(term >= COST and new > M76, "price too large")
    waits = nodes.sides[i].announced
    if term == WALLET or (term <= CEILING and new > value(nodes, i, term)):
        waits[term] = new, nodes.now + nodes.terms.delay
        return
    nodes.settle_one(i)
    waits.pop(term, None)
    _apply(nodes, i, term, new)


def activate(nodes: Nodes, i: int, term: int) -> None:
    """What was announced works after its delay, what was earned is settled under the old term."""
    new, ready = nodes.sides[i].announced.get(term, (0, 0))
    refuse(nodes.now < ready, "not ready")
    refuse(nodes.now > ready + LAPSE, "nothing to activate")
    if term == WALLET:
        nodes.distribute([i])
    else:
        nodes.settle_one(i)
    del nodes.sides[i].announced[term]
    _apply(nodes, i, term, new)


def cancel(nodes: Nodes, i: int, term: int) -> None:
    nodes.sides[i].announced.pop(term, None)


def value(nodes: Nodes, i: int, term: int) -> int:
    """In force."""
    if term in (MAKERS, CEILING):
        return int((nodes.makers, nodes.ceiling)[term][i])
    return nodes.cost.get(i) if term == COST else nodes.payment[i]


def set_policy(nodes: Nodes, i: int, *, enabled: bool, limit: int, minimum_stake: int) -> None:
    """Amounts in juels."""
    nodes.enabled[i] = enabled
    nodes.limit.set(i, limit)
    nodes.minimum_stake[i] = minimum_stake


def accept(nodes: Nodes, i: int, payment: int) -> None:
    """Refused where the node takes no request for this payment."""
    refuse(not nodes.enabled[i], "node is disabled")
    refuse(payment < nodes.payment[i], "below minimum payment")


def _apply(nodes: Nodes, i: int, term: int, new: int) -> None:
    if term == MAKERS:
        nodes.makers[i] = new
    elif term == CEILING:
        nodes.ceiling[i] = new
    elif term == COST:
        nodes.cost.set(i, new)
    elif term == PAYMENT:
        nodes.payment[i] = new
