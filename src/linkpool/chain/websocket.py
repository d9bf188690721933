# SPDX-License-Identifier: MIT
"""One endpoint over a WebSocket: requests in flight by number, subscriptions to queues."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any, Final

import aiohttp

from linkpool.chain.transport import NO_JSON_RPC, Address, EndpointFailed, TooLarge, failed

_HEARTBEAT_SECONDS: Final = 20.0
_EARLY: Final = 100  # notifications kept for a subscription whose answer is not read yet


class _Lost(EndpointFailed):
    """The connection ended while an answer was awaited."""

    def __init__(self) -> None:
        super().__init__("connection lost")


class SocketTransport:
    """Opened at the first message, and again at the next once it is lost."""

    def __init__(self, address: Address, *, timeout: float, answer_bytes: int) -> None:
        self._address = address
        self._timeout = timeout
        self._most = answer_bytes
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()
        self._waiting: dict[range, asyncio.Future[Any]] = {}
        self._queues: dict[str, asyncio.Queue[Any]] = {}
        self._early: list[tuple[str, Any]] = []

    async def exchange(self, body: bytes, numbers: range) -> Any:
        with suppress(_Lost):  # a kept connection that the server closed meanwhile: a new one, once
            return await self._exchange(body, numbers)
        return await self._exchange(body, numbers)

    async def _exchange(self, body: bytes, numbers: range) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._timeout):
                socket = await self._opened()
                self._waiting[numbers] = future
                await socket.send_str(body.decode())
                return await future
        except aiohttp.ClientConnectionResetError:
            raise _Lost from None
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise failed(error, self._timeout) from None
        finally:
            self._waiting.pop(numbers, None)

    def listen(self, subscription: str, queue: asyncio.Queue[Any]) -> None:
        """Put the subscription's notifications into `queue`; None once the connection is lost."""
        if self._socket is None or self._socket.closed:
            queue.put_nowait(None)
            return
        self._queues[subscription] = queue
        for name, told in self._early:
            if name == subscription:
                queue.put_nowait(told)
        self._early.clear()

    async def drop(self) -> None:
        """End the connection; the next message opens another."""
        if self._socket is not None:
            await self._socket.close()

    async def close(self) -> None:
        await self.drop()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader
        if self._session is not None:
            await self._session.close()

    async def _opened(self) -> aiohttp.ClientWebSocketResponse:
        async with self._opening:
            if self._socket is not None and not self._socket.closed:
                return self._socket
            if self._session is None:
                self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
            self._socket = await self._session.ws_connect(
                self._address.url, heartbeat=_HEARTBEAT_SECONDS, max_msg_size=self._most
            )
            self._reader = asyncio.create_task(self._read(self._socket))
            return self._socket

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        lost: Exception = _Lost()
        try:
            async for message in socket:
                if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    self._take(json.loads(message.data))
            if socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG:
                lost = TooLarge()
        except (ValueError, RecursionError):
            lost = EndpointFailed(NO_JSON_RPC)
        finally:
            await socket.close()
            self._end(lost)

    def _take(self, told: Any) -> None:
        if isinstance(told, dict) and told.get("method") == "eth_subscription":
            self._notify(told.get("params"))
            return
        entries = told if isinstance(told, list) else [told]
        numbers = [entry.get("id") for entry in entries if isinstance(entry, dict)]
        if not any(isinstance(one, int) for one in numbers):
            # It can only be an error about everything that waits.
            for future in self._waiting.values():
                self._answer(future, told)
        for asked, future in self._waiting.items():
            if any(one in asked for one in numbers):
                self._answer(future, told)

    def _notify(self, params: Any) -> None:
        if not isinstance(params, dict):
            return
        name, told = str(params.get("subscription")), params.get("result")
        if name in self._queues:
            self._queues[name].put_nowait(told)
        else:
            self._early = [*self._early[-_EARLY:], (name, told)]

    def _end(self, lost: Exception) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(lost)
        for queue in self._queues.values():
            queue.put_nowait(None)
        self._queues.clear()
        self._early.clear()

    @staticmethod
    def _answer(future: asyncio.Future[Any], told: Any) -> None:
        if not future.done():
            future.set_result(told)
