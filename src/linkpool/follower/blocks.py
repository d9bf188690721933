# SPDX-License-Identifier: MIT
"""Blocks and logs as they are asked from a chain, and believed only where the answer fits.

An RPC may lag, and two requests may be answered from two branches: headers have to name each other
as parents, logs have to be of the block, the addresses and the topics that were asked for. What
does not fit is ChainUnavailable: the next look asks again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Protocol

from eth_typing import ChecksumAddress

from linkpool.chain import wire
from linkpool.chain.calls import Log
from linkpool.chain.rpc import Ask
from linkpool.errors import ChainUnavailable

AT_ONCE: Final = 32  # headers or blocks' logs in one message
ADDRESSES: Final = 500  # of one eth_getLogs


class Chain(Protocol):
    """What the follower asks of a Connection."""

    async def rpc(self, method: str, *params: Any) -> Any: ...

    async def batch(
        self, calls: Sequence[Ask], *, block: int | None = None
    ) -> list[Any | Exception]: ...

    def heads(self) -> AsyncIterator[int]: ...


@dataclass(frozen=True, slots=True)
class Block:
    """What is kept of a block."""

    number: int
    hash: str
    parent: str
    timestamp: int


async def latest(chain: Chain) -> Block:
    return _block(await chain.rpc("eth_getBlockByNumber", "latest", False))


async def header(chain: Chain, number: int) -> Block:
    return (await headers(chain, number, number))[0]


async def headers(chain: Chain, first: int, last: int) -> list[Block]:
    """Blocks `first` to `last`, each the parent of the next."""
    found: list[Block] = []
    for start in range(first, last + 1, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, last + 1))
        asked = [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
        answers = await _batch(chain, asked, numbers[-1])
        found += [_block(answer, number) for answer, number in zip(answers, numbers, strict=True)]
    for lower, upper in pairwise(found):
        require_linked(lower, upper)
    return found


def require_linked(lower: Block, upper: Block) -> None:
    """`upper` has to be built on `lower`."""
    if upper.parent != lower.hash:
        raise ChainUnavailable(
            f"the RPC answers block {lower.number} and {upper.number} from two branches: "
            "asking again"
        )


async def logs_of(
    chain: Chain,
    blocks: Sequence[Block],
    addresses: Sequence[ChecksumAddress],
    topics: Sequence[bytes],
) -> list[Log]:
    """Logs of exactly these blocks, in order."""
    groups = _groups(addresses)
    if not groups:
        return []
    asked = [
        ("eth_getLogs", ({"blockHash": block.hash, **_filter(group, topics)},))
        for block in blocks
        for group in groups
    ]
    answers = iter(await _batch(chain, asked, blocks[-1].number))
    found: list[Log] = []
    for block in blocks:
        of_block = [log for group in groups for log in _logs(next(answers), group, topics)]
        hash_ = bytes.fromhex(block.hash[2:])
        if any((log.block_hash, log.block) != (hash_, block.number) for log in of_block):
            raise _unasked(f"block {block.number}")
        found += sorted(of_block, key=lambda log: log.index)
    return found


async def logs_between(
    chain: Chain,
    first: int,
    last: int,
    addresses: Sequence[ChecksumAddress],
    topics: Sequence[bytes],
) -> tuple[list[Log], Block]:
    """Logs of a range, in order, and its last block, which was there before and after."""
    asked: list[Ask] = [("eth_getBlockByNumber", (hex(last), False))]
    groups = _groups(addresses)
    for group in groups:
        limits = {"fromBlock": hex(first), "toBlock": hex(last)}
        asked.append(("eth_getLogs", (limits | _filter(group, topics),)))
    # In one message, so that one endpoint answers: another one may not have these blocks yet, and
    # many say then that there are no logs.
    before, *answers, after = await _batch(chain, [*asked, asked[0]], last)
    end = _block(before, last)
    if _block(after, last) != end:
        raise ChainUnavailable(f"block {last} was replaced while its logs were read: asking again")
    found = [
        log
        for answer, group in zip(answers, groups, strict=True)
        for log in _logs(answer, group, topics)
    ]
    end_hash = bytes.fromhex(end.hash[2:])
    for log in found:
        if not first <= log.block <= last or (log.block == last and log.block_hash != end_hash):
            raise _unasked(f"blocks {first} to {last}")
    return sorted(found, key=lambda log: (log.block, log.index)), end


async def _batch(chain: Chain, asked: Sequence[Ask], newest: int) -> list[Any]:
    """All of them, from an endpoint that has block `newest`."""
    answers = await chain.batch(asked, block=newest)
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def _groups(addresses: Sequence[ChecksumAddress]) -> list[Sequence[ChecksumAddress]]:
    return [addresses[i : i + ADDRESSES] for i in range(0, len(addresses), ADDRESSES)]


def _filter(addresses: Sequence[ChecksumAddress], topics: Sequence[bytes]) -> dict[str, Any]:
    return {"address": list(addresses), "topics": [["0x" + topic.hex() for topic in topics]]}


def _logs(answer: Any, addresses: Sequence[ChecksumAddress], topics: Sequence[bytes]) -> list[Log]:
    if not isinstance(answer, list):
        raise ChainUnavailable("the RPC answered something that is no list of logs: asking again")
    found = [wire.log(entry) for entry in answer]
    wanted, asked = frozenset(addresses), frozenset(topics)
    for log in found:
        if log.address not in wanted or not log.topics or log.topics[0] not in asked:
            raise _unasked(f"{len(wanted)} addresses and {len(asked)} topics")
    if len({(log.block_hash, log.index) for log in found}) < len(found):
        raise ChainUnavailable("the RPC answered with one log twice: set another --rpc")
    return found


def _unasked(what: str) -> ChainUnavailable:
    return ChainUnavailable(
        f"the RPC answered with a log outside {what}, which was asked for: set another --rpc"
    )


def _block(answer: Any, number: int | None = None) -> Block:
    if answer is None:
        raise ChainUnavailable(f"the RPC does not have block {number} yet: asking again")
    if not isinstance(answer, Mapping):
        raise ChainUnavailable(wire.GARBAGE.format("block"))
    found = Block(
        number=wire.height(answer.get("number")),
        hash=wire.digest(answer.get("hash")),
        parent=wire.digest(answer.get("parentHash")),
        timestamp=wire.height(answer.get("timestamp")),
    )
    if number is not None and found.number != number:
        raise ChainUnavailable(f"asked for block {number}, the RPC answered {found.number}")
    return found
