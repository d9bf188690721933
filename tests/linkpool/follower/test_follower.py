# SPDX-License-Identifier: MIT
"""What a follower asks for: new blocks, and history in ranges."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from linkpool.chain.rpc import Ask
from linkpool.follower import Head
from linkpool.store.database import Database
from linkpool.store.tables import blocks
from tests.linkpool.awaited import awaited
from tests.linkpool.follower.chains import CONTRACTS, Emitted, FakeChain
from tests.linkpool.follower.following import (
    LIMITS,
    LOG,
    WHOLE,
    everything,
    followed,
    follower,
    kinds,
    known,
    watched,
)


@awaited
async def test_new_blocks_and_history_become_events_in_the_chains_order(database: Database) -> None:
    chain = FakeChain()
    chain.grow(30, LOG, Emitted(1), Emitted(0, wanted=False))
    one = follower(chain, database)
    await one.watch(CONTRACTS[0], since=5)
    head = await everything(one)
    assert (head.number, head.hash) == (30, chain.blocks[-1].hash)
    chain.mine(LOG, LOG)
    await one.step()
    assert known(database) == chain.keys({CONTRACTS[0]: 5})
    assert kinds(database) == [("added", n) for n in range(5, 31)] + [("added", 31)] * 2


@awaited
async def test_new_blocks_do_not_wait_for_history(database: Database) -> None:
    chain, one = await watched(database, 60)
    assert (await one.step()).behind == 57
    new = chain.mine(LOG)
    head = await one.step()
    assert head.hash == new.hash and head.behind > 0
    assert (chain.blocks[-1].hash, 0) in known(database)


@awaited
async def test_nothing_new_is_one_small_request(database: Database) -> None:
    chain, one = await followed(database)
    chain.requests.clear()
    await one.step()
    assert chain.requests == [("eth_getBlockByNumber", ("latest", False))]


@awaited
async def test_a_new_block_is_two_messages(database: Database) -> None:
    chain, one = await followed(database)
    chain.requests.clear()
    chain.mine(LOG)
    await one.step()
    assert [method for method, _ in chain.requests] == ["eth_getBlockByNumber", "eth_getLogs"]


@awaited
async def test_blocks_before_the_window_are_forgotten(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)
    await one.step()
    for _ in range(40):
        chain.mine()
        await one.step()
    count = database.read_now(lambda c: c.scalar(select(func.count()).select_from(blocks)))
    assert count == LIMITS.window


@awaited
async def test_many_addresses_are_asked_for_in_groups(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("linkpool.follower.blocks.ADDRESSES", 3)
    chain = FakeChain()
    chain.grow(20, LOG, Emitted(3))
    one = follower(chain, database)
    for address in CONTRACTS:
        await one.watch(address, since=0)
    await everything(one)
    chain.mine(Emitted(3), LOG)
    await one.step()
    assert known(database) == chain.keys(dict.fromkeys(CONTRACTS, 0))


@awaited
async def test_a_range_that_is_refused_is_halved_and_grows_again(database: Database) -> None:
    chain, one = await watched(database, 80, limits=LIMITS.model_copy(update={"range_blocks": 16}))
    chain.most_logs = 3
    sizes: list[int] = []
    for _ in range(100):
        chain.requests.clear()
        head = await one.step()
        if one.trouble:
            continue
        sizes += [
            int(asked[0]["toBlock"], 16) - int(asked[0]["fromBlock"], 16) + 1
            for method, asked in chain.requests
            if method == "eth_getLogs" and "toBlock" in asked[0]
        ]
        if len(sizes) == 3:
            chain.most_logs = 10_000
        if not head.behind:
            break
    assert sizes[:3] == [4, 2, 2] and max(sizes[3:]) >= 16
    assert known(database) == chain.keys(WHOLE)


@awaited
async def test_history_that_cannot_be_read_keeps_nobody_from_new_blocks(database: Database) -> None:
    chain, one = await watched(database, 40)
    heads: list[Head] = []
    stop = asyncio.Event()

    async def on_head(head: Head) -> None:
        heads.append(head)
        if len(heads) == 5:
            stop.set()
        else:
            chain.mine()

    await one.step()
    chain.most_logs = 0
    await asyncio.wait_for(one.run(stop, on_head=on_head), 30)
    assert [head.number for head in heads] == [40, 41, 42, 43, 44]
    assert all(head.behind for head in heads)


@awaited
async def test_a_long_answer_makes_the_next_range_shorter(database: Database) -> None:
    chain = FakeChain()
    chain.grow(50, *[LOG] * 20)
    limits = LIMITS.model_copy(update={"range_blocks": 16, "range_most_logs": 100})
    one = follower(chain, database, limits=limits)
    await one.watch(CONTRACTS[0], since=0)
    await one.step()
    await one.step()
    assert one._range == 4
    await everything(one)
    assert known(database) == chain.keys(WHOLE)


@awaited
async def test_history_goes_on_where_it_was_stopped(database: Database) -> None:
    chain = FakeChain()
    chain.grow(60, LOG)
    await follower(chain, database).watch(CONTRACTS[0], since=0)
    await follower(chain, database).step()
    chain.requests.clear()
    await everything(follower(chain, database))
    firsts = [
        int(a[0]["fromBlock"], 16)
        for m, a in chain.requests
        if m == "eth_getLogs" and "fromBlock" in a[0]
    ]
    assert min(firsts) == 4
    assert known(database) == chain.keys(WHOLE)


@awaited
async def test_every_message_names_its_newest_block(database: Database) -> None:
    """So that the pool asks an endpoint that has it."""
    asked: list[tuple[Ask, int | None]] = []

    class Noting(FakeChain):
        async def batch(self, calls: Any, *, block: int | None = None) -> list[Any | Exception]:
            asked.append((calls[-1], block))
            return await super().batch(calls)

    await followed(database, 20, chain=Noting())
    named = [block for (_, parameters), block in asked if parameters[0] != "latest"]
    assert named and all(block is not None and block <= 20 for block in named)
