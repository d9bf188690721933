# SPDX-License-Identifier: MIT
"""Reads how contracts were made. Code on chain says what a contract does, not what its creation
wrote into its storage first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from eth_typing import ChecksumAddress

from linkpool.audit.facts import Creation
from linkpool.audit.source import Source
from linkpool.chain import wire
from linkpool.chain.addresses import created_address
from linkpool.chain.rpc import Ask
from linkpool.deployment.beginning import born
from linkpool.errors import ChainUnavailable

_SHORT: Final = 20_000
"""A chain of so few blocks is read whole where nothing else finds a transaction."""
_MESSAGE: Final = 100  # blocks


async def read(
    source: Source, places: Iterable[ChecksumAddress], known: Mapping[ChecksumAddress, str]
) -> dict[ChecksumAddress, Creation | None]:
    """Of each place; `known` transactions are looked at, others searched for. None: not found."""
    wanted = list(dict.fromkeys(places))
    found = await _each(source, wanted, known)
    lost = [one for one, made in found.items() if made is None and one not in known]
    if lost and source.moment.number < _SHORT:
        seen = await _seen(source, lost)
        found |= await _each(source, list(seen), seen)
    return found


async def _each(
    source: Source, wanted: Sequence[ChecksumAddress], known: Mapping[ChecksumAddress, str]
) -> dict[ChecksumAddress, Creation | None]:
    found = await asyncio.gather(*(_one(source, place, known.get(place)) for place in wanted))
    return dict(zip(wanted, found, strict=True))


async def _seen(source: Source, lost: Sequence[ChecksumAddress]) -> dict[ChecksumAddress, str]:
    """The transactions that create at these places, found by reading every block: a short chain
    whose old state is gone, as a local one's is once it was restarted.
    """
    found: dict[ChecksumAddress, str] = {}
    for start in range(0, source.moment.number + 1, _MESSAGE):
        numbers = range(start, min(start + _MESSAGE, source.moment.number + 1))
        asked: list[Ask] = [("eth_getBlockByNumber", (hex(one), True)) for one in numbers]
        for block in await source.connection.batch(asked):
            for one in _creating(block):
                place = _place(one)
                if place is not None and place in lost:
                    found[place] = str(one["hash"])
    return found


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
    return [str(one["hash"]) for one in _creating(found)]


def _creating(block: Any) -> list[Mapping[str, Any]]:
    """The transactions of a block, as the endpoint gives it, that create something."""
    if not isinstance(block, Mapping) or not isinstance(block.get("transactions"), list):
        return []
    return [
        one
        for one in block["transactions"]
        if isinstance(one, Mapping) and {"hash", "from", "nonce"} <= set(one) and not one.get("to")
    ]


def _place(transaction: Mapping[str, Any]) -> ChecksumAddress | None:
    """Where it creates; None for garbage."""
    try:
        sender = wire.checksummed(transaction["from"])
        return created_address(sender, wire.height(transaction["nonce"]))
    except (TypeError, ValueError, ChainUnavailable):
        return None


async def _creation(source: Source, tx: str, block: int) -> Creation | None:
    sent = (await source.connection.batch([("eth_getTransactionByHash", (tx,))]))[0]
    if not isinstance(sent, Mapping) or sent.get("to") is not None:
        return None
    return Creation(tx=tx, block=block, code=wire.octets(sent.get("input")))
