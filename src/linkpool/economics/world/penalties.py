# SPDX-License-Identifier: MIT
"""LINK at risk on one node: sent, come back in time, late or never; who bears the loss."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from linkpool.economics.penalty import NOTHING_LOST, PPM, Loss, Record
from linkpool.economics.world.juels import BITS, Ints, Juels
from linkpool.economics.world.nodes import Nodes, refuse
from linkpool.economics.world.stakes import settled
from linkpool.errors import UsageError

WIDE: Final = 1 << 79
"""Juels: what a column may be multiplied with a million from (604,462 LINK)."""


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
    nodes.records[i] += 1
    id_ = int(nodes.records[i])
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


def slash(nodes: Nodes, at: Ints, wanted: Juels) -> Juels:
    """Many nodes' penalties, sent and lost at once (`send`, then `come_back` with nothing, final),
    each cut to what the cap lets through: the amounts. These nodes have no open
    record and less than 604,462 LINK each (UsageError).
    """
    staked = nodes.staked.take(at) + nodes.split(at)[1]
    amounts = wanted.least(staked.ppm(nodes.allowances()[at]))
    narrow(staked)
    is_sent = amounts.any()
    some, sent = at[is_sent], amounts.take(is_sent)
    nodes.settle(some)
    staked, owners = nodes.staked.take(some), nodes.owners.take(some)
    pledges = sent.least(owners)
    nodes.staked.put(some, staked - (sent - pledges))
    nodes.owners.put(some, owners - pledges)
    nodes.lost[nodes.today(), some] += _weights(sent, staked)
    nodes.records[some] += 1
    return amounts


def narrow(staked: Juels) -> None:
    """UsageError where a node has 604,462 LINK or more."""
    if len(staked) and int(staked.hi.max()) >= WIDE >> BITS:
        raise UsageError(
            "a node has 604,462 LINK or more, more than is modelled: take fewer years, less demand "
            "or more nodes"
        )


def _weights(amounts: Juels, staked: Juels) -> Ints:
    """amount * 10**6 / staked, rounded up; at most 10**6. A float guesses, whole numbers decide."""
    million = np.full(len(amounts), PPM, dtype=np.int64)
    scaled = amounts.times(million)
    guess = np.ceil(amounts.floats() * PPM / np.maximum(staked.floats(), 1.0)).astype(np.int64)
    few = staked.times(guess).below(scaled)
    less = np.maximum(guess - 1, 0)
    many = (guess > 0) & ~staked.times(less).below(scaled)
    return guess + few - many


def _close(nodes: Nodes, i: int, record: Record, *, is_overdue: bool) -> None:
    side = nodes.sides[i]
    _change(nodes.at_risk, i, -record.present)
    _change(nodes.pledged, i, -record.pledge)
    side.open[side.open.index(record.id)] = None
    record.open = False
    loss = record.loss()
    if loss.total:
        _change(nodes.lent, i, -loss.total)
        # It counts against the cap for one delay (P15).
        weight = -(-int(record.weight) * loss.total // record.amount)
        nodes.lost[nodes.today(), i] += weight
        record.era = side.epoch
        if is_overdue:
            waiting = nodes.overdue(i)
            # The one before is over: what comes back of it is not what this one waits for.
            side.sums += waiting == 0
            side.awaited = waiting + loss.stakers
            side.until = nodes.now + nodes.terms.delay
            record.awaited_in = side.sums
    _book(nodes, i, NOTHING_LOST, loss, given_up=0)


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
