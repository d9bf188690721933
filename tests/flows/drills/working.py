# SPDX-License-Identifier: MIT
"""A day of the pool through whatever contracts the registry names now."""

from __future__ import annotations

from bench.chain import Receipt, account
from bench.drills.pool import Pool, Site
from bench.world import LIMIT, PAYMENT, Asked
from linkpool.chain.codec import codec
from linkpool.chain.contracts import EVERYTHING, PoolStorage
from linkpool.units import Juels, link

NEWCOMER = account("newcomer")
COST = link("0.05")
"""What NodeFactory fixes: of each answered request, for running the node."""


def everything_works(pool: Pool) -> None:
    """Stake, ask, answer, distribute, withdraw, policy, new nodes: each judged by what it moved."""
    site = pool.sites[3]
    _staking(pool, site)
    _answering(pool, site)
    _distributing(pool, site)
    _withdrawing(pool, site)
    _ruling(pool, site)
    _creating(pool)


def _staking(pool: Pool, site: Site) -> None:
    world, entry = pool.world, pool.serving("NodeStaking")
    world.give(NEWCOMER, link("100"))
    world.act(world.link.approve(entry, link("10")), NEWCOMER)
    done = [
        world.act(pool.call("NodeStaking", "stake", site.node, link("10")), NEWCOMER),
        world.act(world.link.stake_through_entry(entry, site.node, link("20")), NEWCOMER),
        world.act(world.link.stake(site.storage.address, link("5")), NEWCOMER),
    ]
    assert [_fields(site, one, "Staked")["sender"] for one in done] == [entry, entry, NEWCOMER]
    assert pool.balance(entry) == 0
    stake = pool.number(site.storage, "stakeOf", NEWCOMER)
    assert 0 <= link("35") - stake <= len(done)


def _answering(pool: Pool, site: Site) -> None:
    """Requests from before the upgrade, and one of today."""
    world = pool.world
    places = {one.storage.address: one.node for one in pool.sites}
    waiting = [(place, places[place], asked) for place, asked in pool.asked.items()]
    today: Asked = world.ask(site.storage.address)
    for place, key, asked in [*waiting, (site.storage.address, site.node, today)]:
        storage = PoolStorage(pool.chain.connection, place)
        escrow, due = (pool.number(storage, view) for view in ("escrowed", "operationsDue"))
        world.act(world.fulfilment(place, asked, kind="oracle"), key)
        assert pool.number(storage, "escrowed") == escrow - PAYMENT
        assert pool.number(storage, "operationsDue") > due


def _distributing(pool: Pool, site: Site) -> None:
    """What Node foretells is what arrives."""
    world = pool.world
    wallet, owners = world.operator, world.owners.address
    told = pool.call("Node", "pendingDistribution", site.node)
    operations, makers, stakers = codec("Node").decode("pendingDistribution", pool.chain.view(told))
    assert operations == COST
    assert makers + stakers == PAYMENT - COST
    assert makers == (PAYMENT - COST) // 4
    before = pool.balance(wallet), pool.balance(owners)
    world.act(pool.call("Node", "distribute", site.node), world.keeper)
    assert pool.balance(wallet) - before[0] == operations
    assert pool.balance(owners) - before[1] == makers


def _withdrawing(pool: Pool, site: Site) -> None:
    whole = pool.number(site.storage, "withdrawable", NEWCOMER)
    assert whole > link("35")
    before = pool.balance(NEWCOMER)
    part = pool.call("Node", "withdrawStake", site.node, link("15"))
    pool.world.act(part, NEWCOMER)
    pool.world.act(site.storage.withdraw(EVERYTHING), NEWCOMER)
    assert 0 <= whole - (pool.balance(NEWCOMER) - before) <= 1


def _ruling(pool: Pool, site: Site) -> None:
    world = pool.world
    for function, value in (("setStakeLimit", link("1")), ("setEnabled", False)):
        world.act(pool.call("Node", function, site.node, value), world.owner)
    policy = pool.chain.read(site.storage, "policy")
    assert (policy[0], policy[3]) == (False, link("1"))


def _creating(pool: Pool) -> None:
    """By the owner, and by the key that the owner approved before the upgrade."""
    world, factory = pool.world, pool.world.factory
    count = pool.chain.read(factory, "storageCount")
    fresh, approved = account("a node of today"), account("someone")
    call = pool.call("LinkPool", "createNode", fresh, world.operator, LIMIT, False)
    world.act(call, world.owner)
    world.act(pool.call("LinkPool", "registerNode"), approved)
    assert pool.chain.read(factory, "storageCount") == count + 2
    place = pool.chain.read(factory, "getStorageInstance", fresh)
    world.act(world.link.stake(place, Juels(link("2"))), NEWCOMER)
    told = pool.chain.view(pool.call("LinkPool", "getNode", fresh))
    info = codec("LinkPool").decode("getNode", told)
    assert (info[0], info[1], info[8]) == (fresh, place, link("2"))


def _fields(site: Site, done: Receipt, name: str) -> dict[str, object]:
    """Of the one such event of this storage in a transaction."""
    events = [
        codec("PoolStorage").event(log) for log in done.logs if log.address == site.storage.address
    ]
    (found,) = (event.fields for event in events if event is not None and event.name == name)
    return dict(found)
