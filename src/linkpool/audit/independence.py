# SPDX-License-Identifier: MIT
"""Whether two addresses are the same endpoint, which would agree with itself; pure. What only a
name server or its owner knows is not seen: two names of one machine, two ports of one node.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

_USUAL: Final = (80, 443)
_HERE: Final = "localhost"


def place_of(url: str) -> tuple[str, int | None]:
    """Host and port by one spelling; no port where it is http's or https's own.

    >>> place_of("HTTPS://user:key@RPC.example.:443/v3/token") == place_of("ws://rpc.example")
    True
    >>> place_of("http://127.1:8545") == place_of("http://localhost:8545")
    True
    """
    parts = urlsplit(url.strip())
    return _host((parts.hostname or "").rstrip(".")), None if parts.port in _USUAL else parts.port


def twins(urls: Sequence[str]) -> tuple[int, int] | None:
    """The numbers, from 1 on, of two that are the same endpoint."""
    seen: dict[tuple[str, int | None], int] = {}
    for number, url in enumerate(urls, start=1):
        place = place_of(url)
        if place in seen:
            return seen[place], number
        seen[place] = number
    return None


def _host(name: str) -> str:
    try:
        # Short and hexadecimal spellings of an address, as system libraries read them.
        number = ip_address(name if ":" in name else socket.inet_aton(name))
    except (OSError, ValueError):
        if name == _HERE or name.endswith(f".{_HERE}"):
            return _HERE
        try:
            return name.encode("idna").decode()
        except UnicodeError:
            return name
    number = getattr(number, "ipv4_mapped", None) or number
    return _HERE if number.is_loopback or number.is_unspecified else str(number)
