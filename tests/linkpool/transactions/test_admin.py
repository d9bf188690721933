# SPDX-License-Identifier: MIT
"""What an operator sees and asks for, on both databases."""

from __future__ import annotations

import pytest

from linkpool.errors import UsageError
from linkpool.store.database import Database
from linkpool.transactions import IntentState, admin
from tests.linkpool.awaited import awaited
from tests.linkpool.transactions.worlds import TARGET, sent, started


@awaited
async def test_lists_are_newest_first_and_can_be_narrowed(database: Database) -> None:
    world = await started(database=database)
    for key in "abc":
        await world.enqueue(key)
    await world.manager.step()
    await world.mine()
    await world.enqueue("d")
    rows = await database.read(lambda c: admin.page(c, offset=1, limit=2))
    assert [row.key for row in rows] == ["c", "b"]
    queued = await database.read(lambda c: admin.page(c, state="queued"))
    assert [(row.key, row.tx, row.attempts) for row in queued] == [("d", None, 0)]
    assert await database.read(lambda c: admin.count(c)) == 4
    assert await database.read(lambda c: admin.count(c, state="mined")) == 3
    assert await database.read(lambda c: admin.count(c, account=TARGET)) == 0
    with pytest.raises(UsageError, match="is no state"):
        await database.read(lambda c: admin.count(c, state="lost"))


@awaited
async def test_one_is_shown_with_all_that_was_signed_for_it(database: Database) -> None:
    world = await sent("a", database=database)
    await database.write(lambda c: admin.replace(c, "a"))
    await world.manager.step()
    await world.mine(4)
    shown = await database.read(lambda c: admin.show(c, "a"))
    assert (shown.transaction.state, shown.data) == (IntentState.FINAL, b"a")
    first, second = shown.attempts
    assert (first.succeeded, second.succeeded) == (None, True)
    assert second.ceiling > first.ceiling
    assert second.hash == shown.transaction.tx
    assert second.gas_used == 21_016


@awaited
async def test_a_cancelled_one_is_filled_with_nothing(database: Database) -> None:
    world = await started(database=database)
    for key in ("sent", "queued"):
        await world.enqueue(key)
        row = await database.write(lambda c, key=key: admin.cancel(c, key, "not wanted"))
        assert row.cancelling
        if key == "sent":
            await world.manager.step()
    await world.mine(5)
    for key in ("sent", "queued"):
        done = await world.outcome(key)
        assert (done.state, done.reason) == (IntentState.CANCELLED, "not wanted")
        assert done.succeeded is False
    assert world.executed() == ["", ""]


@awaited
async def test_a_cancellation_that_comes_too_late_changes_nothing(database: Database) -> None:
    world = await sent("a", database=database)
    await database.write(lambda c: admin.cancel(c, "a", "too late"))
    await world.mine(4)
    done = await world.outcome("a")
    assert (done.state, done.reason, done.succeeded) == (IntentState.FINAL, None, True)


@awaited
async def test_bytes_can_be_sent_again(database: Database) -> None:
    world = await sent("a", database=database)
    before = world.manager.counters.broadcasts
    await world.manager.step()
    assert world.manager.counters.broadcasts == before
    await database.write(lambda c: admin.resend(c, "a"))
    await world.manager.step()
    assert world.manager.counters.broadcasts == before + 1
    assert len(world.chain.seen) == 1


@awaited
async def test_what_makes_no_sense_is_refused(database: Database) -> None:
    world = await started(database=database)
    await world.enqueue("a")
    for what in (admin.resend, admin.replace):
        with pytest.raises(UsageError, match="not signed yet"):
            await database.write(lambda c, what=what: what(c, "a"))
    await world.manager.step()
    await world.mine()
    for again in (admin.resend, admin.replace, lambda c, k: admin.cancel(c, k, "")):
        with pytest.raises(UsageError, match="a is mined"):
            await database.write(lambda c, again=again: again(c, "a"))
        with pytest.raises(UsageError, match="no transaction 'b'"):
            await database.write(lambda c, again=again: again(c, "b"))


@awaited
async def test_one_is_named_by_its_key_a_hash_or_its_number(database: Database) -> None:
    world = await started(database=database)
    for key in ("a", "b", "1"):
        await world.enqueue(key)
    await world.manager.step()
    await database.write(lambda c: admin.replace(c, "b"))
    await world.manager.step()
    rows = await database.read(lambda c: admin.page(c))
    assert [(row.id, row.key) for row in rows] == [(3, "1"), (2, "b"), (1, "a")]
    shown = await database.read(lambda c: admin.show(c, "b"))
    hashes = [attempt.hash for attempt in shown.attempts]
    assert len(hashes) == 2
    for name, key in [("b", "b"), ("2", "b"), ("002", "b"), ("1", "1"), ("3", "1")]:
        assert await database.read(lambda c, name=name: admin.find(c, name)) == key
    for name in [*hashes, "0x" + hashes[0][2:].upper()]:
        assert await database.read(lambda c, name=name: admin.find(c, name)) == "b"


@pytest.mark.parametrize("name", ["", "c", "4", "0", "-1", "2.0", "٢", "9" * 18, "9" * 400, "0x"])
@awaited
async def test_who_names_none_is_told_so(database: Database, name: str) -> None:
    world = await started(database=database)
    await world.enqueue("a")
    with pytest.raises(UsageError, match="no transaction"):
        await database.read(lambda c: admin.find(c, name))
