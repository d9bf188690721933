# SPDX-License-Identifier: MIT
"""A follower on a chain that a test turns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from linkpool.errors import ChainUnavailable
from linkpool.follower import Follower, FollowerLimits, Head, events
from linkpool.store.database import Database
from linkpool.store.tables import logs
from tests.linkpool.follower.chains import CONTRACTS, WANTED, Emitted, FakeChain, Key

LIMITS = FollowerLimits(window=8, range_blocks=4, range_most_blocks=64, range_most_logs=100)
LOG = Emitted(0)
WHOLE = {CONTRACTS[0]: 0}
"""Watched from the first block on: what `watched` and `followed` arrange."""


def follower(chain: Any, database: Database, **changes: Any) -> Follower:
    settings: dict[str, Any] = {"topics": [WANTED], "limits": LIMITS} | changes
    return Follower(chain, database, **settings)


async def watched(
    database: Database, blocks: int = 0, *, chain: FakeChain | None = None, **changes: Any
) -> tuple[FakeChain, Follower]:
    """A chain of so many blocks, a log in each, of which nothing is read yet."""
    chain = chain or FakeChain()
    chain.grow(blocks, LOG)
    one = follower(chain, database, **changes)
    await one.watch(CONTRACTS[0], since=0)
    return chain, one


async def followed(
    database: Database, blocks: int = 0, *, chain: FakeChain | None = None
) -> tuple[FakeChain, Follower]:
    """As `watched`, and all of it is read."""
    chain, one = await watched(database, blocks, chain=chain)
    await everything(one)
    return chain, one


async def everything(follower: Follower) -> Head:
    """Steps until nothing is left to be read."""
    for _ in range(200):
        head = await follower.step()
        if not head.behind:
            return head
    raise AssertionError("it never gets there")


async def refusal(follower: Follower) -> str:
    """Why a step did not believe what it was told."""
    try:
        await follower.step()
    except ChainUnavailable as error:
        return str(error)
    return follower.trouble


def known(database: Database) -> set[Key]:
    query = select(logs.c.block_hash, logs.c.log_index)
    return {(row[0], row[1]) for row in database.read_now(lambda c: c.execute(query).all())}


def kinds(database: Database) -> list[tuple[str, int]]:
    """What became of which block's logs, in the order in which consumers are told."""
    found = database.read_now(lambda c: events.pending(c, "anybody", 10_000))
    return [(event.kind, event.log.block) for event in found]
