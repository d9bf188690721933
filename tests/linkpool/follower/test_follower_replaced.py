# SPDX-License-Identifier: MIT
"""Blocks that are replaced, to any depth."""

from __future__ import annotations

import pytest

from linkpool.store.database import Database
from tests.linkpool.awaited import awaited
from tests.linkpool.follower.following import (
    LIMITS,
    LOG,
    WHOLE,
    everything,
    followed,
    kinds,
    known,
)


@pytest.mark.parametrize("depth", range(1, 9))
@awaited
async def test_replaced_blocks_take_their_logs_along(database: Database, depth: int) -> None:
    chain, one = await followed(database, 12)
    chain.fork(depth, *[(LOG, LOG)] * (depth + 1))
    await everything(one)
    first = 13 - depth
    assert known(database) == chain.keys(WHOLE)
    gone = [("removed", number) for number in range(12, first - 1, -1)]
    came = [("added", number) for number in range(first, 14) for _ in range(2)]
    assert kinds(database) == [("added", number) for number in range(1, 13)] + gone + came
    # Deeper than the window is counted apart.
    assert one.counters.blocks_replaced == (depth if depth < LIMITS.window else 0)


@awaited
async def test_deeper_than_the_window_is_found_among_older_logs(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    chain, one = await followed(database, 100)
    chain.fork(50, *[(LOG,)] * 60)
    await everything(one)
    assert known(database) == chain.keys(WHOLE)
    assert [kind for kind, _ in kinds(database)].count("removed") == 50
    assert "follower.replaced_too_deep" in capsys.readouterr().out
    assert one.counters.replaced_too_deep == 1


@awaited
async def test_a_chain_that_went_on_for_long_keeps_what_was_read(database: Database) -> None:
    chain, one = await followed(database, 20)
    chain.grow(500, LOG)
    await everything(one)
    assert known(database) == chain.keys(WHOLE)
    assert kinds(database) == [("added", number) for number in range(1, 521)]
