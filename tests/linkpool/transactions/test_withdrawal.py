# SPDX-License-Identifier: MIT
"""What has lost its cause is not sent again; what gets it back is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from linkpool.transactions import IntentState
from linkpool.transactions.withdrawal import WITHDRAWN, restore, withdraw
from tests.linkpool.transactions.worlds import World


async def _sent(world: World) -> None:
    await world.manager.start()
    await world.enqueue("a")
    await world.manager.step()


def test_a_reorganised_call_whose_cause_is_gone_is_cancelled_and_not_sent_again() -> None:
    async def story() -> None:
        world, asked = World(), []

        async def unwanted(keys: Sequence[str]) -> set[str]:
            asked.append(list(keys))
            return set(keys)

        world.manager.unwanted = unwanted
        await _sent(world)
        await world.mine(2)
        world.chain.reorganise(2, lose=True)
        await world.manager.step()
        await world.manager.step()
        await world.mine(5)
        done = await world.outcome("a")
        assert (done.state, done.reason) == (IntentState.CANCELLED, WITHDRAWN)
        assert world.executed() == [""]
        assert asked == [["a"]]

    asyncio.run(story())


def test_after_a_restart_nothing_is_sent_again_that_was_withdrawn() -> None:
    async def story() -> None:
        world = World()
        await _sent(world)
        world.chain.drop()
        await world.database.write(lambda c: withdraw(c, ["a"]))
        await world.restarted().start()
        await world.manager.step()
        await world.mine(5)
        assert world.executed() == [""]

    asyncio.run(story())


def test_a_withdrawn_call_whose_cause_is_back_is_sent_after_all() -> None:
    async def story() -> None:
        world = World()
        await _sent(world)
        await world.database.write(lambda c: withdraw(c, ["a"]))
        await world.manager.step()
        assert await world.database.write(lambda c: restore(c, ["a"])) == set()
        await world.manager.step()
        await world.mine(5)
        done = await world.outcome("a")
        assert (done.state, done.reason) == (IntentState.FINAL, None)
        assert world.executed() == ["a"]

    asyncio.run(story())


def test_once_the_empty_transfer_is_mined_it_is_too_late() -> None:
    async def story() -> None:
        world = World()
        await _sent(world)
        await world.database.write(lambda c: withdraw(c, ["a"]))
        await world.manager.step()
        await world.mine(1)
        assert await world.database.write(lambda c: restore(c, ["a"])) == {"a"}
        await world.mine(5)
        assert await world.database.write(lambda c: restore(c, ["a"])) == {"a"}
        assert world.executed() == [""]

    asyncio.run(story())


def test_what_is_settled_is_not_withdrawn() -> None:
    async def story() -> None:
        world = World()
        await _sent(world)
        await world.mine(5)
        await world.database.write(lambda c: withdraw(c, ["a"]))
        done = await world.outcome("a")
        assert (done.state, done.reason) == (IntentState.FINAL, None)

    asyncio.run(story())
