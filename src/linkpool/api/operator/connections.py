# SPDX-License-Identifier: MIT
"""Connections of strangers cost little: a request has to come soon, and there are only so many.

Where all places are taken, the connection that has kept its place longest without a whole request
loses it: who sends one at once is served, however many others send nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST: Final = 200
SECONDS: Final = 10.0  # from the connection, or the last answer, to the end of a request
_WHOLE: Final = (h11.DONE, h11.MUST_CLOSE)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, within these bounds."""

    seconds = SECONDS
    most = MOST

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._since = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self.most:
            mine = (one for one in self.connections if isinstance(one, BoundedProtocol))
            idle = [one for one in mine if one.waits and one is not self]
            min(idle, key=lambda one: one._since, default=self).drop()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if not self.transport.is_closing():
            self._wait()

    @property
    def waits(self) -> bool:
        """Whether its next request is not whole yet."""
        return self.conn.their_state not in _WHOLE

    def drop(self) -> None:
        """At once, without a word."""
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
        if self.waits and not self.transport.is_closing():
            self.drop()
