# SPDX-License-Identifier: MIT
"""Nonces that the chain takes back, gives to somebody else, or waits for in vain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, delete, update

from linkpool.chain.rpc import Ask
from linkpool.chain.testing import SimulatedChain, SimulatedSigner
from linkpool.errors import UsageError
from linkpool.store.tables import attempts, intents
from linkpool.transactions import IntentState, admin
from tests.linkpool.awaited import awaited
from tests.linkpool.transactions.worlds import LIMITS, World, sent, started


@pytest.mark.parametrize("lose", [True, False])
@awaited
async def test_a_reorganised_one_is_sent_again(lose: bool) -> None:
    world = await sent("a")
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


class _Exaggerating(SimulatedChain):
    """Tells too many transactions of every account, as long as it `exaggerates`."""

    exaggerates = False

    async def batch(
        self, calls: Sequence[Ask], *, block: int | None = None
    ) -> list[Any | Exception]:
        return [
            hex(10**6) if self.exaggerates and method == "eth_getTransactionCount" else answer
            for (method, _), answer in zip(
                calls, await super().batch(calls, block=block), strict=True
            )
        ]


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


@awaited
async def test_a_nonce_used_elsewhere_is_replaced_only_when_that_is_final() -> None:
    world = await sent("a")
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


@awaited
async def test_a_key_that_was_used_elsewhere_for_long_is_followed_at_once() -> None:
    world = await started()
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


@awaited
async def test_a_long_jump_that_no_final_block_shows_leaves_no_hole() -> None:
    world = await started()
    for nonce in range(5 * LIMITS.in_flight):
        await _foreign(world, nonce)
    world.chain.mine()
    await world.send("a")
    world.chain.reorganise(1, lose=True)
    await world.mine(LIMITS.replace_after + LIMITS.finality + 5)
    assert "a" in world.executed()


@awaited
async def test_a_nonce_used_elsewhere_that_comes_back_is_used_after_all() -> None:
    world = await sent("a")
    await _foreign(world, 0)
    await world.mine(2)
    world.chain.reorganise(2, lose=True)
    await world.mine(6)
    done = await world.outcome("a")
    assert (done.state, done.nonce) == (IntentState.FINAL, 0)
    assert world.executed() == ["a"]


@pytest.mark.parametrize("signed", [False, True])
@awaited
async def test_what_an_older_database_does_not_know_is_not_done_again(signed: bool) -> None:
    """The attempt that is mined was stored after the copy that is now in use."""
    world = await sent("a")
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


@awaited
async def test_a_nonce_that_nobody_uses_is_filled() -> None:
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


@awaited
async def test_what_fills_a_nonce_goes_on_where_every_rpc_refuses_it() -> None:
    """Cancelling it would sign the same bytes again, which the database refuses."""
    world = World(signer=SimulatedSigner.named("node", repeats=True))
    await _foreign(world, 0)
    await world.manager.start()
    world.chain.drop()
    world.chain.base_fee = LIMITS.max_fee  # no room for a higher offer
    await world.enqueue("a")
    world.chain.refuse = lambda one: "execution reverted" if one.nonce == 0 else None
    await world.mine(12)
    assert world.manager.counters.gaps_filled == 1
    assert world.executed() == []
    world.chain.refuse = lambda _: None
    world.chain.base_fee = 10**9
    await world.mine(8)
    assert world.executed() == ["", "a"]
    assert (await world.outcome("a")).state is IntentState.FINAL


@awaited
async def test_what_fills_a_nonce_cannot_be_cancelled() -> None:
    world = World()
    await _foreign(world, 0)
    await world.manager.start()
    world.chain.drop()
    await world.enqueue("a")
    await world.mine(LIMITS.replace_after + 1)
    key = f"fill:{world.signer.address}:0"
    with pytest.raises(UsageError, match="is an empty transfer already"):
        await world.database.write(lambda c: admin.cancel(c, key, ""))


@awaited
async def test_a_restarted_node_believes_no_long_jump_without_proof() -> None:
    """One wrong answer must not leave a hole that no balance could fill."""
    chain = _Exaggerating()
    world = await sent("a", chain=chain)
    await world.mine(LIMITS.finality + 1)
    chain.exaggerates = True
    await world.restarted().start()
    chain.exaggerates = False
    await world.send("b")
    await world.mine(LIMITS.finality + 1)
    done = await world.outcome("b")
    assert (done.nonce, done.state) == (1, IntentState.FINAL)
