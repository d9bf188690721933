# SPDX-License-Identifier: MIT
"""What is watched, and since when; what is read again."""

from __future__ import annotations

import pytest

from linkpool.errors import UsageError
from linkpool.follower import progress
from linkpool.store.database import Database
from linkpool.store.tables import logs
from tests.linkpool.awaited import awaited
from tests.linkpool.follower.chains import CONTRACTS, OTHER, WANTED, Emitted, FakeChain
from tests.linkpool.follower.following import (
    LOG,
    WHOLE,
    everything,
    followed,
    follower,
    kinds,
    known,
    watched,
)


@awaited
async def test_watching_again_changes_nothing_and_earlier_reads_what_is_missing(
    database: Database,
) -> None:
    chain = FakeChain()
    chain.grow(20, LOG)
    one = follower(chain, database)
    for since in (10, 15, 10, 3):
        await one.watch(CONTRACTS[0], since=since)
        await everything(one)
    assert known(database) == chain.keys({CONTRACTS[0]: 3})
    assert len(kinds(database)) == 18


@awaited
async def test_watching_from_a_block_to_come(database: Database) -> None:
    chain = FakeChain()
    one = follower(chain, database)
    await one.watch(CONTRACTS[0], since=3)
    for _ in range(5):
        chain.mine(LOG)
        await one.step()
    assert kinds(database) == [("added", 3), ("added", 4), ("added", 5)]


@awaited
async def test_a_contract_watched_while_a_block_is_read_lacks_nothing(database: Database) -> None:
    chain, one = await followed(database)
    chain.mine(LOG, Emitted(1))
    chain.before = [
        lambda: None,
        lambda: database.write_now(lambda c: progress.watch(c, CONTRACTS[1], 0)),
    ]
    await everything(one)
    assert known(database) == chain.keys(dict.fromkeys(CONTRACTS[:2], 0))


@awaited
async def test_a_replay_asked_for_while_history_is_read_is_not_lost(database: Database) -> None:
    chain, one = await followed(database, 40)
    database.write_now(lambda c: c.execute(logs.delete().where(logs.c.block == 2)))
    await one.replay(20)
    chain.before = [
        lambda: None,
        lambda: database.write_now(lambda c: progress.replay(c, 0)),
    ]
    await everything(one)
    assert known(database) == chain.keys(WHOLE)


@awaited
async def test_what_is_forgotten_is_not_read_any_more(database: Database) -> None:
    chain, one = await watched(database)
    chain.mine(LOG)
    await everything(one)
    await one.forget(CONTRACTS[0])
    chain.mine(LOG)
    await one.step()
    assert kinds(database) == [("added", 1)]


@awaited
async def test_a_release_with_more_topics_reads_the_history_again(database: Database) -> None:
    chain = FakeChain()
    chain.grow(20, LOG, Emitted(0, wanted=False))
    await follower(chain, database).watch(CONTRACTS[0], since=0)
    await everything(follower(chain, database))
    assert len(known(database)) == 20
    await everything(follower(chain, database, topics=[OTHER, WANTED]))
    assert len(known(database)) == 40
    chain.requests.clear()
    await everything(follower(chain, database, topics=[WANTED]))
    assert len(chain.requests) == 1


@pytest.mark.parametrize("move", ["watch", "replay"])
@awaited
async def test_blocks_are_counted_from_zero(database: Database, move: str) -> None:
    one = follower(FakeChain(), database)
    moves = {"watch": lambda: one.watch(CONTRACTS[0], since=-1), "replay": lambda: one.replay(-1)}
    with pytest.raises(UsageError, match="there is no block -1"):
        await moves[move]()
