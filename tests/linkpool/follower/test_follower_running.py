# SPDX-License-Identifier: MIT
"""A follower that goes on until it is stopped."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from linkpool.errors import StateError
from linkpool.follower import Head
from linkpool.store.database import Database
from tests.linkpool.awaited import awaited
from tests.linkpool.follower.chains import CONTRACTS, FakeChain, fail
from tests.linkpool.follower.following import (
    LIMITS,
    LOG,
    WHOLE,
    follower,
    known,
    watched,
)


@awaited
async def test_running_follows_heads_waits_out_outages_and_stops(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    chain, one = await watched(database)
    heads: list[int] = []
    stop = asyncio.Event()

    async def on_head(head: Head) -> None:
        heads.append(head.number)
        if head.number == 10:
            stop.set()
        elif not head.behind:
            chain.mine(LOG)
            if head.number == 5:
                chain.before = [fail, fail]

    await asyncio.wait_for(one.run(stop, on_head=on_head), 30)
    assert sorted(set(heads)) == list(range(11))
    shown = capsys.readouterr().out
    assert shown.count("follower.waits") == shown.count("follower.goes_on") == 1
    assert known(database) == chain.keys(WHOLE)


@awaited
async def test_what_is_watched_while_it_runs_is_read_at_once(database: Database) -> None:
    """Without a new block, long before the next look that nobody asked for."""
    chain = FakeChain()
    chain.grow(20, LOG)
    one = follower(chain, database, limits=LIMITS.model_copy(update={"poll_seconds": 600}))
    stop, idle = asyncio.Event(), asyncio.Event()

    async def on_head(head: Head) -> None:
        idle.set()
        if known(database) == chain.keys(WHOLE):
            stop.set()

    running = asyncio.create_task(one.run(stop, on_head=on_head))
    await idle.wait()
    await one.watch(CONTRACTS[0], since=0)
    await asyncio.wait_for(running, 30)


@awaited
async def test_a_database_that_cannot_be_used_ends_the_run(database: Database) -> None:
    def refuse(_connection: Any) -> None:
        raise StateError("no space left")

    one = follower(FakeChain(), database)
    database.fence = refuse
    with pytest.raises(StateError, match="no space left"):
        await asyncio.wait_for(one.run(asyncio.Event()), 30)
