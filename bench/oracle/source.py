# SPDX-License-Identifier: MIT
"""The data source of the measurements: one answer, kept connections, as little work as possible.

python -m bench.oracle.source      prints its URL, serves until it is told to stop
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Final

PRICE: Final = "2412.07"
TIMES: Final = 100
EXPECTED: Final = 241_207

_BODY: Final = f'{{"ETH": {{"USD": {PRICE}}}}}'.encode()
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    + str(len(_BODY)).encode()
    + b"\r\n\r\n"
    + _BODY
)
_END: Final = b"\r\n\r\n"


class _Kept(asyncio.Protocol):
    """One connection; each request head is one answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *heads, self._rest = (self._rest + data).split(_END)
        if heads:
            self._transport.write(_ANSWER * len(heads))


async def _serve() -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(_Kept, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(_serve()))
