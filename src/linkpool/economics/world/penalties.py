# SPDX-License-Identifier: MIT
"""LINK at risk on one node: sent, come back in time, late or never; who bears the loss."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from linkpool.economics.penalty import NOTHING_LOST, PPM, Loss, Record
from linkpool.economics.world.juels import Juels
from linkpool.economics.world.nodes import DAY, Nodes, refuse
from linkpool.economics.world.stakes import settled

_KEPT: Final = 16
"""Days of lost weight looked at: two more than the delay has."""


def send(nodes: Nodes, i: int, target: str, amount: int, reference: bytes) -> int:
    """A penalty; the id of its record. Refused as the contract does."""
    side = nodes.sides[i]
    staked = settled(nodes, i)
    refuse(amount == 0 or staked == 0, "nothing to send")
    refuse(None not in side.open, "ten penalties are open")
    owners = nodes.owners.get(i) + nodes.pending.get(i) - (staked - nodes.staked.get(i))
    # The owners' due bears a loss first: it is pledged now (P9).
    pledge = min(amount, owners - min(owners, nodes.pledged.get(i)))
    exposure = amount - pledge
    refuse(exposure > staked - nodes.at_risk.get(i), "exceeds liquid stake")
    weight = -(-amount * PPM // staked)
    refuse(weight > nodes.allowance(i), "over the loss cap")
    refuse((target, reference) in side.keys, "reference already used")

    nodes.settle_one(i)
    id_ = len(side.keys) + 1
    side.keys[target, reference] = id_
    side.records[id_] = Record(
        id=id_,
        target=target,
        reference=reference,
        amount=amount,
        pledge=pledge,
        weight=Fraction(weight),
        deadline=nodes.now + nodes.terms.penalty_life,
    )
    side.open[side.open.index(None)] = id_
    _change(nodes.pledged, i, pledge)
    _change(nodes.at_risk, i, exposure)
    _change(nodes.lent, i, amount)
    return id_


def come_back(nodes: Nodes, i: int, id_: int, amount: int, *, final: bool = False) -> None:
    """LINK returned under a record's reference; `final` says that no more will come. What is above
    the record waits as income.
    """
    nodes.settle_one(i)
    side = nodes.sides[i]
    record = side.records[id_]
    missing = record.amount - record.returned
    counted = min(amount, missing)
    before = record.loss()
    record.returned += counted
    if record.open:
        _change(nodes.lent, i, -counted)
        if final or counted == missing:
            _close(nodes, i, record, is_overdue=False)
    else:
        _late(nodes, i, record, before)
    _change(nodes.pending, i, amount - counted)


def resolve(nodes: Nodes, i: int, id_: int) -> None:
    """Closes a record whose deadline has passed."""
    record = nodes.sides[i].records.get(id_)
    refuse(record is None or not record.open, "no such open penalty")
    assert record is not None
    refuse(nodes.now <= record.deadline, "deadline not passed")
    nodes.settle_one(i)
    _close(nodes, i, record, is_overdue=True)


def claim(nodes: Nodes, i: int, staker: str, ids: list[int]) -> int:
    """Juels paid to a leaver."""
    records = nodes.sides[i].records
    paid = sum(records[id_].pay(staker) for id_ in ids if id_ in records)
    _change(nodes.claims, i, -paid)
    return paid


def _close(nodes: Nodes, i: int, record: Record, *, is_overdue: bool) -> None:
    side = nodes.sides[i]
    _change(nodes.at_risk, i, -record.present)
    _change(nodes.pledged, i, -record.pledge)
    side.open[side.open.index(record.id)] = None
    record.open = False
    loss = record.loss()
    if loss.total:
        _change(nodes.lent, i, -loss.total)
        _weigh(nodes, i, -(-int(record.weight) * loss.total // record.amount))
        record.era = side.epoch
        if is_overdue:
            waiting = nodes.overdue(i)
            # The one before is over: what comes back of it is not what this one waits for.
            side.sums += waiting == 0
            side.awaited = waiting + loss.stakers
            side.until = nodes.now + nodes.terms.delay
            record.awaited_in = side.sums
    _book(nodes, i, NOTHING_LOST, loss, given_up=0)


def _weigh(nodes: Nodes, i: int, weight: int) -> None:
    """What is lost counts against the cap for one delay (P15)."""
    lost, today = nodes.sides[i].lost, nodes.now // DAY
    for day in [day for day in lost if day + _KEPT < today]:
        del lost[day]
    lost[today] = lost.get(today, 0) + weight


def _late(nodes: Nodes, i: int, record: Record, before: Loss) -> None:
    """As if it had come in time; the part of those who bore it and left is the owners' (P10)."""
    side = nodes.sides[i]
    now = record.loss()
    came = before.stakers - now.stakers
    given_up = 0
    if record.era != side.epoch:
        given_up = came
    elif record.awaited_in and record.awaited_in == side.sums:
        stays = min(side.awaited, came)
        side.awaited -= stays
        given_up = came - stays
    _book(nodes, i, before, now, given_up=given_up)


def _book(nodes: Nodes, i: int, before: Loss, now: Loss, *, given_up: int) -> None:
    _change(nodes.staked, i, before.stakers - now.stakers - given_up)
    _change(nodes.owners, i, before.owners - now.owners + given_up)
    _change(nodes.claims, i, before.claims - now.claims)
    nodes.sweep(i)


def _change(column: Juels, i: int, amount: int) -> None:
    if amount:
        column.set(i, column.get(i) + amount)
