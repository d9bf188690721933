# SPDX-License-Identifier: MIT
"""Which host a URL may lead to, decided once and held to: the name is resolved here and the
connection goes to that IP.

A requester writes the URL, so that without this a node could be sent to its own machine, to its
neighbours, or to a cloud's metadata service. A name that resolves to one private address among
public ones is refused as a whole.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from typing import Final

import httpx

from linkpool.oracle.errors import TaskError

SCHEMES: Final = ("http", "https")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect for a URL: `urls` with each address in place of the name, `host` for the
    Host header, `name` for TLS.
    """

    urls: tuple[httpx.URL, ...]
    host: str
    name: str


async def pinned(text: str, *, unrestricted: bool) -> Target:
    """Resolves a URL's host and refuses private addresses unless `unrestricted`."""
    try:
        url = httpx.URL(text)
        port = url.port or (443 if url.scheme == "https" else 80)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise TaskError(f"url {text[:200]!r}: {error}") from None
    if url.scheme not in SCHEMES or not url.host or not 0 < port < 65_536:
        raise TaskError(f"url {text[:200]!r}: expected http://... or https://...")
    addresses = await _resolve(url.host, port)
    if not unrestricted:
        for address in addresses:
            if not is_public(address):
                raise TaskError(f"url {text[:200]!r}: {address} is not a public address")
    urls = tuple(url.copy_with(host=address) for address in dict.fromkeys(addresses))
    return Target(urls, url.netloc.decode(), url.host)


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TaskError(f"{host}: {error}") from None
    return [str(entry[4][0]).partition("%")[0] for entry in found]


def is_public(text: str) -> bool:
    """True for an address of the public internet, looking through IPv6 forms that carry an IPv4
    one.
    """
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner:
            return is_public(str(inner))
        if address in ipaddress.IPv6Network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast
