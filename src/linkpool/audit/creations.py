# SPDX-License-Identifier: MIT
"""Reads how contracts were made. Code on chain says what a contract does, not what its creation
wrote into its storage first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from eth_typing import ChecksumAddress

from linkpool.audit.facts import Creation
from linkpool.audit.source import Source
from linkpool.chain import wire
from linkpool.chain.rpc import Ask
from linkpool.deployment.beginning import born


async def read(
    source: Source, places: Iterable[ChecksumAddress], known: Mapping[ChecksumAddress, str]
) -> dict[ChecksumAddress, Creation | None]:
    """Of each place; `known` transactions are looked at, others searched for. None: not found."""
    wanted = list(dict.fromkeys(places))
    found = await asyncio.gather(*(_one(source, place, known.get(place)) for place in wanted))
    return dict(zip(wanted, found, strict=True))


async def _one(source: Source, place: ChecksumAddress, tx: str | None) -> Creation | None:
    candidates = [tx] if tx is not None else await _of_its_block(source, place)
    asked: list[Ask] = [("eth_getTransactionReceipt", (one,)) for one in candidates]
    for one, receipt in zip(candidates, await source.connection.batch(asked), strict=True):
        if not isinstance(receipt, Mapping):
            continue
        made = wire.receipt(one, receipt)
        if made.succeeded and made.created == place and made.block <= source.moment.number:
            return await _creation(source, one, made.block)
    return None


async def _of_its_block(source: Source, place: ChecksumAddress) -> list[str]:
    """Transactions that create something in the block that made it."""
    block = await born(source.connection, place, source.moment.number)
    if block is None:
        return []
    found = (await source.connection.batch([("eth_getBlockByNumber", (hex(block), True))]))[0]
    if not isinstance(found, Mapping) or not isinstance(found.get("transactions"), list):
        return []
    every: list[Any] = found["transactions"]
    return [
        str(one["hash"])
        for one in every
        if isinstance(one, Mapping) and "hash" in one and one.get("to") is None
    ]


async def _creation(source: Source, tx: str, block: int) -> Creation | None:
    sent = (await source.connection.batch([("eth_getTransactionByHash", (tx,))]))[0]
    if not isinstance(sent, Mapping) or sent.get("to") is not None:
        return None
    return Creation(tx=tx, block=block, code=wire.octets(sent.get("input")))
