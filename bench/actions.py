# SPDX-License-Identifier: MIT
"""The stories in which every action of the table is measured."""

from __future__ import annotations

from functools import partial

from eth_typing import ChecksumAddress

from bench import floors, penalties
from bench.chain import account, call_of
from bench.rows import Table
from bench.solidity import operator
from bench.world import LIMIT, PAYMENT, REQUEST_DATA, World
from linkpool.chain.contracts.pool_storage import EVERYTHING
from linkpool.units import Juels, Wei, ether, link

PENALTIES = 10
COUNTS = (1, 43, 300, 10_000)
HOLDERS = (2, 1_000)


def distributing(world: World, table: Table, counts: tuple[int, ...]) -> None:
    """One answered request of 1 LINK between two distributions, everybody paid before."""
    world.staker("first", staked=link("100"))
    world.earn()
    world.act(world.storage.distribute(), world.keeper)
    for count in counts:
        world.crowd(count)
        world.earn()
        table.measure(
            f"distribute.{count}",
            world.storage.distribute(),
            world.keeper,
            floors.distribute,
            state=f"{count:,} stakers; one answered request not yet settled; owners and "
            "operations wallet hold LINK",
        )


def staking(world: World, table: Table) -> None:
    """Into a node that has stakers, holds LINK and has nothing pending, unless said."""
    into = world.storage.address
    amount = link("10")
    new, entry = world.staker("new", staked=Juels(0)), world.staker("entry", staked=Juels(0))
    held = "the staker keeps LINK in the wallet; no penalty open; "
    table.measure(
        "stake.direct.new",
        world.link.stake(into, amount),
        new,
        partial(floors.stake, new=True),
        state=held + "no stake yet, nothing pending",
    )
    table.measure(
        "stake.direct.again",
        world.link.stake(into, amount),
        new,
        partial(floors.stake, new=False),
        state=held + "has a stake, nothing pending",
    )
    world.earn()
    table.measure(
        "stake.direct.again.income",
        world.link.stake(into, amount),
        new,
        partial(floors.stake, new=False, income=True),
        state=held + "has a stake; one answered request not yet settled",
    )
    table.measure(
        "stake.entry.new",
        world.link.stake_through_entry(world.staking.address, world.node_address, amount),
        entry,
        floors.stake_by_entry,
        state=held + "no stake yet; NodeStaking holds no LINK",
    )


def withdrawing(world: World, table: Table) -> None:
    """By somebody who staked in an earlier block and holds LINK in the wallet."""
    who = world.staker("leaver", staked=link("100"))
    state = "the staker holds LINK in the wallet; staked in an earlier block; nothing pending; "
    part = world.storage.withdraw(link("10"))
    table.measure(
        "withdraw.direct.part", part, who, floors.withdraw, state=state + "no penalty open"
    )
    table.measure(
        "withdraw.node.part",
        world.node.withdraw_stake(world.node_address, link("10")),
        who,
        partial(floors.withdraw, by_node=True),
        state=state + "through Node, no penalty open",
    )
    table.measure(
        "withdraw.direct.all",
        world.storage.withdraw(EVERYTHING),
        who,
        partial(floors.withdraw, everything=True),
        state=state + "no penalty open; other stakers stay",
    )


def withdrawing_at_risk(world: World, table: Table, box: ChecksumAddress) -> None:
    """Ten penalties open, each on the whole node; the leaver has no claim on any of them yet."""
    who = world.staker("leaver at risk", staked=link("100"))
    world.whitelist(box)
    # With nothing due to the owners, stakers bear all of a penalty and leavers claim their part.
    world.act(world.storage.distribute(), world.keeper)
    penalties.sending(world, table, box, PENALTIES)
    world.chain.mine()
    table.measure(
        "withdraw.direct.part.open10",
        world.storage.withdraw(link("10")),
        who,
        partial(floors.withdraw_at_risk, records=PENALTIES),
        state="ten penalties open, first claims of this leaver; nothing pending; holds LINK",
    )
    penalties.given_back(world, table, box, who)
    penalties.pledged(world, table, box, PENALTIES)


def asking(world: World, table: Table) -> None:
    """The same requester, node key and request at Chainlink's Operator and at ours."""
    theirs = _operator(world)
    ours = world.storage.address
    world.answer(theirs, world.ask(theirs))
    world.answer(ours, world.ask(ours))
    for kind in ("oracle", "operator"):
        reference = world.ask(theirs, kind=kind)
        used = world.answer(theirs, reference, kind=kind).gas
        call = world.request(ours, kind=kind)
        size = 4 + (9 if kind == "oracle" else 8) * 32 + len(REQUEST_DATA)
        done = table.measure(
            f"{kind}.request.again",
            call,
            world.requester,
            partial(floors.request, payload=size, inner=len(REQUEST_DATA)),
            operator=reference.receipt.gas,
            state="paid by an account without code that has asked before; 96 bytes of data",
        )
        asked = world.asked(ours, done)
        table.measure(
            f"{kind}.fulfil",
            world.fulfilment(ours, asked, kind=kind),
            world.node_address,
            floors.fulfil,
            operator=used,
            state="by the node's key, to an account without code; one word",
        )


def _operator(world: World) -> ChecksumAddress:
    made = world.act(operator().creation(world.link.address, world.operator), world.operator)
    assert made.created is not None
    call = call_of("PoolStorage", made.created, "setAuthorizedSenders", [world.node_address])
    world.act(call, world.operator)
    world.give(made.created, PAYMENT)
    return made.created


def creating(world: World, table: Table) -> None:
    """By the owner; the node's key and its operator never seen, an operator seen before."""
    node = account("another node")
    table.measure(
        "node.create",
        world.pool.create_node(node, world.operator, LIMIT, private=False),
        world.owner,
        floors.node_create,
        state="by the owner, with an operator who runs another node",
    )


def owning(world: World, table: Table, sizes: tuple[int, ...]) -> None:
    """LINK that has come to PoolOwners; holders who were paid before and hold LINK."""
    alice, bob = world.staker("alice", staked=Juels(0)), world.staker("bob", staked=Juels(0))
    world.act(world.owners.set_owner_share(alice, ether("1000")), world.owner)
    world.act(world.owners.finish_contribution(), world.owner)
    rest = world.chain.read(world.owners, "restReceiver")
    whole = Wei(world.chain.read(world.owners, "balanceOf", rest))
    world.act(world.owners.transfer(bob, whole), rest)
    token = world.link.address
    _owners_paid(world, alice, bob)
    for size in sizes:
        world.holders(size, bob)
        state = f"{size:,} holders; PoolOwners and the holder hold LINK and were paid before"
        world.give(world.owners.address, link("100"))
        distribute = world.owners.distribute_tokens(token)
        name = f"owners.distribute.{size}"
        table.measure(name, distribute, world.keeper, floors.owners_distribute, state=state)
        claim = world.owners.claim(token)
        table.measure(f"owners.claim.{size}", claim, alice, floors.owners_claim, state=state)
    # Both sides up to date, as after any earlier transfer between them.
    transfer = world.owners.transfer(bob, Wei(5))
    table.more["owners.transfer.after.distribution"] = world.act(transfer, alice).gas
    table.measure(
        "owners.transfer",
        transfer,
        alice,
        floors.owners_transfer,
        state="between two holders, no distribution since their last transfer",
    )


def _owners_paid(world: World, *holders: ChecksumAddress) -> None:
    world.give(world.owners.address, link("100"))
    world.act(world.owners.distribute_tokens(world.link.address), world.keeper)
    for holder in holders:
        world.act(world.owners.claim(world.link.address), holder)
