# SPDX-License-Identifier: MIT
"""The life of an intent, one chapter a test."""

from __future__ import annotations

import asyncio

import pytest

from linkpool.errors import UsageError
from linkpool.transactions import IntentState
from tests.linkpool.transactions.worlds import World


def test_an_intent_goes_its_way_to_final() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        assert await world.enqueue("a")
        assert (await world.outcome("a")).state is IntentState.QUEUED
        await world.manager.step()
        sent = await world.outcome("a")
        assert sent.state is IntentState.SENT
        assert sent.tx in {one.hash for one in world.chain.pool.values()}
        await world.mine()
        mined = await world.outcome("a")
        assert (mined.state, mined.block, mined.succeeded) == (IntentState.MINED, 1, True)
        await world.mine(3)
        assert (await world.outcome("a")).state is IntentState.FINAL
        assert world.executed() == ["a"]

    asyncio.run(story())


def test_the_same_key_is_sent_once() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        assert await world.enqueue("a")
        assert not await world.enqueue("a", gas=50_000)
        with pytest.raises(UsageError, match="another content"):
            await world.enqueue("a", data=b"other")
        await world.manager.step()
        await world.mine(4)
        assert not await world.enqueue("a")
        await world.mine(2)
        assert world.executed() == ["a"]

    asyncio.run(story())
