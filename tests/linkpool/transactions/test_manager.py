# SPDX-License-Identifier: MIT
"""The life of an intent, one chapter a test."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, delete, update

from linkpool.chain.testing import REVERTS, SimulatedSigner
from linkpool.errors import ChainUnavailable, UsageError
from linkpool.store.tables import attempts, intents
from linkpool.transactions import IntentState, admin
from tests.linkpool.transactions.worlds import LIMITS, World


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


def test_a_caller_that_fails_takes_no_nonce() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()

        def work(connection: Connection) -> None:
            world.manager.enqueue(connection, world.intent("never"))
            raise UsageError("changed my mind")

        with pytest.raises(UsageError, match="changed my mind"):
            await world.database.write(work)
        await world.enqueue("a")
        assert (await world.outcome("a")).nonce == 0

    asyncio.run(story())


def test_who_has_no_key_or_was_never_opened_sends_nothing() -> None:
    async def story() -> None:
        world = World()
        with pytest.raises(UsageError, match="never been opened"):
            await world.enqueue("a")
        await world.manager.start()
        with pytest.raises(UsageError, match="no key for"):
            await world.enqueue("a", account=SimulatedSigner.named("stranger").address)
        with pytest.raises(UsageError, match="are made here"):
            await world.enqueue("fill:a")

    asyncio.run(story())


def test_after_a_restart_the_same_bytes_go_out() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
        world.chain.drop()
        await world.restarted().step()
        await world.mine(5)
        assert (await world.outcome("a")).state is IntentState.FINAL
        assert len(world.chain.seen) == 1

    asyncio.run(story())


def test_what_no_pool_has_any_more_is_sent_again_with_the_same_bytes() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
        world.chain.drop()
        await world.mine(3)
        assert world.executed() == ["a"]
        assert len(world.chain.seen) == 1

    asyncio.run(story())


def test_no_more_than_the_window_is_in_flight() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        for number in range(20):
            await world.enqueue(f"{number:02}")
        await world.manager.step()
        assert len(world.chain.pool) == LIMITS.in_flight
        await world.mine(3)
        assert world.executed() == [f"{number:02}" for number in range(20)]

    asyncio.run(story())


def test_a_fee_that_is_outgrown_is_raised_up_to_the_limit() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
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

    asyncio.run(story())


def test_an_earlier_attempt_may_be_the_one_that_is_mined() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
        first = next(iter(world.chain.seen))
        await world.database.write(lambda c: admin.replace(c, "a"))
        world.chain.holding = True  # the replacement reaches nobody in time
        await world.manager.step()
        assert len(world.chain.seen) == 2
        await world.mine(5)
        assert (await world.outcome("a")).tx == first

    asyncio.run(story())


def test_without_money_it_waits_and_says_so() -> None:
    async def story() -> None:
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

    asyncio.run(story())


def test_a_reverted_one_has_failed_once_it_is_final() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a", data=REVERTS)
        await world.manager.step()
        await world.mine()
        mined = await world.outcome("a")
        assert (mined.state, mined.succeeded) == (IntentState.MINED, False)
        await world.mine(3)
        failed = await world.outcome("a")
        assert failed.state is IntentState.FAILED
        assert failed.reason == "reverted: simulated refusal"
        assert world.manager.counters.failed == 1

    asyncio.run(story())


def test_what_no_node_will_ever_take_gives_its_nonce_to_nothing() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a", gas=21_000)  # less than its calldata costs
        await world.enqueue("b")
        await world.mine(10)
        cancelled = await world.outcome("a")
        assert cancelled.state is IntentState.CANCELLED
        assert (cancelled.reason or "").startswith("fatal: intrinsic gas too low")
        assert world.executed() == ["", "b"]

    asyncio.run(story())


@pytest.mark.parametrize("lose", [True, False])
def test_a_reorganised_one_is_sent_again(lose: bool) -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
        await world.mine(2)
        before = await world.outcome("a")
        world.chain.reorganise(2, lose=lose)
        await world.manager.step()
        between = await world.outcome("a")
        assert (between.state, between.block) == (IntentState.SENT, None)
        await world.mine(4)
        after = await world.outcome("a")
        assert after.state is IntentState.FINAL
        assert after.tx == before.tx
        assert after.block_hash != before.block_hash
        assert len(world.chain.seen) == 1

    asyncio.run(story())


async def _foreign(world: World, nonce: int) -> None:
    """Somebody else sends with the node's key, and pays more."""
    fields = {
        "chainId": world.chain.chain_id,
        "nonce": nonce,
        "maxPriorityFeePerGas": 50 * 10**9,
        "maxFeePerGas": 50 * 10**9,
        "gas": 50_000,
        "to": world.signer.address,
        "value": 0,
        "data": b"foreign",
    }
    assert world.chain.submit(await SimulatedSigner(world.signer.address).sign(fields)) is None


def test_a_nonce_used_elsewhere_is_replaced_only_when_that_is_final() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
        await _foreign(world, 0)
        await world.mine(3)
        assert (await world.outcome("a")).nonce == 0
        await world.mine(1)
        shown = await world.database.read(lambda c: admin.show(c, "a"))
        assert shown.transaction.nonce == 1
        assert [one.nonce for one in shown.attempts] == [0, 1]
        await world.mine(5)
        assert (await world.outcome("a")).state is IntentState.FINAL
        assert world.executed() == ["foreign", "a"]

    asyncio.run(story())


