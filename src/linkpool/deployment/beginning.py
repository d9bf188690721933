# SPDX-License-Identifier: MIT
"""Where a search of the logs begins: nobody shall hide an announcement by saying that it may begin
later.
"""

from __future__ import annotations

from typing import Final

from eth_typing import ChecksumAddress

from linkpool.chain import wire
from linkpool.chain.connection import Connection
from linkpool.deployment.manifest import Manifest
from linkpool.errors import ChainUnavailable

SHORT: Final = 50_000
"""A chain of so few blocks is read from its beginning."""


async def first_block(connection: Connection, manifest: Manifest, head: int) -> int:
    """The block that made the Timelock, as the chain says; 0 where it does not. It is the first of
    the pool's contracts.
    """
    if head < SHORT:
        return 0
    made = manifest.contracts.get("Timelock")
    if made is None:
        return 0
    if made.tx is not None:
        receipt = (await connection.receipts([made.tx]))[0]
        if receipt is not None and receipt.succeeded and receipt.created == made.address:
            return receipt.block
    return await born(connection, made.address, head) or 0


async def born(connection: Connection, place: ChecksumAddress, head: int) -> int | None:
    """The block that made the contract; None where the endpoint does not keep state so old."""
    low, high = 0, head
    while low < high:
        middle = (low + high) // 2
        try:
            raw = await connection.rpc("eth_getCode", place, hex(middle))
        except ChainUnavailable:
            return None
        if wire.octets(raw):
            high = middle
        else:
            low = middle + 1
    return low
