# SPDX-License-Identifier: MIT
"""An RPC endpoint that misbehaves on purpose: a proxy in front of a good one.

    async with FaultyRpc(anvil.url) as rpc:
        rpc.down = True        # nobody is there: connections are refused and broken
        rpc.delay = 0.5        # each answer comes that much later
        rpc.lag = 3            # it knows the chain as it was three blocks ago
        rpc.lose = 0.2         # that part of the answers is lost; the request has been carried out

A lagging endpoint takes no WebSocket: what a node would be told by it is the present.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import threading
from collections.abc import Iterator
from typing import Any, Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"
_MAX_HEAD = 65_536


class FaultyRpc:
    """Opened with `async with`; `url` stays the same over any outage."""

    def __init__(self, upstream: str, *, seed: int = 1) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname and parts.port
        self._upstream = (parts.hostname, parts.port)
        self._random = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._down = False
        self.port = 0
        self.delay = 0.0
        self.lag = 0
        self.lose = 0.0
        self.asked = 0
        """HTTP requests that came in, batches counted once."""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def down(self) -> bool:
        return self._down

    @down.setter
    def down(self, yes: bool) -> None:
        self._down = yes
        if yes:
            for writer in list(self._open):
                writer.transport.abort()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, self.port, limit=_MAX_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.down = True

    # ---- One connection ----

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while not self._down and (request := await _message(reader)) is not None:
                head, body = request
                if b"upgrade: websocket" in head.lower():
                    await self._websocket(head, reader, writer)
                    return
                if not await self._answer(body, writer):
                    return
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # either side went away
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _answer(self, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        self.asked += 1
        asked = json.loads(body)
        if self.lag:
            asked = await self._as_of_then(asked)
        answer = await self._ask(asked)
        if self.lag:
            answer = await self._without_the_present(asked, answer)
        await asyncio.sleep(self.delay)
        if self._down or self._random.random() < self.lose:
            return False
        writer.write(_http(json.dumps(answer).encode()))
        await writer.drain()
        return True

    async def _ask(self, asked: Any) -> Any:
        reader, writer = await asyncio.open_connection(*self._upstream)
        try:
            writer.write(_http(json.dumps(asked).encode(), first="POST / HTTP/1.1"))
            answer = await _message(reader)
            assert answer is not None
            return json.loads(answer[1])
        finally:
            writer.close()

    async def _websocket(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Passed through as it is; refused while the endpoint lags."""
        if self.lag:
            writer.write(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            await writer.drain()
            return
        there, back = await asyncio.open_connection(*self._upstream)
        self._open.add(back)
        try:
            back.write(head)
            done, pending = await asyncio.wait(
                [
                    asyncio.create_task(_copy(reader, back)),
                    asyncio.create_task(_copy(there, writer)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in pending:
                task.cancel()
            await asyncio.gather(*done, *pending, return_exceptions=True)
        finally:
            self._open.discard(back)
            back.transport.abort()

    # ---- Living in the past ----

    async def _head(self) -> int:
        found = await self._ask(_rpc("eth_blockNumber"))
        return max(0, int(found["result"], 16) - self.lag)

    async def _as_of_then(self, asked: Any) -> Any:
        """The same questions about the chain up to the old head."""
        head = await self._head()
        many = asked if isinstance(asked, list) else [asked]
        old = [one | {"params": [_aged(p, head) for p in one.get("params", [])]} for one in many]
        return old if isinstance(asked, list) else old[0]

    async def _without_the_present(self, asked: Any, answer: Any) -> Any:
        head = await self._head()
        if not isinstance(asked, list):
            return _old(asked["method"], answer, head)
        methods = {one["id"]: one["method"] for one in asked}
        return [_old(methods[one["id"]], one, head) for one in answer]


def _aged(parameter: Any, head: int) -> Any:
    if parameter in ("latest", "pending", "safe", "finalized"):
        return hex(head)
    if isinstance(parameter, dict) and ("fromBlock" in parameter or "toBlock" in parameter):
        return parameter | {
            side: _aged(parameter.get(side, "latest"), head) for side in ("fromBlock", "toBlock")
        }
    return parameter


def _old(method: str, answer: dict[str, Any], head: int) -> dict[str, Any]:
    """Numbers, blocks, receipts and logs of later blocks are not known yet."""
    found = answer.get("result")
    if method == "eth_blockNumber":
        return answer | {"result": hex(head)}
    if isinstance(found, list):
        return answer | {"result": [one for one in found if _block(one) <= head]}
    return answer | {"result": None} if _block(found) > head else answer


def _block(found: Any) -> int:
    if not isinstance(found, dict):
        return -1
    number = found.get("blockNumber", found.get("number"))
    return int(number, 16) if isinstance(number, str) else -1


def _rpc(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}


def _http(body: bytes, *, first: str = "HTTP/1.1 200 OK") -> bytes:
    return (
        f"{first}\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    """Head and body of the next HTTP message; None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head, await reader.readexactly(length)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_MAX_HEAD):
            writer.write(data)
            await writer.drain()


class Endpoint:
    """A FaultyRpc in a thread of its own, for tests that wait without a loop."""

    def __init__(self, rpc: FaultyRpc, loop: asyncio.AbstractEventLoop) -> None:
        self._rpc, self._loop = rpc, loop

    @property
    def url(self) -> str:
        return self._rpc.url

    def set(self, **faults: float) -> None:
        """`down`, `delay`, `lag`, `lose`, from now on."""

        async def change() -> None:
            for name, value in faults.items():
                setattr(self._rpc, name, value)

        asyncio.run_coroutine_threadsafe(change(), self._loop).result(10)


@contextlib.contextmanager
def endpoint(upstream: str) -> Iterator[Endpoint]:
    """Serving until the end of the block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    rpc = FaultyRpc(upstream)
    try:
        asyncio.run_coroutine_threadsafe(rpc.__aenter__(), loop).result(10)
        yield Endpoint(rpc, loop)
    finally:
        asyncio.run_coroutine_threadsafe(rpc.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
