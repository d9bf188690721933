# SPDX-License-Identifier: MIT
"""LINK at risk: what sending a penalty and booking its outcome cost."""

from __future__ import annotations

from functools import partial

from eth_typing import ChecksumAddress

from bench import penalty_floors as floors
from bench.rows import Table
from bench.world import World
from linkpool.chain.calls import Call
from linkpool.units import Juels, link

AMOUNT = link("0.01")
OVERDUE = 8 * 86_400
"""Seconds after which a penalty of mainnet's life is overdue."""

_SENT = "by the operator; nothing pending; the target keeps one word of each penalty; "
_LEFT = "nothing pledged; a leaver has a claim on it; nothing pending; "


def reference(number: int) -> bytes:
    return number.to_bytes(32, "big")


def sending(world: World, table: Table, box: ChecksumAddress, count: int) -> None:
    """So many penalties, nothing due to the owners; measured: the first ever, three of the next."""

    def direct(number: int) -> Call:
        return world.storage.send_penalty(box, AMOUNT, reference(number))

    state = _SENT + "nothing pledged; "
    table.measure(
        "penalty.send.first",
        direct(0),
        world.operator,
        partial(floors.send, first=True, into_empty=True),
        state=state + "the node's first ever and the target's first LINK",
    )
    table.measure(
        "penalty.send.second",
        direct(1),
        world.operator,
        floors.send,
        state=state + "the node's second, the list of open ones is filled",
    )
    table.measure(
        "penalty.send", direct(2), world.operator, floors.send, state=state + "neither of these"
    )
    table.measure(
        "penalty.send.node",
        world.node.send_penalty(world.node_address, box, AMOUNT, reference(3)),
        world.operator,
        partial(floors.send, by_node=True),
        state=state + "neither of these, through Node",
    )
    for number in range(4, count):
        world.act(direct(number), world.operator)


def given_back(world: World, table: Table, box: ChecksumAddress, who: ChecksumAddress) -> None:
    """Of what `sending` sent, after `who` took a part of the stake out: each outcome once."""

    def give(kind: str, amount: Juels, number: int, more: str) -> None:
        final = reference(1) if kind == "short.final" else b""
        data = reference(number) + final
        call = world.link.transfer_and_call(world.storage.address, amount, data)
        floor = partial(floors.give_back, kind=kind)
        table.measure(f"penalty.return.{kind}", call, box, floor, state=_LEFT + more)

    give("part", link("0.004"), 0, "a part, the first")
    give("rest", link("0.006"), 0, "the rest, after a part")
    give("full", AMOUNT, 1, "all of it at once")
    give("short.final", link("0.005"), 2, "half of it for good, the node's first loss")
    claim = world.storage.claim_exit(who, [1])
    table.more["claim.exit.1"] = world.act(claim, world.keeper).gas
    give("late", link("0.001"), 2, "a part of what was booked as lost")
    _overdue(world, table, box)


def _overdue(world: World, table: Table, box: ChecksumAddress) -> None:
    """Resolved by anybody, three weeks after the loss before, and two days later another one."""

    def resolve(number: int) -> Call:
        return world.storage.resolve_overdue(box, reference(number))

    state = _LEFT + "nothing came back; "
    with world.chain.undone():
        world.chain.advance(OVERDUE)
        table.measure(
            "penalty.overdue.dearest",
            resolve(3),
            world.keeper,
            floors.overdue,
            state=state + "the node's first; a loss of another day still counts",
        )
    world.chain.advance(3 * OVERDUE)
    table.measure(
        "penalty.overdue",
        resolve(3),
        world.keeper,
        floors.overdue,
        state=state + "the node's first; no other loss counts still",
    )
    world.chain.advance(2 * 86_400)
    table.measure(
        "penalty.overdue.again",
        resolve(4),
        world.keeper,
        partial(floors.overdue, again=True),
        state=state + "a loss of another day still counts, and is written down",
    )


def pledged(world: World, table: Table, box: ChecksumAddress, number: int) -> None:
    """With the owners' due pledged, and nobody leaving: as a node that earns has it."""
    world.earn()
    call = world.link.stake(world.storage.address, link("1"))
    world.act(call, world.staker("one more", staked=Juels(0)))
    table.measure(
        "penalty.send.pledged",
        world.storage.send_penalty(box, AMOUNT, reference(number)),
        world.operator,
        partial(floors.send, pledged=True),
        state=_SENT + "the owners' due is pledged for all of it, the first time",
    )
    data = reference(number) + reference(1)
    table.measure(
        "penalty.return.short.pledged",
        world.link.transfer_and_call(world.storage.address, link("0.005"), data),
        box,
        partial(floors.give_back, kind="short.pledged"),
        state="half of it for good; the owners' pledge bears the loss",
    )
