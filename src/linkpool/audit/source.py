# SPDX-License-Identifier: MIT
"""One endpoint's word about one block: many reads in few messages, all at the block's hash."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from eth_typing import ChecksumAddress

from linkpool.audit.facts import Moment
from linkpool.chain import wire
from linkpool.chain.calls import Event, Log
from linkpool.chain.codec import codec
from linkpool.chain.connection import Connection
from linkpool.chain.rpc import Ask, RpcRefused
from linkpool.errors import ChainUnavailable, NotJudged, TxReverted

_MESSAGE: Final = 100  # requests in one message; the pool sends fewer where an endpoint wants that
_PARALLEL: Final = 4
_RANGE: Final = 10_000  # blocks of the first request for logs
_WIDEST: Final = 100_000
_ADDRESSES: Final = 500
_MOST: Final = 100_000  # of anything that a contract counts: it is read before it is judged


class View(NamedTuple):
    """One question to a contract."""

    contract: str
    place: ChecksumAddress
    function: str
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """`name` is the endpoint's host. Raises NotJudged where the endpoint is at fault."""

    connection: Connection
    name: str
    moment: Moment
    unread: list[str] = field(default_factory=list)
    """Collects the logs that no contract of this release writes."""

    async def views(self, asked: Sequence[View]) -> list[Any]:
        """Each answer decoded; None where the contract refuses, or answers something else."""
        at = {"blockHash": self.moment.hash, "requireCanonical": True}
        found = await self._batch([("eth_call", (_request(one), at)) for one in asked])
        return [_answer(one, raw) for one, raw in zip(asked, found, strict=True)]

    async def codes(self, places: Iterable[ChecksumAddress]) -> dict[ChecksumAddress, bytes]:
        """The runtime code of each; empty where there is none."""
        at = {"blockHash": self.moment.hash, "requireCanonical": True}
        wanted = sorted(set(places))
        found = await self._batch([("eth_getCode", (place, at)) for place in wanted])
        return {place: wire.octets(_sound(raw)) for place, raw in zip(wanted, found, strict=True)}

    async def times(self, blocks: Iterable[int]) -> dict[int, int]:
        """When each block was made, unix seconds."""
        wanted = sorted(set(blocks))
        found = await self._batch([("eth_getBlockByNumber", (hex(one), False)) for one in wanted])
        headers = [_sound(one) for one in found]
        if not all(isinstance(one, Mapping) for one in headers):
            raise NotJudged(f"{self.name} has not all blocks up to {self.moment.number}")
        return {
            number: wire.height(header.get("timestamp"))
            for number, header in zip(wanted, headers, strict=True)
        }

    async def events(
        self, places: Mapping[ChecksumAddress, str], names: Sequence[str], first: int
    ) -> list[Event]:
        """Of `places` (with the names of their contracts), in order, from block `first` on."""
        topics = {topic for name in set(places.values()) for topic in codec(name).topics(names)}
        if not topics:
            return []
        wanted = list(places)
        logs: list[Log] = []
        for start in range(0, len(wanted), _ADDRESSES):
            logs += await self._logs(wanted[start : start + _ADDRESSES], sorted(topics), first)
        logs.sort(key=lambda one: (one.block, one.index))
        return [event for one in logs if (event := self._event(one, places)) is not None]

    async def is_current(self) -> bool:
        """Whether the block still belongs to the chain."""
        found = (
            await self.connection.batch(
                [("eth_getBlockByNumber", (hex(self.moment.number), False))]
            )
        )[0]
        return isinstance(found, Mapping) and found.get("hash") == self.moment.hash

    def _event(self, log: Log, places: Mapping[ChecksumAddress, str]) -> Event | None:
        if log.address not in places:
            raise NotJudged("the RPC gave logs that nobody asked for: set another --rpc")
        book = codec(places[log.address])
        try:
            return book.event_of_any_text(log)
        except ChainUnavailable:
            self.unread.append(f"of {book.name} in {log.tx}")
            return None

    async def _logs(
        self, places: Sequence[ChecksumAddress], topics: Sequence[bytes], first: int
    ) -> list[Log]:
        """A range that the endpoint finds too wide is halved."""
        found: list[Log] = []
        start, span = first, _RANGE
        while start <= self.moment.number:
            last = min(start + span - 1, self.moment.number)
            try:
                found += await self.connection.logs(
                    addresses=places, topics=[topics], first=start, last=last
                )
            except RpcRefused as error:
                if span == 1:
                    raise NotJudged(
                        f"{self.name} gives no logs of block {start}: {error}"
                    ) from None
                span //= 2
                continue
            start, span = last + 1, min(span * 2, _WIDEST)
        return found

    async def _batch(self, asked: Sequence[Ask]) -> list[Any]:
        turns = asyncio.Semaphore(_PARALLEL)

        async def part(start: int) -> list[Any]:
            async with turns:
                return await self.connection.batch(asked[start : start + _MESSAGE])

        parts = await asyncio.gather(*(part(at) for at in range(0, len(asked), _MESSAGE)))
        return [one for found in parts for one in found]


def countable(asked: View, found: int | None, most: int = _MOST) -> range:
    """The numbers below what a contract claims to have; none where it does not answer. NotJudged
    where it claims more than `most`: nobody could read it all.
    """
    if found is not None and found > most:
        raise NotJudged(
            f"{asked.contract} at {asked.place} claims more than {most} ({asked.function}): "
            "no pool has so many, nothing is judged"
        )
    return range(found or 0)


def _request(view: View) -> dict[str, str]:
    data = codec(view.contract).encode(view.function, view.arguments)
    return {"to": view.place, "input": "0x" + data.hex()}


def _answer(view: View, raw: Any) -> Any:
    if isinstance(raw, TxReverted):
        return None
    answer = wire.octets(_sound(raw))
    try:
        return codec(view.contract).decode(view.function, answer)
    except ChainUnavailable:  # no contract of ours answers so
        return None


def _sound(found: Any) -> Any:
    if isinstance(found, Exception):
        raise NotJudged(f"it could not be read: {found}")
    return found
