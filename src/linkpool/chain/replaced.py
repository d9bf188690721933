# SPDX-License-Identifier: MIT
"""Whether blocks that were seen are still part of the chain."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from linkpool.chain.rpc import Ask, Rpc
from linkpool.errors import ChainUnavailable

_MANY: Final = 500

Seen = tuple[int, str]
"""Number and hash of a block."""


async def replaced(chain: Rpc, seen: Collection[Seen]) -> set[Seen]:
    """Those in whose place the chain has another block now. ChainUnavailable where it cannot be
    told; an RPC that is behind proves nothing.
    """
    numbers = sorted({number for number, _ in seen})
    asks: list[Ask] = [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
    hashes = {}
    for start in range(0, len(asks), _MANY):
        answers = await chain.batch(asks[start : start + _MANY])
        for number, answer in zip(numbers[start : start + _MANY], answers, strict=True):
            if isinstance(answer, Exception):
                raise ChainUnavailable(f"block {number} cannot be read: {answer}")
            if answer is not None:
                hashes[number] = _hash(answer, number)
    return {(number, was) for number, was in seen if hashes.get(number, was) != was}


def _hash(header: Any, number: int) -> str:
    if not isinstance(header, Mapping) or not isinstance(header.get("hash"), str):
        raise ChainUnavailable(f"block {number} cannot be read: it has no hash")
    return str(header["hash"])
