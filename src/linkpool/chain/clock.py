# SPDX-License-Identifier: MIT
"""The time of a chain, for what is signed with times in it."""

from __future__ import annotations

import time
from typing import Final

from linkpool.chain.connection import Connection
from linkpool.chain.networks import LOCAL_CHAIN_ID
from linkpool.errors import CheckFailed

_APART: Final = 3_600  # seconds


async def chain_time(connection: Connection, *, block: int | None = None) -> int:
    """Unix seconds of a block. A local chain has a time of its own; elsewhere an endpoint that says
    another one would choose how long money is locked.

    Raises:
        CheckFailed: It is more than an hour away from this machine's clock.
    """
    found = await connection.timestamp(block)
    apart = found - round(time.time())
    if connection.chain_id != LOCAL_CHAIN_ID and abs(apart) > _APART:
        raise CheckFailed(
            f"the RPC's newest block is {abs(apart):,} s {'ahead of' if apart > 0 else 'behind'} "
            "this machine's clock: set the clock, or use another RPC"
        )
    return found
