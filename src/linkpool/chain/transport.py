# SPDX-License-Identifier: MIT
"""One message to one endpoint and back, over HTTP. No text made here holds any part of an address
but its host: tokens live in user, path and query.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import aiohttp

from linkpool.errors import UsageError

NO_JSON_RPC: Final = "it does not speak JSON-RPC"

_SCHEMES: Final = ("http", "https", "ws", "wss")
_CONNECT_SECONDS: Final = 10.0
_CONNECTIONS: Final = 32
_MOST_PATIENT: Final = 300.0  # seconds: no endpoint can ask for a longer pause


class EndpointFailed(Exception):
    """The endpoint is at fault, not the request. The text is one clause."""

    def __init__(self, reason: str, *, pause: float | None = None, busy: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.pause = pause
        """How long it wants to be left alone, in seconds; None: it did not say."""
        self.busy = busy
        """It answers, and wants fewer requests."""


class TooLarge(Exception):
    """The message or its answer is larger than the endpoint or we accept."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an endpoint is; shown as its host only."""

    name: str
    url: str = field(repr=False)

    @classmethod
    def parse(cls, url: str, *, what: str = "the RPC") -> Address:
        """UsageError, without the text, where it is none."""
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError:
            host = port = None
        if host is None or parts.scheme not in _SCHEMES:
            raise UsageError(
                f"{what} address has to start with http://, https://, ws:// or wss:// and name "
                "a host"
            )
        shown = f"[{host}]" if ":" in host else host
        return cls(shown + (f":{port}" if port else ""), url.strip())

    @property
    def is_socket(self) -> bool:
        return self.url.lower().startswith("ws")


class Transport(Protocol):
    """Carries messages to one endpoint."""

    async def exchange(self, body: bytes, numbers: range) -> Any:
        """The parsed answer to a message whose requests have these numbers."""
        ...

    async def close(self) -> None: ...


class HttpTransport:
    """Connections that are kept open; opened at the first message."""

    def __init__(self, address: Address, *, timeout: float, answer_bytes: int) -> None:
        self._address = address
        self._timeout = timeout
        self._most = answer_bytes
        self._session: aiohttp.ClientSession | None = None

    async def exchange(self, body: bytes, numbers: range) -> Any:
        try:
            return await self._post(body)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            if isinstance(error, aiohttp.ClientConnectorError):
                raise failed(error, self._timeout) from None
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise failed(error, self._timeout) from None
        # A kept connection that the server has closed meanwhile: a new one, once.
        try:
            return await self._post(body)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise failed(error, self._timeout) from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, body: bytes) -> Any:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(
                    total=self._timeout, sock_connect=min(self._timeout, _CONNECT_SECONDS)
                ),
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"Content-Type": "application/json"},
            )
        # A redirect would carry the token to somebody else.
        async with self._session.post(
            self._address.url, data=body, allow_redirects=False
        ) as response:
            status = response.status
            if status in (429, 503):
                pause = _pause(response.headers.get("Retry-After"))
                raise EndpointFailed(f"HTTP {status}", pause=pause, busy=status == 429)
            if status == 413:
                raise TooLarge
            text = await self._read(response)
        try:
            answer = json.loads(text)
        except (ValueError, RecursionError):
            answer = None
        if status != 200 and not _is_error(answer):
            raise EndpointFailed(f"HTTP {status}")
        return answer

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks, size = [], 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._most:
                response.close()
                raise TooLarge
            chunks.append(chunk)
        return b"".join(chunks)


def failed(error: Exception, timeout: float) -> EndpointFailed:
    """The failure of a connection in words without an address."""
    if isinstance(error, TimeoutError):
        return EndpointFailed(f"no answer in {timeout:g} s")
    if isinstance(error, aiohttp.ClientConnectorError):
        return EndpointFailed("no connection")
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return EndpointFailed(f"HTTP {error.status}", busy=error.status == 429)
    if isinstance(error, aiohttp.InvalidURL):
        return EndpointFailed("its address is no URL")
    return EndpointFailed(f"connection lost ({type(error).__name__})")


def _is_error(answer: Any) -> bool:
    """Some servers send JSON-RPC errors with an HTTP error's status."""
    return isinstance(answer, dict) and "error" in answer and "jsonrpc" in answer


def _pause(text: str | None) -> float | None:
    """Seconds of a Retry-After; None where there is none or it is a date."""
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), _MOST_PATIENT)
