# SPDX-License-Identifier: MIT
"""Where a new block joins what is known: among the last blocks by their parents, else by bisection
among everything that was ever written down with a block's hash.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from linkpool.follower import progress
from linkpool.follower.blocks import AT_ONCE, Block, Chain, header, headers, require_linked
from linkpool.follower.progress import Progress
from linkpool.store.database import Database

DOWNWARD: Final = 8  # blocks asked for at once while a replaced one is looked for


async def branch_to(chain: Chain, now: Progress, newest: Block) -> list[Block] | None:
    """New blocks up to `newest`, ascending, on top of one that is known; None where the window
    has no such block.
    """
    assert now.tip is not None
    found = [newest]
    while True:
        lowest = found[-1]
        below = now.block(lowest.number - 1)
        if below is not None and below.hash == lowest.parent:
            return found[::-1]
        if lowest.number <= now.ring[0].number:
            return None
        if lowest.number - 1 > now.tip.number:
            first = max(now.tip.number + 1, lowest.number - AT_ONCE)
        else:
            first = max(now.ring[0].number, lowest.number - DOWNWARD)
        more = await headers(chain, first, lowest.number - 1)
        require_linked(more[-1], lowest)
        for block in reversed(more):
            if block == now.block(block.number):
                return found[::-1]
            found.append(block)


async def safe_block(chain: Chain, database: Database, now: Progress, newest: Block) -> int:
    """The highest block known here that is still part of the chain; -1 where none is."""
    tip = now.tip.number if now.tip is not None else -1
    low, high, safe = 0, min(tip, newest.number), -1
    middle = high  # usually nothing was replaced
    while low <= high:
        look = partial(progress.last_known, first=low, last=middle)
        known = await database.read(look)
        if known is None:
            low = middle + 1
        elif (await header(chain, known[0])).hash == known[1]:
            safe, low = known[0], middle + 1
        else:
            high = known[0] - 1
        middle = (low + high) // 2
    return safe
