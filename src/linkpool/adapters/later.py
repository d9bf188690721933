# SPDX-License-Identifier: MIT
"""Answers that are sent to a node when they are ready.

The address comes with the request, so that only those of nodes in the adapter's settings count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Final

from linkpool.net import HttpClient, HttpError, Message, host_of
from linkpool.net.document import dump
from linkpool.telemetry import logger

LOG: Final = logger(__name__)
ATTEMPTS: Final = 10  # for some four minutes: a node may be starting
PAUSE: Final = 0.5  # seconds before the second attempt; doubled before each further one
PARALLEL: Final = 1_000
RESUME: Final = "/v2/resume/"


class Later:
    """Sends answers to nodes; what is under way at the end is given up."""

    def __init__(
        self, http: HttpClient, nodes: Sequence[str], token: str | None, *, pause: float = PAUSE
    ) -> None:
        self._http = http
        self._starts = tuple(f"{node.rstrip('/')}{RESUME}" for node in nodes)
        self._private = [host_of(node) for node in nodes]
        self._headers = {"content-type": "application/json"}
        if token is not None:
            self._headers["authorization"] = f"Bearer {token}"
        self._pause = pause
        self._tasks: set[asyncio.Task[None]] = set()

    def takes(self, url: Any) -> bool:
        """True where a node in the settings waits for the answer, and there is room for it."""
        if not isinstance(url, str) or len(self._tasks) >= PARALLEL:
            return False
        return any(_is_below(url, start) for start in self._starts)

    def start(self, url: str, answer: Coroutine[Any, Any, Mapping[str, Any]]) -> None:
        task = asyncio.create_task(self._send(url, answer), name="answer later")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self, url: str, answer: Coroutine[Any, Any, Mapping[str, Any]]) -> None:
        body = dump(await answer).encode()
        message = Message("PATCH", url, body, self._headers)
        pause = self._pause
        for attempt in range(1, ATTEMPTS + 1):
            why = await self._once(message)
            if not why:
                return
            if attempt == ATTEMPTS:
                LOG.warning("adapter.answer_lost", node=host_of(url), why=why)
                return
            await asyncio.sleep(pause)
            pause *= 2

    async def _once(self, message: Message) -> str:
        """Why it has to be tried again; empty where not."""
        try:
            answer = await self._http.send(message, private=self._private)
        except HttpError as error:
            return str(error)
        if answer.status >= 400:
            LOG.warning("adapter.answer_refused", node=host_of(message.url), status=answer.status)
        # What a node refuses it refuses again, unless it is the node that is not well.
        return f"status {answer.status}" if answer.status >= 500 else ""


def _is_below(url: str, start: str) -> bool:
    rest = url.removeprefix(start)
    return rest != url and rest.replace("-", "").isalnum() and rest.isascii()
