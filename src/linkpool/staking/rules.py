# SPDX-License-Identifier: MIT
"""Why a stake or a withdrawal would be refused, and what to say before one is signed.

The contracts decide; this says it earlier and with the figures.
"""

from __future__ import annotations

from linkpool.chain.facts import NodeState, StakeState
from linkpool.errors import UsageError
from linkpool.units import WHOLE_PPM, Juels, Ppm, share, show_link


def require_stake(node: NodeState, stake: StakeState, amount: Juels, *, payer: Juels) -> None:
    """UsageError where the node would refuse this stake; `payer` is the LINK of who pays."""
    if amount == 0:
        raise UsageError("a stake of zero does nothing: give an amount of LINK")
    if amount > payer:
        raise UsageError(f"the wallet has {show_link(payer)}, fewer than {show_link(amount)}")
    if not node.enabled:
        raise UsageError("the node is disabled and takes no stake")
    if node.private and not stake.allowed:
        raise UsageError("the node is private and this staker is not on its list")
    if node.staked + amount > node.limit:
        room = max(0, node.limit - node.staked)
        raise UsageError(f"the node's limit is {show_link(node.limit)}: {show_link(room)} more fit")
    if stake.stake + amount < node.minimum_stake:
        raise UsageError(f"a position has at least {show_link(node.minimum_stake)} at this node")


def require_bounded_overdue(node: NodeState, amount: Juels, *, overdue: Juels, cap: Ppm) -> None:
    """UsageError where more is overdue than the loss cap lets be lost in one delay.

    A record that becomes overdue prolongs the wait for those before it, so the sum can grow.
    """
    most = bearable(settled_stake(node), cap)
    if most is not None and overdue > most:
        raise UsageError(
            f"{show_link(overdue)} are overdue here, more than the {show_link(most)} that one "
            f"delay can cost: {show_link(amount)} would be worth "
            f"{show_link(worth_at_once(node, amount, overdue))} at once; --join-overdue stakes "
            "nevertheless"
        )


def bearable(staked: Juels, cap: Ppm) -> Juels | None:
    """The most that may be overdue beside a stake of `staked` which lost no more than the loss
    cap, rounded down; None where the cap is all of it.
    """
    if cap == WHOLE_PPM:
        return None
    return Juels(staked * cap // (WHOLE_PPM - cap))


def worth_at_once(node: NodeState, amount: Juels, overdue: Juels) -> Juels:
    """What a new stake owns if nothing overdue comes back, rounded down: its shares are priced as
    if all of it did.
    """
    if node.stakers == 0:
        return amount  # no share has a claim on anything yet
    after = settled_stake(node) + amount
    return Juels(amount * after // (after + overdue))


def settled_stake(node: NodeState) -> Juels:
    """Of all stakers, their part of the income that a new stake settles included."""
    return Juels(node.staked + income_of_stakers(node))


def stake_warnings(node: NodeState, amount: Juels, *, overdue: Juels) -> list[str]:
    """What a stake of `amount` joins; it shares open risks at par (P9)."""
    found = []
    if node.at_risk:
        found.append(
            f"{show_link(node.at_risk)} of this node are in {node.open_penalties} open penalties: "
            "you join their risk at par"
        )
    if overdue:
        found.append(
            f"your {show_link(amount)} would be worth "
            f"{show_link(worth_at_once(node, amount, overdue))} at once, if none of the "
            f"{show_link(overdue)} that are overdue comes back: your shares are priced as if all "
            "of it did, and you gain nothing then"
        )
    return found


def income_of_stakers(node: NodeState) -> Juels:
    """Their part of what has come and is not settled; nothing where nobody has a stake."""
    if node.staked == 0 or node.stakers == 0:
        return Juels(0)
    return Juels(node.pending_income - share(node.pending_income, node.makers))


def require_withdrawal(stake: StakeState) -> None:
    """UsageError where there is nothing to withdraw."""
    if stake.shares == 0:
        raise UsageError(f"{stake.staker} has no stake at this node")


def withdrawal_warnings(node: NodeState, stake: StakeState, paid: Juels) -> list[str]:
    """What stays behind and why."""
    found = []
    if node.at_risk:
        found.append(
            "part of the stake is in open penalties: it stays as a claim, paid by "
            "`linkpool claim-exit` once they are closed"
        )
    left = stake.stake - paid
    if 0 < left < node.minimum_stake:
        found.append(
            f"{show_link(left)} stay, below the minimum of a new position: they go on earning"
        )
    return found
