# SPDX-License-Identifier: MIT
"""What wakes a manager, and how it gets over what is away for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from linkpool.chain.testing import SimulatedSigner
from linkpool.errors import ChainUnavailable
from linkpool.transactions import IntentState
from tests.linkpool.awaited import awaited
from tests.linkpool.transactions.worlds import World, sent, started


@awaited
async def test_the_loss_of_every_rpc_ends_a_step_and_loses_nothing() -> None:
    world = await started()
    await world.enqueue("a")
    world.chain.endpoints[0].up = False
    with pytest.raises(ChainUnavailable):
        await world.manager.step()
    assert await world.enqueue("b")
    world.chain.endpoints[0].up = True
    await world.mine(6)
    assert world.executed() == ["a", "b"]


@awaited
async def test_an_answer_that_is_lost_sends_nothing_twice() -> None:
    world = await sent("a")
    world.chain.endpoints[0].mute = True
    with pytest.raises(ChainUnavailable):
        await world.manager.step()
    world.chain.endpoints[0].mute = False
    await world.mine(5)
    assert world.executed() == ["a"]
    assert len(world.chain.seen) == 1


@awaited
async def test_a_signer_that_is_away_is_asked_again() -> None:
    world = await started()
    world.signer.failing = True
    await world.enqueue("a")
    await world.mine(2)
    waiting = await world.outcome("a")
    assert waiting.state is IntentState.QUEUED
    assert waiting.reason == "not signed: the simulated signer is away"
    world.signer.failing = False
    await world.mine(6)
    done = await world.outcome("a")
    assert (done.state, done.reason) == (IntentState.FINAL, None)


@awaited
async def test_running_it_wakes_at_heads_and_at_enqueued_intents() -> None:
    world = await started()
    stop, told = asyncio.Event(), asyncio.Event()
    seen: list[str] = []

    async def on_change(keys: Sequence[str]) -> None:
        seen.extend(keys)
        told.set()

    world.manager.on_change = on_change
    task = asyncio.create_task(world.manager.run(stop, world.chain.heads()))
    for key in ("a", "b"):
        told.clear()
        await world.enqueue(key)
        await asyncio.wait_for(told.wait(), 60)  # no head came: it was woken
    told.clear()
    world.chain.mine()
    await asyncio.wait_for(told.wait(), 60)
    stop.set()
    await asyncio.wait_for(task, 60)
    assert seen == ["a", "b", "a", "b"]
    assert (await world.outcome("b")).state is IntentState.MINED


@awaited
async def test_running_it_gets_over_the_loss_of_the_chain() -> None:
    world = await started()
    world.chain.endpoints[0].up = False
    await world.enqueue("a")
    stop = asyncio.Event()
    task = asyncio.create_task(world.manager.run(stop, world.chain.heads()))
    while not world.manager.counters.chain_unavailable:
        await asyncio.sleep(0.01)
    world.chain.endpoints[0].up = True
    while not world.chain.pool:
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(task, 60)
    assert world.manager.counters.chain_unavailable >= 1


@awaited
async def test_it_starts_without_a_chain_where_its_accounts_are_known() -> None:
    world = World()
    world.chain.endpoints[0].up = False
    with pytest.raises(ChainUnavailable):
        await world.manager.start()
    world.chain.endpoints[0].up = True
    await world.manager.start()
    world.chain.endpoints[0].up = False
    await world.restarted().start()
    assert await world.enqueue("a")


@awaited
async def test_an_account_can_be_added_while_it_runs() -> None:
    world = await started()
    other = SimulatedSigner.named("other")
    await world.manager.add(other)
    await world.send("a", account=other.address)
    assert [one.sender for one in world.chain.pool.values()] == [other.address]
    assert other.address in world.manager.accounts
