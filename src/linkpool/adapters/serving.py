# SPDX-License-Identifier: MIT
"""Runs an adapter's server inside a loop that somebody else started."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from linkpool.errors import PortInUse, UsageError, reason_of

IDLE = 15  # seconds that a connection is kept; longer than clients do, so that they hang up first


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the business of who started the loop."""
        yield


@asynccontextmanager
async def serving(app: FastAPI, *, port: int = 0, address: str = "127.0.0.1") -> AsyncIterator[str]:
    """The server's URL, while it runs; port 0 takes a free one. PortInUse where it is taken,
    UsageError where it is none that this machine can listen on.
    """
    listening = _bound(address, port)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=5,
        server_header=False,
        lifespan="on",
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]), name="adapter")
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        if task.done():
            await task
        yield f"http://{address}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def _bound(address: str, port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            text = f"port {port} is in use: choose another for the adapter"
            raise PortInUse(text) from None
        raise UsageError(
            f"the adapter cannot listen on {address} port {port}: {reason_of(error)}; give an "
            "IPv4 address of this machine and a port that this user may have"
        ) from None
    return listening
