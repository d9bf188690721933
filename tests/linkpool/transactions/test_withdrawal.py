# SPDX-License-Identifier: MIT
"""What has lost its cause is not sent again; what gets it back is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from linkpool.store.database import Database
from linkpool.transactions import IntentState, admin
from linkpool.transactions.rows import signed
from linkpool.transactions.settle import renumber
from linkpool.transactions.withdrawal import WITHDRAWN, restore, withdraw
from tests.linkpool.awaited import awaited
from tests.linkpool.transactions.worlds import LIMITS, sent, started


@awaited
async def test_a_reorganised_call_whose_cause_is_gone_is_cancelled_and_not_sent_again() -> None:
    world, asked = await started(), []

    async def unwanted(keys: Sequence[str]) -> set[str]:
        asked.append(list(keys))
        return set(keys)

    world.manager.unwanted.append(unwanted)
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
async def test_a_call_that_is_mined_in_spite_of_it_stays_withdrawn() -> None:
    world = await sent("a")
    await world.database.write(lambda c: withdraw(c, ["a"]))
    await world.mine(1)
    mined = await world.outcome("a")
    assert (mined.state, mined.succeeded) == (IntentState.MINED, True)
    world.chain.reorganise(1, lose=True)
    await world.mine(5)
    done = await world.outcome("a")
    assert (done.state, done.reason) == (IntentState.CANCELLED, WITHDRAWN)
    assert world.executed() == [""]


@awaited
async def test_a_call_that_is_mined_in_spite_of_it_can_be_restored(database: Database) -> None:
    world = await sent("a", database=database)
    await world.database.write(lambda c: withdraw(c, ["a"]))
    await world.mine(1)
    assert (await world.outcome("a")).state is IntentState.MINED
    assert await world.database.write(lambda c: restore(c, ["a"])) == set()
    world.chain.reorganise(1, lose=True)
    await world.mine(6)
    done = await world.outcome("a")
    assert (done.state, done.reason) == (IntentState.FINAL, None)
    assert world.executed() == ["a"]


@awaited
async def test_an_empty_transfer_that_is_mined_after_all_says_why_it_was_sent(
    database: Database,
) -> None:
    """The restored call's bytes reach nobody before it."""
    world = await sent("a", database=database)
    await world.database.write(lambda c: withdraw(c, ["a"]))
    await world.manager.step()
    assert await world.database.write(lambda c: restore(c, ["a"])) == set()
    world.chain.holding = True
    await world.manager.step()
    await world.mine(1)
    mined = await world.outcome("a")
    assert (mined.state, mined.succeeded, mined.reason) == (IntentState.MINED, False, WITHDRAWN)
    assert await world.database.write(lambda c: restore(c, ["a"])) == {"a"}
    assert world.executed() == [""]


@awaited
async def test_a_signer_that_is_away_does_not_make_it_forget_the_reason() -> None:
    world = await sent("a")
    world.signer.failing = True
    await world.database.write(lambda c: withdraw(c, ["a"]))
    await world.manager.step()
    assert world.manager.counters.signing_failed == 1
    assert (await world.outcome("a")).reason == WITHDRAWN


@pytest.mark.parametrize("late", [False, True])
@awaited
async def test_what_is_wanted_again_gets_another_nonce(late: bool) -> None:
    """`late`: since it was seen that somebody else has the nonce."""
    world = await sent("a")
    names = [world.signer.address]
    await world.database.write(lambda c: withdraw(c, ["a"]))
    if not late:
        await world.database.write(lambda c: restore(c, ["a"]))
    [one] = (await world.database.read(lambda c: signed(c, names)))[names[0]]
    await world.database.write(lambda c: restore(c, ["a"]))
    await world.database.write(lambda c: renumber(c, names[0], one, reason="used", now=0))
    moved = await world.outcome("a")
    assert (moved.state, moved.nonce, moved.reason) == (IntentState.QUEUED, 1, "used")


@awaited
async def test_what_is_being_cancelled_already_wakes_nobody_again_and_again() -> None:
    """Its empty transfer costs more than allowed, and the operator wants its bytes sent again."""

    async def unwanted(keys: Sequence[str]) -> set[str]:
        asked.append(list(keys))
        return set(keys)

    asked: list[list[str]] = []
    world = await sent("a", limits=LIMITS.model_copy(update={"max_fee": 10**9}))
    world.manager.unwanted.append(unwanted)
    await world.database.write(lambda c: admin.cancel(c, "a", "by hand"))
    await world.database.write(lambda c: admin.resend(c, "a"))
    before = world.manager.counters.broadcasts
    assert await world.manager._try_step() is None
    assert (asked, world.manager._news) == ([["a"]], False)
    assert world.manager.counters.broadcasts == before
    assert await world.database.write(lambda c: withdraw(c, ["a"])) == 0


@awaited
async def test_what_is_settled_is_not_withdrawn() -> None:
    world = await sent("a")
    await world.mine(5)
    await world.database.write(lambda c: withdraw(c, ["a"]))
    done = await world.outcome("a")
    assert (done.state, done.reason) == (IntentState.FINAL, None)
