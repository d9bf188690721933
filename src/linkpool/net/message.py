# SPDX-License-Identifier: MIT
"""What goes out and what comes back; where a redirect leads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from yarl import URL

from linkpool.net.errors import HttpError

VISIBLE: Final = re.compile(r"[!-~]+")
SCHEMES: Final = ("http", "https")
REDIRECTS: Final = (301, 302, 303, 307, 308)
AS_GET: Final = (301, 302, 303)
# What the connection says of itself; as in Go, a caller's own are left out.
OURS: Final = frozenset(
    "host content-length transfer-encoding connection keep-alive upgrade te trailer expect "
    "proxy-authorization proxy-connection".split()
)
# We ask for no compression: answers are short, and bombs would have to be defused.
PLAIN: Final[Mapping[str, str]] = {"accept-encoding": "identity", "user-agent": "linkpool"}


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request as it goes out. Names of headers are lower case."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, whatever its status. Names of headers are lower case; `host` is the one
    that answered in the end, after redirects.
    """

    status: int
    headers: Mapping[str, str]
    text: str
    host: str = ""


def parsed(text: str) -> URL:
    """The address, by the parser that the connection is made with: what was checked is what is
    connected to.
    """
    try:
        # An address that can go out as it is does: a signature may cover every letter of it.
        url = URL(text, encoded=bool(VISIBLE.fullmatch(text)))
        sound = url.scheme in SCHEMES and bool(url.host) and url.port not in (None, 0)
    except (ValueError, TypeError):
        sound = False
    if not sound:
        raise HttpError(f"url {_shown(text)!r}: expected http://... or https://...")
    return url


def host_of(url: URL | str) -> str:
    """`name:port`, as lists of hosts have it.

    >>> host_of("HTTPS://user@Prices.Example./ETH")
    'prices.example:443'
    """
    url = parsed(url) if isinstance(url, str) else url
    return f"{(url.raw_host or '').rstrip('.').lower()}:{url.port}"


def outgoing(message: Message) -> dict[str, str]:
    """The headers that are sent."""
    given = {name: text for name, text in message.headers.items() if name not in OURS}
    return {**PLAIN, **given}


def redirected(message: Message, url: URL, status: int, location: str) -> Message:
    """Where an answer leads. The caller's own headers (keys?) stay with the first host."""
    try:
        target = parsed(str(url.join(URL(location, encoded=bool(VISIBLE.fullmatch(location))))))
    except (ValueError, TypeError):
        raise HttpError(f"{url.host}: redirects to no address") from None
    if url.scheme == "https" and target.scheme == "http":
        raise HttpError(f"{url.host}: redirects from https to http")
    get = status in AS_GET and message.method not in ("GET", "HEAD")
    return Message(
        "GET" if get else message.method,
        str(target),
        None if get else message.body,
        message.headers if _same_server(url, target) else _harmless(message.headers),
    )


def _harmless(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in headers.items() if name == "content-type"}


def _same_server(url: URL, target: URL) -> bool:
    """Also where a server leads from http to https, each on its usual port."""
    name, port = host_of(url).rsplit(":", 1)
    return host_of(target) in (f"{name}:{port}", f"{name}:443" if port == "80" else "")


def _shown(text: str) -> str:
    """The beginning of what was given, without what may be secret in it."""
    return str(text).partition("?")[0].rpartition("@")[2][:60]
