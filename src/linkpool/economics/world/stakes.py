# SPDX-License-Identifier: MIT
"""Stake in, stake out, on one node: shares are minted rounding down and burned rounding up."""

from __future__ import annotations

from typing import Final

from linkpool.economics.penalty import PPM, Record
from linkpool.economics.world.nodes import M140, Nodes, Position, refuse

FIRST_SHARES: Final = 10**15
SMALLEST: Final = 10**27
GRAIN: Final = 50
M26: Final = 2**26 - 1
EVERYTHING: Final = 2**256 - 1


def stake(nodes: Nodes, i: int, staker: str, amount: int) -> int:
    """Credits `amount` juels that have arrived; the shares minted. Refused as the contract does."""
    side = nodes.sides[i]
    refuse(not nodes.enabled[i], "node is disabled")
    refuse(amount == 0, "zero stake")
    booked = settled(nodes, i)
    renewed = booked == 0 and nodes.shares[i] != 0 and nodes.overdue(i) == 0
    refuse(booked + amount > nodes.limit.get(i), "over the stake limit")
    known = None if renewed else side.positions.get(staker)
    refuse(known is None and amount < nodes.minimum_stake[i], "below minimum stake")
    shares = 0 if renewed else nodes.shares[i]
    minted = amount * FIRST_SHARES
    if shares:
        minted = amount * shares // (booked + nodes.overdue(i))
    held = minted + (known.shares if known else 0)
    refuse(shares + minted > M140, "too many shares")
    refuse(held < SMALLEST, "stake too small")

    nodes.settle_one(i)
    if renewed:
        nodes.new_epoch(i)
    credit, block = minted >> GRAIN, nodes.block & M26
    if known is not None and known.block == block:
        credit += known.credit
    side.positions[staker] = Position(held, credit, block)
    nodes.staked.set(i, booked + amount)
    nodes.set_shares(i, shares + minted)
    return minted


def withdraw(nodes: Nodes, i: int, staker: str, amount: int) -> int:
    """Juels paid; what is at risk in open penalties becomes claims (P9). Refused as the contract
    does.
    """
    refuse(amount == 0, "zero withdrawal")
    side = nodes.sides[i]
    position = side.positions.get(staker)
    refuse(position is None, "nothing staked")
    assert position is not None
    shares = nodes.shares[i]
    paid, burned = leaving(nodes, i, position, amount)
    refuse(burned == 0, "credited in this block")

    nodes.settle_one(i)
    # Who leaves gives up their part of what overdue records may still give back (P10).
    side.awaited -= nodes.overdue(i) * burned // shares
    claimed = sum(_claim(nodes, i, id_, staker, burned) for id_ in side.open if id_ is not None)
    if claimed:
        nodes.at_risk.set(i, nodes.at_risk.get(i) - claimed)
        nodes.claims.set(i, nodes.claims.get(i) + claimed)
    nodes.staked.set(i, nodes.staked.get(i) - paid - claimed)
    nodes.set_shares(i, shares - burned)
    position.shares -= burned
    if position.shares == 0:
        del side.positions[staker]
    if burned == shares:
        nodes.sweep(i)
        nodes.new_epoch(i)
    return paid


def leaving(nodes: Nodes, i: int, position: Position, amount: int) -> tuple[int, int]:
    """What a withdrawal pays and burns, income that waits included."""
    staked, shares, held = settled(nodes, i), nodes.shares[i], position.shares
    free = staked - min(staked, nodes.at_risk.get(i))
    leaves = held
    if position.block == nodes.block & M26:
        leaves = held - (position.credit << GRAIN)
    most = leaves * free // shares
    paid = min(amount, most)
    burned = min(held, -(-paid * shares // free)) if free else held
    if held - burned < SMALLEST or (amount == EVERYTHING and leaves == held):
        burned = held
        paid = held * free // shares
        most = max(most, paid)
    refuse(most < amount != EVERYTHING, "exceeds withdrawable")
    return paid, burned


def settled(nodes: Nodes, i: int) -> int:
    """The stakers' total as settling would leave it: a refusal changes nothing."""
    staked, income = nodes.staked.get(i), nodes.pending.get(i)
    if income and staked and nodes.shares[i]:
        return staked + income - income * int(nodes.makers[i]) // PPM
    return staked


def _claim(nodes: Nodes, i: int, id_: int, staker: str, burned: int) -> int:
    """The burned shares' part of an open record becomes the leaver's."""
    side, shares = nodes.sides[i], nodes.shares[i]
    record: Record = side.records[id_]
    present = record.present
    part = burned * present
    rest = side.rests.get((id_, staker), 0) + ((part % shares) << 64) // shares
    face = min(present, part // shares + (rest >> 64))
    record.faces[staker] = record.faces.get(staker, 0) + face
    side.rests[id_, staker] = rest & (2**64 - 1)
    return face