def test_a_key_that_was_used_elsewhere_for_long_is_followed_at_once() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        many = 5 * LIMITS.in_flight
        for nonce in range(many):
            await _foreign(world, nonce)
            world.chain.mine()
        for _ in range(LIMITS.finality):
            world.chain.mine()
        await world.enqueue("a")
        assert (await world.outcome("a")).nonce == 0
        await world.mine(2)
        done = await world.outcome("a")
        assert (done.nonce, done.state) == (many, IntentState.MINED)

    asyncio.run(story())


def test_a_long_jump_that_no_final_block_shows_leaves_no_hole() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        for nonce in range(5 * LIMITS.in_flight):
            await _foreign(world, nonce)
        world.chain.mine()
        await world.enqueue("a")
        await world.manager.step()
        world.chain.reorganise(1, lose=True)
        await world.mine(LIMITS.replace_after + LIMITS.finality + 5)
        assert "a" in world.executed()

    asyncio.run(story())


def test_a_nonce_used_elsewhere_that_comes_back_is_used_after_all() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
        await _foreign(world, 0)
        await world.mine(2)
        world.chain.reorganise(2, lose=True)
        await world.mine(6)
        done = await world.outcome("a")
        assert (done.state, done.nonce) == (IntentState.FINAL, 0)
        assert world.executed() == ["a"]

    asyncio.run(story())


@pytest.mark.parametrize("signed", [False, True])
def test_what_an_older_database_does_not_know_is_not_done_again(signed: bool) -> None:
    """The attempt that is mined was stored after the copy that is now in use."""

    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
        await world.mine()

        def put_back(connection: Connection) -> None:
            state = "signed" if signed else "queued"
            connection.execute(
                update(intents).values(
                    state=state, attempt=None, block=None, block_hash=None, sent=None
                )
            )
            if signed:
                connection.execute(update(attempts).values(hash="0x" + "00" * 32))
            else:
                connection.execute(delete(attempts))

        await world.database.write(put_back)
        world.restarted()
        await world.mine(10)
        done = await world.outcome("a")
        assert (done.state, done.nonce) == (IntentState.FINAL, 0)
        assert world.executed() == ["a"]

    asyncio.run(story())


def test_a_nonce_that_nobody_uses_is_filled() -> None:
    async def story() -> None:
        world = World()
        await _foreign(world, 0)
        await world.manager.start()  # behind what waits in the pool
        await world.enqueue("a")
        assert (await world.outcome("a")).nonce == 1
        world.chain.drop()
        await world.mine(8)
        assert (await world.outcome("a")).state is not IntentState.SENT
        assert world.manager.counters.gaps_filled == 1
        assert world.executed() == ["", "a"]

    asyncio.run(story())


def test_the_loss_of_every_rpc_ends_a_step_and_loses_nothing() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        world.chain.endpoints[0].up = False
        with pytest.raises(ChainUnavailable):
            await world.manager.step()
        assert await world.enqueue("b")
        world.chain.endpoints[0].up = True
        await world.mine(6)
        assert world.executed() == ["a", "b"]

    asyncio.run(story())


def test_an_answer_that_is_lost_sends_nothing_twice() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        await world.enqueue("a")
        await world.manager.step()
        world.chain.endpoints[0].mute = True
        with pytest.raises(ChainUnavailable):
            await world.manager.step()
        world.chain.endpoints[0].mute = False
        await world.mine(5)
        assert world.executed() == ["a"]
        assert len(world.chain.seen) == 1

    asyncio.run(story())


def test_a_signer_that_is_away_is_asked_again() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
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

    asyncio.run(story())


def test_running_it_wakes_at_heads_and_at_enqueued_intents() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
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
            await asyncio.wait_for(told.wait(), 10)  # no head came: it was woken
        told.clear()
        world.chain.mine()
        await asyncio.wait_for(told.wait(), 10)
        stop.set()
        await asyncio.wait_for(task, 10)
        assert seen == ["a", "b", "a", "b"]
        assert (await world.outcome("b")).state is IntentState.MINED

    asyncio.run(story())


def test_running_it_gets_over_the_loss_of_the_chain() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
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
        await asyncio.wait_for(task, 10)
        assert world.manager.counters.chain_unavailable >= 1

    asyncio.run(story())


def test_it_starts_without_a_chain_where_its_accounts_are_known() -> None:
    async def story() -> None:
        world = World()
        world.chain.endpoints[0].up = False
        with pytest.raises(ChainUnavailable):
            await world.manager.start()
        world.chain.endpoints[0].up = True
        await world.manager.start()
        world.chain.endpoints[0].up = False
        await world.restarted().start()
        assert await world.enqueue("a")

    asyncio.run(story())


def test_an_account_can_be_added_while_it_runs() -> None:
    async def story() -> None:
        world = World()
        await world.manager.start()
        other = SimulatedSigner.named("other")
        await world.manager.add(other)
        await world.enqueue("a", account=other.address)
        await world.manager.step()
        assert [one.sender for one in world.chain.pool.values()] == [other.address]
        assert other.address in world.manager.accounts

    asyncio.run(story())
