# SPDX-License-Identifier: MIT
"""Following the heads of endpoints: told over a WebSocket, or looked for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final, Protocol

from linkpool.chain import wire
from linkpool.chain.endpoint import Endpoint
from linkpool.chain.limits import RpcLimits
from linkpool.chain.transport import EndpointFailed
from linkpool.chain.websocket import SocketTransport
from linkpool.errors import ChainUnavailable

_QUICKEST: Final = 0.05  # seconds between two looks
_LOOKS_PER_BLOCK: Final = 10


class Heads:
    """Wakes everybody who waits for another head."""

    def __init__(self) -> None:
        self.count = 0
        self._event = asyncio.Event()

    def changed(self) -> None:
        self.count += 1
        woken, self._event = self._event, asyncio.Event()
        woken.set()

    async def wait(self) -> None:
        await self._event.wait()


class Watching(Protocol):
    """What a Watcher tells its Pool."""

    @property
    def endpoints(self) -> Sequence[Endpoint]: ...

    async def verify(self, endpoint: Endpoint) -> None: ...

    async def told(self, endpoint: Endpoint, head: int, *, new: bool = False) -> None: ...

    def lost(self, endpoint: Endpoint, failure: EndpointFailed) -> None: ...


class Watcher:
    """One endpoint's head, for as long as its pool lives."""

    def __init__(self, pool: Watching, endpoint: Endpoint, heads: Heads, limits: RpcLimits) -> None:
        self._pool = pool
        self._endpoint = endpoint
        self._heads = heads
        self._limits = limits
        self._spacing = 0.0
        """Seconds between blocks as seen here; 0 before the second."""
        self._changed_at = 0.0

    async def run(self) -> None:
        while True:
            try:
                await self._pool.verify(self._endpoint)
                if isinstance(self._endpoint.transport, SocketTransport):
                    await self._listen(self._endpoint.transport)
                else:
                    await self._look_again_and_again()
            except EndpointFailed as failure:
                self._pool.lost(self._endpoint, failure)
            self._heads.changed()  # the highest head may be another's now
            alone = not any(one.usable for one in self._pool.endpoints)
            pause = self._endpoint.resumes(alone=alone) - time.monotonic()
            await asyncio.sleep(max(pause, _QUICKEST))

    async def _look_again_and_again(self) -> None:
        while self._endpoint.verified:
            await self._look()
            await asyncio.sleep(self._interval())

    async def _look(self) -> None:
        await self._note((await self._endpoint.ask([("eth_blockNumber", ())]))[0])

    async def _listen(self, transport: SocketTransport) -> None:
        """Told by a subscription; one that is silent is doubted, one that is refused replaced by
        looking.
        """
        queue: asyncio.Queue[Any] = asyncio.Queue()
        answer = (await self._endpoint.ask([("eth_subscribe", ("newHeads",))]))[0]
        if not isinstance(answer, str):
            await self._look_again_and_again()
            return
        transport.listen(answer, queue)
        self._endpoint.subscribed = True
        await self._look()
        while self._endpoint.verified:
            try:
                told = await asyncio.wait_for(queue.get(), self._limits.silence_seconds)
            except TimeoutError:
                before = self._endpoint.head
                await self._look()
                if self._endpoint.head != before:
                    await transport.drop()
                    return  # it forgot us: subscribe again
                continue
            if told is None:
                raise self._failed("connection lost")
            await self._note(told.get("number") if isinstance(told, dict) else told, new=True)

    def _failed(self, reason: str) -> EndpointFailed:
        failure = EndpointFailed(reason)
        self._endpoint.failed(failure)
        return failure

    async def _note(self, told: Any, *, new: bool = False) -> None:
        try:
            head = wire.height(told)
        except ChainUnavailable:
            raise self._failed("it does not tell its head") from None
        before = self._endpoint.head
        await self._pool.told(self._endpoint, head, new=new)
        if head > before:
            now = time.monotonic()
            if before and self._changed_at:
                spacing = (now - self._changed_at) / (head - before)
                self._spacing = (3 * self._spacing + spacing) / 4 if self._spacing else spacing
            self._changed_at = now

    def _interval(self) -> float:
        """A tenth of the time between blocks, inside its limits."""
        most = self._limits.poll_seconds
        if not self._spacing:
            return min(most, 2 * _QUICKEST)
        return min(most, max(_QUICKEST, self._spacing / _LOOKS_PER_BLOCK))
