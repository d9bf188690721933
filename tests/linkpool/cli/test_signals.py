# SPDX-License-Identifier: MIT
"""Work in the foreground ends at a signal, or after a time."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from linkpool.cli.signals import until_signalled


def test_work_is_told_to_stop_after_the_time() -> None:
    asyncio.run(until_signalled(asyncio.Event.wait, seconds=0.01))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_work_is_told_to_stop_by_a_signal(number: signal.Signals) -> None:
    async def work(stop: asyncio.Event) -> None:
        os.kill(os.getpid(), number)
        await stop.wait()

    asyncio.run(until_signalled(work))
