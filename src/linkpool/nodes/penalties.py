# SPDX-License-Identifier: MIT
"""Why a penalty would not be sent, given back or resolved, and what to say before one is signed.

The contracts decide; this says it earlier and with the figures.
"""

from __future__ import annotations

from typing import Final, Literal

from linkpool.chain.facts import DepositState, NodeState, PenaltyState
from linkpool.errors import UsageError
from linkpool.units import WHOLE_PPM, Juels, Ppm, show_link, show_percent

MOST_OPEN: Final = 10

Standing = Literal["open", "overdue", "closed"]


def weight(amount: Juels, staked: Juels) -> Ppm:
    """Part of a node's stake that `amount` is, rounded up (P15).

    >>> weight(1, 3)
    333334
    """
    return Ppm(-(-amount * WHOLE_PPM // staked))


def require_send(node: NodeState, amount: Juels, *, staked: Juels) -> None:
    """UsageError where so much cannot be put at risk; `staked` is with the stakers' part of what
    has come in.
    """
    if staked == 0:
        raise UsageError("the node has no stake to put at risk")
    if node.open_penalties >= MOST_OPEN:
        raise UsageError(f"{MOST_OPEN} penalties of this node are open: no more at a time")
    if weight(amount, staked) > node.loss_allowance:
        most = Juels(staked * node.loss_allowance // WHOLE_PPM)
        raise UsageError(
            f"{show_percent(node.loss_allowance)} of the stake may be put at risk now: "
            f"{show_link(most)}"
        )


def standing(record: PenaltyState, now: int) -> Standing:
    """What a record is at `now`, unix seconds."""
    if record.state != 1:
        return "closed"
    return "overdue" if now > record.deadline else "open"


def lost(record: PenaltyState, deposit: DepositState | None) -> Juels | None:
    """What will not come back any more; None where only the penalty contract knows."""
    missing = Juels(record.amount - record.returned)
    if deposit is not None:
        return Juels(missing - deposit.balance)
    return missing if record.state != 1 else None


def require_overdue(record: PenaltyState, now: int) -> None:
    """UsageError where nobody may resolve the record yet, or any more."""
    if record.state == 0:
        raise UsageError("the node has sent no such penalty: see `linkpool penalty list`")
    if record.state != 1:
        raise UsageError("that penalty is closed already")
    if now <= record.deadline:
        raise UsageError(f"that penalty is overdue in {record.deadline - now + 1} s, not before")


def require_release(deposit: DepositState, now: int, *, margin: int) -> None:
    """UsageError where nobody can send anything of it back now."""
    if deposit.closed:
        raise UsageError("that deposit was given back for good")
    if deposit.deadline == 0:
        raise UsageError("the node has no such deposit: see `linkpool penalty list`")
    early = now < deposit.deadline - margin
    if early and deposit.reserved and deposit.reserved == deposit.balance:
        raise UsageError(
            f"all {show_link(deposit.balance)} are reserved for agreements: "
            "they come back once those are settled"
        )
