# SPDX-License-Identifier: MIT
"""The data source as tests have it: an HttpClient that no packet leaves."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Collection

from linkpool.net.address import is_public
from linkpool.net.errors import HttpError
from linkpool.net.limits import HttpLimits
from linkpool.net.message import Answer, Message, host_of

Handler = Callable[[Message], Answer | Awaitable[Answer]]


def answer(text: str, status: int = 200, **headers: str) -> Answer:
    """What a source says; `content_type="..."` is the header content-type."""
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


class FakeHttp:
    """Asks `handler`; without one every source fails. Names are public, addresses are what they
    are.
    """

    def __init__(self, handler: Handler | None = None, limits: HttpLimits | None = None) -> None:
        self.handler = handler or (lambda message: answer("", 500))
        self.limits = limits or HttpLimits()
        self.asked: list[Message] = []

    async def send(
        self,
        message: Message,
        *,
        unrestricted: bool = False,
        private: Collection[str] = (),
        limit: float | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        host = host_of(message.url)
        name = host.rpartition(":")[0]
        free = unrestricted or host in private or name in private
        if not free and _is_address(name) and not is_public(name):
            raise HttpError(f"{name}: {name} is not a public address")
        self.asked.append(message)
        found = self.handler(message)
        patience = self.limits.seconds if limit is None else limit
        try:
            async with asyncio.timeout(patience):
                return found if isinstance(found, Answer) else await found
        except TimeoutError:
            raise HttpError(f"{name}: no answer in {patience:g} s") from None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
