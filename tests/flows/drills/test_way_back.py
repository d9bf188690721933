# SPDX-License-Identifier: MIT
"""What a hostile contract leaves behind, and how long the way back takes."""

from __future__ import annotations

import pytest
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from bench.chain import account, call_of
from bench.drills.pool import Pool
from bench.drills.replacing import announce, delay, execution, replace, timelock
from bench.world import LIMIT
from linkpool.chain.calls import Call
from linkpool.chain.contracts import EVERYTHING
from linkpool.errors import TxReverted
from linkpool.units import link
from tests.flows.drills.hostile import by, hostile, one_block, ready

ANYBODY = account("anybody")
THIEF = account("thief")
MAKERS, CEILING, WALLET = 0, 1, 2
GREED = {MAKERS: 500_000, CEILING: 1_000_000, WALLET: int(THIEF, 16)}


def greedy(pool: Pool, rogue: ChecksumAddress) -> list[tuple[Call, ChecksumAddress]]:
    """The highest terms there are, announced for one node."""
    storage = pool.sites[5].storage.address
    return [
        (by(rogue, call_of("PoolStorage", storage, "setTerm", term, new)), ANYBODY)
        for term, new in GREED.items()
    ]


def terms(pool: Pool) -> list[object]:
    storage = pool.sites[5].storage
    views = ("makersPercentage", "costCeiling", "operationsWallet")
    return [pool.chain.read(storage, view) for view in views]


def test_p4_terms_of_a_hostile_contract_wait_and_are_ready_before_the_way_back_is(
    pool: Pool,
) -> None:
    """The owner answers in the same block, and is late: until then the stakers can leave, and what
    came in before is shared as before. Afterwards what was raised is lowered at once.
    """
    site, rogue, old = pool.sites[5], hostile(pool), pool.serving("Node")
    modest = terms(pool)
    upgrade = ready(pool, "Node", rogue)
    back = pool.replacement("Node", old)
    answer = timelock(pool).announce(back, bytes(32)), pool.world.owner
    assert all(one_block(pool, [(upgrade, ANYBODY), *greedy(pool, rogue), answer]))
    executed = pool.chain.now
    for term in GREED:
        with pytest.raises(TxReverted, match="storage: not ready"):
            pool.world.act(site.storage.activate_term(term), ANYBODY)
    assert terms(pool) == modest
    asked = pool.world.ask(site.storage.address)
    pool.world.act(pool.world.fulfilment(site.storage.address, asked, kind="oracle"), site.node)
    pool.chain.advance(executed + delay(pool) - pool.chain.now - 1)
    paid = {pool.world.operator: link("0.05"), pool.world.owners.address: link("0.95") // 4}
    paid[THIEF] = link("0")
    before = {who: pool.balance(who) for who in paid}
    done = one_block(
        pool,
        [
            *((site.storage.activate_term(term), ANYBODY) for term in GREED),
            (execution(pool, back), ANYBODY),
        ],
    )
    assert done == [True] * 4
    assert terms(pool) == [500_000, 1_000_000, THIEF]
    assert {who: pool.balance(who) - before[who] for who in paid} == paid
    lower = pool.call("Node", "setMakersPercentage", site.node, 250_000)
    pool.world.act(lower, pool.world.owner)
    assert terms(pool)[0] == 250_000


def test_p4_a_way_back_announced_ahead_comes_before_anything_that_was_announced_by_it(
    pool: Pool,
) -> None:
    site, rogue = pool.sites[5], hostile(pool)
    modest = terms(pool)
    back = pool.replacement("Node", pool.serving("Node"))
    announce(pool, back)
    upgrade = ready(pool, "Node", rogue)
    assert all(one_block(pool, [(upgrade, ANYBODY), *greedy(pool, rogue)]))
    pool.chain.send(execution(pool, back), pool.world.owner)
    for term in GREED:
        cancel = pool.call("Node", "cancelAnnouncement", site.node, term)
        pool.world.act(cancel, pool.world.owner)
    pool.chain.advance(delay(pool))
    for term in GREED:
        with pytest.raises(TxReverted, match="storage: nothing to activate"):
            pool.world.act(site.storage.activate_term(term), ANYBODY)
    assert terms(pool) == modest


def test_going_back_undoes_the_contract_and_not_what_it_wrote(pool: Pool) -> None:
    """An operator without his delay, a creator of his own: the owner takes both away again."""
    rogue, old = hostile(pool), pool.serving("LinkPool")
    replace(pool, "LinkPool", rogue)
    data = pool.chain.read(pool.world.factory, "poolData")
    listed = keccak(b"operator" + bytes.fromhex(THIEF[2:]).rjust(32, b"\0"))
    creator = int(THIEF, 16) | 1000 << 160
    for call in (
        call_of("PoolStorage", data, "setUint", listed, 1),
        call_of("PoolStorage", data, "setUint", keccak(text="creator"), creator),
        call_of("PoolStorage", data, "setUint", keccak(text="creator.limit"), LIMIT),
    ):
        pool.chain.send(by(rogue, call), ANYBODY)
    replace(pool, "LinkPool", old)
    create = pool.call("LinkPool", "createNode", account("a node of theirs"), THIEF, LIMIT, False)
    with pool.chain.undone():
        pool.chain.send(create, THIEF)
    for call in (
        pool.call("LinkPool", "setCreator", pool.world.keeper, 3),
        pool.call("LinkPool", "removeOperator", THIEF),
    ):
        pool.chain.send(call, pool.world.owner)
    with pytest.raises(TxReverted, match="pool: not owner or creator"):
        pool.chain.send(create, THIEF)


def test_p17_a_staker_whose_address_is_made_a_node_leaves_like_anybody(pool: Pool) -> None:
    """A hostile NodeFactory can bar any account without code from staking anew, no more."""
    site, rogue = pool.sites[5], hostile(pool)
    victim = next(iter(site.shares))
    replace(pool, "NodeFactory", rogue)
    new = (victim, ANYBODY, ANYBODY, False, 0, 0, 0, 0, 0, 0)
    make = call_of("PoolStorageFactory", pool.world.factory.address, "createStorage", new)
    pool.chain.send(by(rogue, make), ANYBODY)
    pool.chain.send(site.storage.withdraw(EVERYTHING), victim)
    assert pool.balance(victim) > site.owned(victim) - 1
    with pytest.raises(TxReverted):
        pool.chain.send(pool.world.link.stake(site.storage.address, link("2")), victim)
