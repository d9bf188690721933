# SPDX-License-Identifier: MIT
"""What has lost its cause is not sent again; what gets it back is."""

from __future__ import annotations

from collections.abc import Sequence

from linkpool.transactions import IntentState
from linkpool.transactions.withdrawal import WITHDRAWN, restore, withdraw
from tests.linkpool.awaited import awaited
from tests.linkpool.transactions.worlds import sent, started


@awaited
async def test_a_reorganised_call_whose_cause_is_gone_is_cancelled_and_not_sent_again() -> None:
    world, asked = await started(), []

    async def unwanted(keys: Sequence[str]) -> set[str]:
        asked.append(list(keys))
        return set(keys)

    world.manager.unwanted = unwanted
    await world.send("a")
    await world.mine(2)
    world.chain.reorganise(2, lose=True)
    await world.manager.step()
    await world.manager.step()
    await world.mine(5)
    done = await world.outcome("a")
    assert (done.state, done.reason) == (IntentState.CANCELLED, WITHDRAWN)
    assert world.executed() == [""]
    assert asked == [["a"]]


@awaited
async def test_after_a_restart_nothing_is_sent_again_that_was_withdrawn() -> None:
    world = await sent("a")
    world.chain.drop()
    await world.database.write(lambda c: withdraw(c, ["a"]))
    await world.restarted().start()
    await world.manager.step()
    await world.mine(5)
    assert world.executed() == [""]


@awaited
async def test_a_withdrawn_call_whose_cause_is_back_is_sent_after_all() -> None:
    world = await sent("a")
    await world.database.write(lambda c: withdraw(c, ["a"]))
    await world.manager.step()
    assert await world.database.write(lambda c: restore(c, ["a"])) == set()
    await world.manager.step()
    await world.mine(5)
    done = await world.outcome("a")
    assert (done.state, done.reason) == (IntentState.FINAL, None)
    assert world.executed() == ["a"]


@awaited
async def test_once_the_empty_transfer_is_mined_it_is_too_late() -> None:
    world = await sent("a")
    await world.database.write(lambda c: withdraw(c, ["a"]))
    await world.manager.step()
    await world.mine(1)
    assert await world.database.write(lambda c: restore(c, ["a"])) == {"a"}
    await world.mine(5)
    assert await world.database.write(lambda c: restore(c, ["a"])) == {"a"}
    assert world.executed() == [""]


@awaited
async def test_what_is_settled_is_not_withdrawn() -> None:
    world = await sent("a")
    await world.mine(5)
    await world.database.write(lambda c: withdraw(c, ["a"]))
    done = await world.outcome("a")
    assert (done.state, done.reason) == (IntentState.FINAL, None)
