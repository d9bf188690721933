# SPDX-License-Identifier: MIT
"""Asks external adapters what jobs want to know of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from linkpool.net import HttpError, Message, host_of
from linkpool.net.document import dump
from linkpool.oracle.bridges import registry
from linkpool.oracle.bridges.cache import AnswerCache
from linkpool.oracle.bridges.limits import LONGEST_CACHE, BridgeLimits
from linkpool.oracle.bridges.protocol import Said, said
from linkpool.oracle.errors import TaskError
from linkpool.oracle.world import BridgeAnswer, BridgeQuestion, HttpClient
from linkpool.store.database import Database

KNOWN: Final = 1.0  # seconds after which a change of a bridge is noticed at the latest
RESUME: Final = "/v2/resume/"
JSON: Final = {"content-type": "application/json"}


class BridgeCounters:
    """By bridge, for metrics."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.cache_hits: Counter[str] = Counter()
        self.cache_errors: Counter[str] = Counter()
        self.latency_seconds: dict[str, float] = {}
        """Of the last good answer."""


class Bridges:
    """The bridges of the state database. `response_url` is where adapters reach the operator API
    of this node.
    """

    def __init__(
        self,
        http: HttpClient,
        database: Database,
        limits: BridgeLimits | None = None,
        *,
        response_url: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.counters = BridgeCounters()
        self._http = http
        self._database = database
        self._limits = limits or BridgeLimits()
        self._response_url = response_url
        self._clock = clock
        self._cache = AnswerCache(database)
        self._known: dict[str, tuple[float, registry.Access]] = {}

    async def close(self) -> None:
        """Writes the answers that are kept."""
        await self._cache.close()

    async def ask(self, question: BridgeQuestion) -> BridgeAnswer:
        """TaskError where it fails."""
        name = question.name.lower()
        access = await self._access(name)
        message = Message(
            "POST",
            access.url,
            self._body(question),
            {**JSON, **question.headers, "authorization": f"Bearer {access.outgoing_token}"},
        )
        kept = question.cache_ttl
        seconds = self._limits.cache_seconds if kept is None else kept
        self.counters.requests[name] += 1
        try:
            found = await self._send(name, message, question.limit)
            if found.pending and question.task_run is None:
                raise TaskError('answers later, and the task is not async="true"')
        except TaskError as error:
            self.counters.errors[name] += 1
            text = await self._stand_in(name, question.task, seconds)
            if text is None:
                raise TaskError(f"bridge {name}: {error}") from None
            return BridgeAnswer(text)
        if seconds and not found.pending:
            self._cache.remember(name, question.task, found.text, self._clock())
        return BridgeAnswer(found.text, pending=found.pending)

    async def _send(self, name: str, message: Message, limit: float | None) -> Said:
        started = time.perf_counter()
        try:
            answer = await self._http.send(message, private=[host_of(message.url)], limit=limit)
        except HttpError as error:
            raise TaskError(str(error)) from None
        found = said(answer)
        self.counters.latency_seconds[name] = time.perf_counter() - started
        return found

    async def _stand_in(self, name: str, task: str, seconds: float) -> str | None:
        if not seconds:
            return None
        since = self._clock() - min(seconds, LONGEST_CACHE)
        text = await self._cache.recall(name, task, since=since)
        (self.counters.cache_errors if text is None else self.counters.cache_hits)[name] += 1
        return text

    async def _access(self, name: str) -> registry.Access:
        now = time.monotonic()
        until, access = self._known.get(name, (0.0, None))
        if access is None or now > until:
            access = await self._database.read(lambda c: registry.access(c, name))
            if access is None:
                self._known.pop(name, None)
                raise TaskError(f"there is no bridge {name[:100]}: add it, or correct the job")
            self._known[name] = (now + KNOWN, access)
        return access

    def _body(self, question: BridgeQuestion) -> bytes:
        body = dict(question.request)
        if question.run_id is not None:
            body.setdefault("id", question.run_id)
        if question.task_run is not None:
            body["responseURL"] = f"{self._response_url.rstrip('/')}{RESUME}{question.task_run}"
        try:
            return dump(body).encode()
        except ValueError as error:
            raise TaskError(f"requestData: {error}") from None
