# SPDX-License-Identifier: MIT
"""Connections of strangers cost little: a request has to come soon, its answer has to be taken,
and there are only so many.

Where all places are taken, the connection that has kept its place longest without a whole request
loses it: who sends one at once is served, however many others send nothing. One address has half
of the places at most, and this machine's operator gets in before all others.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
from collections.abc import Iterator
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from linkpool.telemetry import logger

MOST: Final = 200
SECONDS: Final = 10.0  # from the connection, or the last answer, to the end of a request
SILENCE: Final = 60.0  # seconds between two complaints about missing descriptors
_FULL: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
log = logger(__name__)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, within these bounds."""

    seconds = SECONDS
    most = MOST

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.place = ""
        self.local = False
        self._since = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.place, self.local = place_of(self.client[0] if self.client else "")
        self._wait()
        others = [
            one for one in self.connections if isinstance(one, BoundedProtocol) and one is not self
        ]
        rivals = [one for one in others if one.place == self.place and not one.local]
        if len(rivals) < self.most // 2:
            rivals = others if len(others) >= self.most else []
        if rivals:
            candidates = [one for one in rivals if one.waits]
            if not candidates and self.local:
                candidates = [one for one in rivals if not one.local]
            min(candidates, key=lambda one: one._since, default=self).drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._wait()
        if self.conn.trailing_data[0]:  # no client of ours asks before it has its answer
            self.transport.close()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait()

    @property
    def waits(self) -> bool:
        """Whether it is the other side's turn: to finish a request, or to take an answer."""
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        whole = cycle is not None and not cycle.more_body
        return not whole or cycle.response_complete or self.flow.write_paused

    def drop(self) -> None:
        """At once, without a word: a polite end waits for those who take no answer."""
        self.connections.discard(self)
        self.transport.abort()

    def _wait(self) -> None:
        self._stop()
        self._since = self.loop.time()
        self._timer = self.loop.call_later(self.seconds, self._late)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _late(self) -> None:
        if self.waits:
            self.drop()


def place_of(host: str) -> tuple[str, bool]:
    """What counts as one address, and whether that is this machine.

    >>> place_of("127.0.0.1"), place_of("::ffff:192.0.2.1")
    (('127.0.0.1', True), ('192.0.2.1', False))
    >>> place_of("2001:db8::7")  # whoever has one of a network's addresses has them all
    ('2001:db8::/64', False)
    """
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host, False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.version == 4 or address.is_loopback:
        return str(address), address.is_loopback
    return str(ipaddress.ip_network((address, 64), strict=False)), False


@contextlib.contextmanager
def complaining_seldom(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Where the process has no descriptors left, asyncio waits a second and tries again; of each
    try it would write dozens of tracebacks.
    """
    before = loop.get_exception_handler()
    last = -SILENCE

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal last
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _FULL and "socket" in context:
            if loop.time() - last >= SILENCE:
                last = loop.time()
                log.error("api.cannot_accept", reason=str(error), hint="raise the limit nofile")
        elif before is not None:
            before(loop, context)
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)
    try:
        yield
    finally:
        loop.set_exception_handler(before)
