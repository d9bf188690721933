# SPDX-License-Identifier: MIT
"""The one way to other people's servers: bounded in time, size, redirects and rate, and kept away
from private addresses unless the operator allows a host.

Connections are kept and used again by name, port and scheme. Those to hosts that strangers may
choose live in a pool of their own, none of whose sockets can be opened to a private address.
Cookies, proxies of the environment and credentials of .netrc do not exist here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Collection
from typing import Final, Self

import aiohttp
from yarl import URL

from linkpool.net import body
from linkpool.net.address import is_outside
from linkpool.net.counters import HttpCounters
from linkpool.net.document import printable
from linkpool.net.errors import HttpError
from linkpool.net.limits import HttpLimits
from linkpool.net.message import (
    REDIRECTS,
    Answer,
    Message,
    host_of,
    outgoing,
    parsed,
    redirected,
)
from linkpool.net.names import CheckedResolver, Inside, Resolve, SystemNames, checked_socket
from linkpool.net.rate import Rates
from linkpool.net.wire import counted
from linkpool.telemetry import hide_tokens

# Shorter than the 5 s after which servers of Node.js and uvicorn hang up: a POST must not meet a
# connection that is just being closed, because it cannot be sent twice.
IDLE: Final = 4.0
NAMES: Final = 10.0
HEADER_BYTES: Final = 8_190
HEADERS: Final = 128
BRACKETS: Final = str.maketrans("", "", "[]")


class HttpClient:
    """Used in one event loop; `close` at its end."""

    def __init__(
        self,
        limits: HttpLimits | None = None,
        *,
        resolve: Resolve | None = None,
        outside: Callable[[str], bool] = is_outside,
        tls: ssl.SSLContext | bool = True,
        names_seconds: float = NAMES,
    ) -> None:
        self.limits = limits = limits or HttpLimits()
        self.counters = HttpCounters()
        self._rates = Rates(limits.per_host_per_second, limits.burst)
        self._private = _hosts(limits.private_hosts)
        self._outside = outside
        self._tls = tls
        self._names_seconds = names_seconds
        self._resolve = resolve
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hangs up everywhere."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def send(
        self,
        message: Message,
        *,
        unrestricted: bool = False,
        private: Collection[str] = (),
        limit: float | None = None,
        max_bytes: int | None = None,
        redirects: int | None = None,
    ) -> Answer:
        """The answer, whatever its status, after redirects. HttpError where there is none within
        `limit` seconds and `max_bytes`, or where the address is private, the request not
        `unrestricted`, and its host not among `private` ("name" or "name:port").
        """
        patience = self.limits.seconds if limit is None else limit
        most = self.limits.max_bytes if max_bytes is None else max_bytes
        deadline = asyncio.get_running_loop().time() + patience
        most_hops = self.limits.redirects if redirects is None else redirects
        host = parsed(message.url).host
        try:
            async with asyncio.timeout_at(deadline):
                for _ in range(most_hops + 1):
                    url = parsed(message.url)
                    free = unrestricted or self._may_be_private(url, private)
                    found = await self._once(message, url, free, deadline, most)
                    if isinstance(found, Answer):
                        return found
                    message = found
        except TimeoutError:
            raise HttpError(f"{host}: no answer in {patience:g} s") from None
        raise HttpError(f"{host}: more than {most_hops} redirects")

    def _may_be_private(self, url: URL, private: Collection[str]) -> bool:
        host = host_of(url)
        name = host.rpartition(":")[0]
        allowed = self._private | _hosts(private)
        return host in allowed or name in allowed

    async def _once(
        self, message: Message, url: URL, free: bool, deadline: float, most: int
    ) -> Answer | Message:
        """One request: its answer, or the request that it leads to."""
        host = url.host or ""
        await self._turn(host_of(url), host, deadline)
        clock = asyncio.get_running_loop().time
        started, status, size = clock(), None, 0
        try:
            response = await self._session(free).request(
                message.method,
                url,
                data=message.body,
                headers=outgoing(message),
                allow_redirects=False,
                read_bufsize=most,
            )
            async with response:
                if response.status in REDIRECTS and "location" in response.headers:
                    status = response.status
                    return redirected(message, url, status, response.headers["location"])
                received = await body.read(response, host, most=most)
                status, size = response.status, len(received)
        except aiohttp.ClientConnectorError as error:
            raise HttpError(f"{host}: {_why(error.os_error)}") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise HttpError(f"{host}: {_why(error)}") from None
        finally:
            self.counters.add(host, status, seconds=clock() - started, size=size)
        headers = {name.lower(): text for name, text in response.headers.items()}
        coding = headers.get("content-encoding", "").strip().lower()
        return Answer(status, headers, body.text(received, coding, host, most=most), host)

    async def _turn(self, key: str, host: str, deadline: float) -> None:
        """Waits until the host may be asked again."""
        now = asyncio.get_running_loop().time()
        wait = self._rates.reserve(key, now, patience=deadline - now)
        if wait is None:
            raise HttpError(
                f"{host}: asked more often than {self.limits.per_host_per_second:g} times a second"
            )
        if wait:
            await asyncio.sleep(wait)

    def _session(self, free: bool) -> aiohttp.ClientSession:
        """Made at first use, because it belongs to a running loop."""
        if free not in self._sessions:
            self._sessions[free] = self._made(_anywhere if free else self._outside)
        return self._sessions[free]

    def _made(self, allowed: Callable[[str], bool]) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=CheckedResolver(self._resolve or SystemNames(), allowed),
            socket_factory=checked_socket(allowed),
            ssl=self._tls,
            limit=self.limits.parallel,
            limit_per_host=self.limits.parallel_per_host,
            keepalive_timeout=IDLE,
            ttl_dns_cache=self._names_seconds,  # type: ignore[arg-type]  # any number of seconds
        )
        return aiohttp.ClientSession(
            connector=counted(connector),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),  # `send` has one deadline for everything
            auto_decompress=False,
            trust_env=False,
            max_line_size=HEADER_BYTES,
            max_field_size=HEADER_BYTES,
            max_headers=HEADERS,
        )


def _hosts(names: Collection[str]) -> frozenset[str]:
    """As `host_of` writes them."""
    return frozenset(name.lower().translate(BRACKETS) for name in names)


def _anywhere(_address: str) -> bool:
    return True


def _why(error: BaseException) -> str:
    """One line about what went wrong, without addresses of pages."""
    if isinstance(error, Inside):
        return str(error)
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "hung up without an answer"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer ends too early"
    if isinstance(error, aiohttp.InvalidURL):
        return "no usable address"
    if isinstance(error, aiohttp.ClientResponseError):
        return printable(f"the answer is not HTTP: {error.message}")
    if isinstance(error, OSError):
        return printable(error.strerror or str(error) or type(error).__name__)
    return printable(hide_tokens(str(error))) or type(error).__name__
