# SPDX-License-Identifier: MIT
"""Work in the foreground until somebody says that it is enough."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

Work = Callable[[asyncio.Event], Awaitable[object]]


async def until_signalled(work: Work, *, seconds: float = 0) -> None:
    """Awaits work(stop); Ctrl-C, SIGTERM and the end of `seconds` (0: never) set `stop`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    timer = loop.call_later(seconds, stop.set) if seconds else None
    try:
        await work(stop)
    finally:
        if timer is not None:
            timer.cancel()
