# SPDX-License-Identifier: MIT
"""A JSON-RPC server on the loopback that behaves as badly as it is told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

from aiohttp import WSMsgType, web

Answer = Callable[[dict[str, Any]], dict[str, Any]]


class FakeNode:
    """`async with FakeNode() as node`. Its attributes say how it behaves, also while it runs."""

    def __init__(self, *, head: int = 100, chain_id: int = 31337) -> None:
        self.head = head
        self.chain_id = chain_id
        self.fault: str | None = None
        """slow, reset, garbage, number, redirect, huge, half, no-batch, small-batch,
        500 with an error, or an HTTP status.
        """
        self.retry_after: str | None = None
        self.answers: dict[str, Any] = {}
        """Method -> result, or a function of the parameters; an `error` dict is sent as one."""
        self.asked: list[str] = []
        """Every method asked, in order."""
        self.batches: list[int] = []
        """The size of every message."""
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.subscribes = True
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Again after `stop`: on the same port."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            for socket in list(self._sockets):
                await socket.close()
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self._port}"

    def count(self, method: str) -> int:
        return self.asked.count(method)

    async def new_head(self, head: int | None = None) -> None:
        """Another head (None: another block at the same height), told to every subscriber."""
        self.head = self.head if head is None else head
        told = {"subscription": "0xs", "result": {"number": hex(self.head)}}
        for socket in list(self._sockets):
            await socket.send_json({"method": "eth_subscription", "params": told})

    async def hang_up(self) -> None:
        """Close every WebSocket."""
        for socket in list(self._sockets):
            await socket.close()

    # ---- Inside ----

    async def _take(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path_qs)
        self.headers.append(dict(request.headers))
        fault = await self._fault(request)
        if fault is not None:
            return fault
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request)
        asked = json.loads(await request.read())
        self.batches.append(len(asked) if isinstance(asked, list) else 1)
        return web.json_response(self._answer(asked))

    async def _fault(self, request: web.Request) -> web.Response | None:
        match self.fault:
            case "slow":
                asked = json.loads(await request.read() or "[]")
                self.batches.append(len(asked) if isinstance(asked, list) else 1)
                await asyncio.sleep(60)
            case "reset":
                assert request.transport is not None
                request.transport.abort()
            case "garbage":
                return web.Response(text="<html>welcome</html>")
            case "number":
                return web.Response(text="7", content_type="application/json")
            case "redirect":
                return web.Response(status=307, headers={"Location": "http://127.0.0.1:1/"})
            case "huge":
                return web.Response(body=b'{"jsonrpc":"2.0","result":"' + b"0" * 200_000 + b'"}')
            case "500 with an error":
                error = {"code": -32000, "message": "header not found"}
                body = {"jsonrpc": "2.0", "id": None, "error": error}
                return web.json_response(body, status=500)
            case "429" | "503" | "401" | "404" | "502":
                headers = {"Retry-After": self.retry_after} if self.retry_after else {}
                return web.Response(status=int(self.fault), headers=headers)
        return None

    def _answer(self, asked: Any) -> Any:
        if not isinstance(asked, list):
            return self._one(asked)
        if self.fault == "no-batch" or (self.fault == "small-batch" and len(asked) > 4):
            error = {"code": -32600, "message": "batch too large"}
            return {"jsonrpc": "2.0", "id": None, "error": error}
        answers = [self._one(one) for one in asked]
        answers.reverse()  # any order is allowed
        return answers[: len(answers) // 2] if self.fault == "half" else answers

    def _one(self, asked: dict[str, Any]) -> dict[str, Any]:
        method = asked["method"]
        self.asked.append(method)
        entry: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
        found = self._result(method, asked["params"])
        if isinstance(found, dict) and "error" in found:
            return entry | found
        return entry | {"result": found}

    def _result(self, method: str, params: list[Any]) -> Any:
        if method in self.answers:
            found = self.answers[method]
            return found(*params) if callable(found) else found
        match method:
            case "eth_chainId":
                return hex(self.chain_id)
            case "eth_blockNumber":
                return hex(self.head)
            case "eth_subscribe" if self.subscribes:
                return "0xs"
            case "eth_sendRawTransaction":
                return "0x" + "11" * 32
            case "eth_getBalance":
                return hex(self.head)
            case "eth_getBlockByNumber" if params[0].startswith("0x"):
                return {"number": params[0]} if int(params[0], 16) <= self.head else None
        return refused(-32601, f"the method {method} does not exist")

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    asked = json.loads(message.data)
                    self.batches.append(len(asked) if isinstance(asked, list) else 1)
                    if self.fault == "garbage":
                        await socket.send_str("no JSON")
                    elif self.fault != "slow":
                        await socket.send_json(self._answer(asked))
        finally:
            self._sockets.discard(socket)
        return socket


def refused(code: int, message: str, data: Any = None) -> dict[str, Any]:
    """What `answers` holds for a method that answers an error."""
    return {"error": {"code": code, "message": message} | ({"data": data} if data else {})}
