# SPDX-License-Identifier: MIT
"""Before any route: requests of other web pages, requests that are too long; headers of answers."""

from __future__ import annotations

import ipaddress
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from linkpool.api.operator.envelope import problem

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


class Guard:
    """ASGI middleware."""

    def __init__(
        self, app: ASGIApp, *, body_bytes: int, origins: frozenset[str], hosts: frozenset[str]
    ) -> None:
        """`hosts`: names under which it is known besides numbers and localhost."""
        self._app = app
        self._hosts = hosts
        self._most = body_bytes
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def decorated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        headers = Headers(scope=scope)
        if not self._is_ours(headers.get("host", "")):
            refused = problem(421, "this is not the host of that name: see the setting api.hosts")
            await refused(scope, receive, decorated)
            return
        if scope["method"] not in SAFE and not self._of_us(headers):
            refused = problem(403, "the request comes from another web page")
            await refused(scope, receive, decorated)
            return
        if self._announced(headers) > self._most:
            refused = problem(413, f"longer than {self._most} bytes")
            await refused(scope, receive, decorated)
            return
        await self._app(scope, self._counted(receive), decorated)

    def _is_ours(self, host: str) -> bool:
        """A page whose name was made to lead here names itself: numbers cannot be made to."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._hosts or name in ("", "localhost"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _of_us(self, headers: Headers) -> bool:
        """Browsers name the page that makes them send something; programs do not."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin", "same-site")
        if origin in self._origins:
            return True
        try:
            return urlsplit(origin).netloc == headers.get("host")
        except ValueError:
            return False

    def _announced(self, headers: Headers) -> int:
        length = headers.get("content-length", "0")
        return int(length[:20]) if length.isascii() and length.isdecimal() else 0

    def _counted(self, receive: Receive) -> Receive:
        total = 0

        async def counted() -> Message:
            nonlocal total
            message: dict[str, Any] = dict(await receive())
            total += len(message.get("body", b""))
            if total > self._most:
                raise HTTPException(413, f"longer than {self._most} bytes")
            return message

        return counted
