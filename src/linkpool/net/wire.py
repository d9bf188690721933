# SPDX-License-Identifier: MIT
"""What comes over a connection, counted before it is parsed: a server that sends interim answers,
chunk extensions or other words without end would keep the whole process busy.
"""

from __future__ import annotations

import asyncio
import functools
from typing import Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler

HEAD: Final = 65_536  # bytes beside the body
AROUND: Final = 8  # bytes on the wire for each of the body, at the most: chunks of one byte
INTERIM: Final = 10  # answers like `100 Continue` before the real one


class Flood(aiohttp.ClientError):
    """More came than any answer needs."""


class CountedHandler(ResponseHandler):
    """The connection's end; each request starts the counts again."""

    _bytes_left = 0
    _heads_left = 0

    def set_response_params(self, *, read_bufsize: int = HEAD, **rest: Any) -> None:
        """`read_bufsize` is the longest body that is wanted."""
        self._bytes_left = HEAD + AROUND * read_bufsize
        self._heads_left = INTERIM + 1
        super().set_response_params(read_bufsize=read_bufsize, **rest)

    def data_received(self, data: bytes) -> None:
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            self._cut()
        else:
            super().data_received(data)

    def feed_data(self, data: Any, size: int = 0) -> None:
        self._heads_left -= 1
        if self._heads_left < 0:
            self._cut()
        else:
            super().feed_data(data, size)

    def _cut(self) -> None:
        flood = Flood("sends more than any answer needs")
        self.set_exception(flood)
        if self._payload is not None:
            self._payload.set_exception(flood)
        if self.transport is not None:
            self.transport.abort()


def counted(connector: aiohttp.TCPConnector) -> aiohttp.TCPConnector:
    """The connector, made to count. aiohttp has no public way to choose the handler: a test sends
    floods, and fails where this has no effect.
    """
    factory: Any = functools.partial(CountedHandler, loop=asyncio.get_running_loop())
    connector._factory = factory
    return connector
