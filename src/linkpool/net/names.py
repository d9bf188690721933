# SPDX-License-Identifier: MIT
"""Names to addresses, and the decision which of them may be connected to.

Name and check are one step of making a connection: the address that was checked is the one that
the socket goes to, and it stays with the connection for as long as that is used again. A name that
resolves to one private address among public ones is refused as a whole.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

THREADS: Final = 8

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a name, in the order in which they are tried; OSError where it has none."""


class Inside(OSError):
    """An address that whoever wrote the URL must not reach."""


class SystemNames:
    """The operating system's resolver, on threads of its own: names that hang do not hold up
    anything else.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="names")

    async def __call__(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[Any]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("no such name") from None


class CheckedResolver(AbstractResolver):
    """Gives the connector addresses that are `allowed`, all or none."""

    def __init__(self, names: Resolve, allowed: Callable[[str], bool]) -> None:
        self._names = names
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        addresses = await self._names(host, port)
        for address in addresses:
            check(address, self._allowed)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Names are closed by who made them."""


def checked_socket(allowed: Callable[[str], bool]) -> Callable[[Any], socket.socket]:
    """Makes the sockets of a connector: the last gate, which addresses that are written in a URL
    pass too.
    """

    def make(info: Any) -> socket.socket:
        family, kind, protocol, _, address = info
        check(str(address[0]), allowed)
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


def check(address: str, allowed: Callable[[str], bool]) -> None:
    """Raises Inside."""
    if not allowed(address):
        raise Inside(f"{address} is not a public address")
