# SPDX-License-Identifier: MIT
"""Whitepaper 6.1.2, Figure 7: each contract of logic replaced, in one transaction, and back."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector

from bench.chain import Chain, account
from bench.drills import powers
from bench.drills.photo import Photo, changed
from bench.drills.pool import Pool
from bench.drills.replacing import registry_words, replace, successor
from bench.drills.versions import second
from bench.world import World
from linkpool.chain.calls import Call
from linkpool.chain.contracts import LOGIC
from linkpool.units import link
from tests.flows.drills.working import everything_works


def newer(pool: Pool, name: str) -> ChecksumAddress:
    """A second version of a contract, deployed and without power."""
    code = second(name) + encode(["address"], [pool.world.factory.address])
    made = pool.create(code).created
    assert made is not None
    return made


@pytest.mark.parametrize("name", LOGIC)
def test_p4_one_transaction_replaces_it_for_every_node_and_maps_nothing_anew(
    pool: Pool, at_first: Photo, name: str
) -> None:
    """Every word of every account: only the registry's five differ, and no code but the new."""
    old = pool.serving(name)
    new = newer(pool, name)
    deployed = Photo.of(pool.chain)
    assert changed(at_first, deployed) == {}
    replace(pool, name, new)
    after = Photo.of(pool.chain)
    assert changed(at_first, after) == registry_words(pool, name, old, new)
    assert {place for place in after.code if after.code[place] != at_first.code.get(place)} == {new}
    assert pool.serving(name) == new


@pytest.mark.parametrize("name", LOGIC)
def test_p4_the_old_contract_is_powerless_at_once(pool: Pool, name: str) -> None:
    """Every function of the suite that changes state, tried as the old contract would call it."""
    old, stranger = pool.serving(name), account("nobody")
    before = powers.outcomes(pool, old)
    may = powers.allowed(before) - powers.allowed(powers.outcomes(pool, stranger))
    assert may == powers.LOGIC_MAY | powers.MORE[name]
    new = newer(pool, name)
    assert powers.allowed(powers.outcomes(pool, new)).isdisjoint(may)
    replace(pool, name, new)
    after = powers.outcomes(pool, old)
    assert after == powers.outcomes(pool, stranger)
    assert powers.DONE not in {after[function] for function in may}
    assert powers.outcomes(pool, new) == before


@pytest.mark.parametrize("name", LOGIC)
def test_everything_works_through_the_new_contract(pool: Pool, name: str) -> None:
    replace(pool, name, newer(pool, name))
    everything_works(pool)


def test_all_four_replaced_one_after_the_other_are_the_new_pool(pool: Pool) -> None:
    for name in LOGIC:
        replace(pool, name, newer(pool, name))
    version = function_signature_to_4byte_selector("version()")
    told = pool.chain.view(Call(to=pool.serving("Node"), data=version, what="version"))
    assert int.from_bytes(told, "big") == 2
    everything_works(pool)


def test_a_new_node_factory_gives_new_nodes_its_terms_and_leaves_the_others_theirs(
    pool: Pool,
) -> None:
    replace(pool, "NodeFactory", newer(pool, "NodeFactory"))
    everything_works(pool)
    fresh = pool.chain.read(pool.world.factory, "getStorageInstance", account("a node of today"))
    new = type(pool.world.storage)(pool.chain.connection, fresh)
    assert pool.chain.read(new, "policy")[4] == link("2")
    assert {pool.chain.read(site.storage, "policy")[4] for site in pool.sites} == {link("1")}


@pytest.mark.parametrize("name", LOGIC)
def test_p4_back_to_the_contract_before_it_works_the_same_way(
    pool: Pool, at_first: Photo, name: str
) -> None:
    """Word by word as if nothing had been; and whoever is replaced is powerless, again."""
    old, stranger = pool.serving(name), account("nobody")
    before = powers.outcomes(pool, old)
    new = newer(pool, name)
    there = replace(pool, name, new)
    back = replace(pool, name, old)
    assert changed(at_first, Photo.of(pool.chain)) == {}
    assert powers.outcomes(pool, old) == before
    assert powers.outcomes(pool, new) == powers.outcomes(pool, stranger)
    assert (back.announced.gas, back.executed.gas) == (there.announced.gas, there.executed.gas)
    everything_works(pool)


def test_a_replacement_costs_the_same_for_one_node_as_for_fifty(pool: Pool) -> None:
    with Chain.start() as chain:
        world = World.deploy(chain)
        small = Pool(chain, world, box=world.factory.address)
        for name in LOGIC:
            with chain.undone(), pool.chain.undone():
                few, many = (
                    replace(one, name, successor(one, name).created) for one in (small, pool)
                )
                assert few.announced.gas == many.announced.gas
                assert few.executed.gas == many.executed.gas
