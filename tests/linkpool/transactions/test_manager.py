# SPDX-License-Identifier: MIT
"""The life of an intent, one chapter a test."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from linkpool.chain.testing import REVERTS, SimulatedSigner
from linkpool.errors import UsageError
from linkpool.transactions import IntentState, admin
from tests.linkpool.awaited import awaited
from tests.linkpool.transactions.worlds import LIMITS, World, sent, started


@awaited
async def test_an_intent_goes_its_way_to_final() -> None:
    world = await started()
    assert await world.enqueue("a")
    assert (await world.outcome("a")).state is IntentState.QUEUED
    await world.manager.step()
    given = await world.outcome("a")
    assert given.state is IntentState.SENT
    assert given.tx in {one.hash for one in world.chain.pool.values()}
    await world.mine()
    mined = await world.outcome("a")
    assert (mined.state, mined.block, mined.succeeded) == (IntentState.MINED, 1, True)
    await world.mine(3)
    assert (await world.outcome("a")).state is IntentState.FINAL
    assert world.executed() == ["a"]


@awaited
async def test_the_same_key_is_sent_once() -> None:
    world = await started()
    assert await world.enqueue("a")
    assert not await world.enqueue("a", gas=50_000)
    with pytest.raises(UsageError, match="another content"):
        await world.enqueue("a", data=b"other")
    await world.manager.step()
    await world.mine(4)
    assert not await world.enqueue("a")
    await world.mine(2)
    assert world.executed() == ["a"]


@awaited
async def test_a_caller_that_fails_takes_no_nonce() -> None:
    world = await started()

    def work(connection: Connection) -> None:
        world.manager.enqueue(connection, world.intent("never"))
        raise UsageError("changed my mind")

    with pytest.raises(UsageError, match="changed my mind"):
        await world.database.write(work)
    await world.enqueue("a")
    assert (await world.outcome("a")).nonce == 0


@awaited
async def test_who_has_no_key_or_was_never_opened_sends_nothing() -> None:
    world = World()
    with pytest.raises(UsageError, match="never been opened"):
        await world.enqueue("a")
    await world.manager.start()
    with pytest.raises(UsageError, match="no key for"):
        await world.enqueue("a", account=SimulatedSigner.named("stranger").address)
    with pytest.raises(UsageError, match="are made here"):
        await world.enqueue("fill:a")


@awaited
async def test_after_a_restart_the_same_bytes_go_out() -> None:
    world = await sent("a")
    world.chain.drop()
    await world.restarted().step()
    await world.mine(5)
    assert (await world.outcome("a")).state is IntentState.FINAL
    assert len(world.chain.seen) == 1


@awaited
async def test_what_no_pool_has_any_more_is_sent_again_with_the_same_bytes() -> None:
    world = await sent("a")
    world.chain.drop()
    await world.mine(3)
    assert world.executed() == ["a"]
    assert len(world.chain.seen) == 1


@awaited
async def test_no_more_than_the_window_is_in_flight() -> None:
    world = await started()
    for number in range(20):
        await world.enqueue(f"{number:02}")
    await world.manager.step()
    assert len(world.chain.pool) == LIMITS.in_flight
    await world.mine(3)
    assert world.executed() == [f"{number:02}" for number in range(20)]


@awaited
async def test_a_fee_that_is_outgrown_is_raised_up_to_the_limit() -> None:
    world = await sent("a")
    world.chain.base_fee = 200 * 10**9  # twice what is ever offered
    await world.mine(20)
    assert world.manager.counters.replaced >= 1
    assert world.manager.counters.gas_bump_exceeds_limit > 0
    assert max(one.ceiling for one in world.chain.seen.values()) == LIMITS.max_fee
    assert world.manager.statuses[world.signer.address].stuck_blocks > 3
    world.chain.base_fee = 10**9
    await world.mine(6)
    assert (await world.outcome("a")).state is IntentState.FINAL
    assert world.executed() == ["a"]


@awaited
async def test_an_earlier_attempt_may_be_the_one_that_is_mined() -> None:
    world = await sent("a")
    first = next(iter(world.chain.seen))
    await world.database.write(lambda c: admin.replace(c, "a"))
    world.chain.holding = True  # the replacement reaches nobody in time
    await world.manager.step()
    assert len(world.chain.seen) == 2
    await world.mine(5)
    assert (await world.outcome("a")).tx == first


@awaited
async def test_without_money_it_waits_and_says_so() -> None:
    world = World()
    world.chain.balances[world.signer.address] = 0
    await world.manager.start()
    await world.enqueue("a")
    await world.mine(3)
    waiting = await world.outcome("a")
    assert waiting.state is IntentState.SIGNED
    assert (waiting.reason or "").startswith("insufficient_funds")
    assert world.manager.statuses[world.signer.address].unfunded
    world.chain.balances.clear()
    await world.mine(6)
    done = await world.outcome("a")
    assert (done.state, done.reason) == (IntentState.FINAL, None)
    assert len(world.chain.seen) == 1


@awaited
async def test_a_reverted_one_has_failed_once_it_is_final() -> None:
    world = await started()
    await world.send("a", data=REVERTS)
    await world.mine()
    mined = await world.outcome("a")
    assert (mined.state, mined.succeeded) == (IntentState.MINED, False)
    await world.mine(3)
    failed = await world.outcome("a")
    assert failed.state is IntentState.FAILED
    assert failed.reason == "reverted: simulated refusal"
    assert world.manager.counters.failed == 1


@awaited
async def test_what_no_node_will_ever_take_gives_its_nonce_to_nothing() -> None:
    world = await started()
    await world.enqueue("a", gas=21_000)  # less than its calldata costs
    await world.enqueue("b")
    await world.mine(10)
    cancelled = await world.outcome("a")
    assert cancelled.state is IntentState.CANCELLED
    assert (cancelled.reason or "").startswith("fatal: intrinsic gas too low")
    assert world.executed() == ["", "b"]
