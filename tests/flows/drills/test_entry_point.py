# SPDX-License-Identifier: MIT
"""A hostile NodeStaking: LINK on its way in is what an entry point can reach, and nothing else."""

from __future__ import annotations

import pytest

from bench.chain import account, call_of
from bench.drills.pool import Pool
from bench.drills.replacing import replace
from linkpool.errors import TxReverted
from linkpool.units import link
from tests.flows.drills.hostile import by, hostile

ANYBODY = account("anybody")
AMOUNT = link("5")


def test_p1_an_allowance_stays_with_the_contract_it_was_given_to(pool: Pool) -> None:
    """Given to the entry point before, it is no use to the one after; given to that one, it is
    lost. Who stakes straight at the PoolStorage gives none.
    """
    world, site, rogue = pool.world, pool.sites[0], hostile(pool)
    old, victim = pool.serving("NodeStaking"), list(site.shares)[1]
    world.give(victim, link("20"))
    assert pool.number(world.link, "allowance", victim, old) == AMOUNT
    replace(pool, "NodeStaking", rogue)
    take = call_of("LinkToken", world.link.address, "transferFrom", victim, rogue, AMOUNT)
    with pytest.raises(TxReverted):
        pool.chain.send(by(rogue, take), ANYBODY)
    world.act(world.link.stake(site.storage.address, AMOUNT), victim)
    assert pool.balance(rogue) == 0
    world.act(world.link.approve(rogue, AMOUNT), victim)
    pool.chain.send(by(rogue, take), ANYBODY)
    assert pool.balance(rogue) == AMOUNT


def test_the_entry_point_of_before_passes_on_whole_what_its_owner_sends(pool: Pool) -> None:
    """It never had a power: it stakes for its caller, as any contract may, and keeps nothing."""
    world, site = pool.world, pool.sites[0]
    old, who = pool.serving("NodeStaking"), list(site.shares)[1]
    world.give(who, AMOUNT)
    replace(pool, "NodeStaking", hostile(pool))
    before = pool.number(site.storage, "stakeOf", who)
    stake = call_of("NodeStaking", old, "stake", site.node, AMOUNT)
    world.act(stake, who)
    assert 0 <= before + AMOUNT - pool.number(site.storage, "stakeOf", who) <= 1
    assert pool.balance(old) == 0
