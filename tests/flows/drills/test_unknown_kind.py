# SPDX-License-Identifier: MIT
"""Whitepaper 6.1.2.1: a kind of contract unknown today works, and nothing else is deployed."""

from __future__ import annotations

import pytest
from eth_abi.abi import decode, encode
from eth_typing import ChecksumAddress
from eth_utils.abi import function_signature_to_4byte_selector
from eth_utils.crypto import keccak

from bench.drills.photo import Photo, changed, entry
from bench.drills.pool import Pool
from bench.drills.replacing import registry_words, replace
from bench.drills.versions import profile
from linkpool.chain.addresses import ZERO
from linkpool.chain.calls import Call
from linkpool.chain.contracts import LOGIC
from linkpool.errors import TxReverted
from tests.flows.drills.working import everything_works

NAME = "NodeProfile"
TEXT = "prices from three exchanges, run from two cities"


def put_in_place(pool: Pool) -> ChecksumAddress:
    made = pool.create(profile() + encode(["address"], [pool.world.factory.address])).created
    assert made is not None
    with pytest.raises(TxReverted, match="storage: only logic"):
        say(pool, made)
    replace(pool, NAME, made)
    return made


def say(pool: Pool, place: ChecksumAddress, text: str = TEXT) -> None:
    data = function_signature_to_4byte_selector("setProfile(address,string)")
    data += encode(["address", "string"], [pool.sites[7].node, text])
    pool.chain.send(Call(to=place, data=data, what="setProfile"), pool.world.operator)


def said(pool: Pool, place: ChecksumAddress) -> str:
    data = function_signature_to_4byte_selector("profileOf(address)")
    data += encode(["address"], [pool.sites[7].node])
    told = pool.chain.view(Call(to=place, data=data, what="profileOf"))
    return str(decode(["string"], told)[0])


def test_it_is_registered_like_any_other_and_nothing_is_mapped_anew(
    pool: Pool, at_first: Photo
) -> None:
    serving = [pool.serving(name) for name in LOGIC]
    made = put_in_place(pool)
    after = Photo.of(pool.chain)
    assert changed(at_first, after) == registry_words(pool, NAME, ZERO, made)
    assert [pool.serving(name) for name in LOGIC] == serving
    everything_works(pool)


def test_it_writes_what_it_is_for_and_touches_nothing_else(pool: Pool) -> None:
    made = put_in_place(pool)
    before = Photo.of(pool.chain)
    say(pool, made)
    assert said(pool, made) == TEXT
    storage = pool.sites[7].storage.address
    first = entry("PoolStorage", "keyvalue.strings", keccak(text="node.profile"))
    words = range(first, first + 1 + -(-len(TEXT) // 32))  # its length, its text
    touched = changed(before, Photo.of(pool.chain))
    assert set(touched) == {(storage, word) for word in words}


def test_its_own_successor_finds_what_it_kept(pool: Pool) -> None:
    first = put_in_place(pool)
    say(pool, first)
    second = pool.create(profile() + encode(["address"], [pool.world.factory.address])).created
    assert second is not None
    replace(pool, NAME, second)
    assert said(pool, second) == TEXT
    with pytest.raises(TxReverted, match="storage: only logic"):
        say(pool, first, "still me")


def test_taken_out_it_is_powerless_and_its_name_is_free(pool: Pool, at_first: Photo) -> None:
    made = put_in_place(pool)
    replace(pool, NAME, ZERO)
    assert changed(at_first, Photo.of(pool.chain)) == {}
    with pytest.raises(TxReverted, match="storage: only logic"):
        say(pool, made)
