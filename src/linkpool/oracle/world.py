# SPDX-License-Identifier: MIT
"""What tasks may touch outside their run: data sources, the chain (to read it) and bridges.

Nothing here sends a transaction: a task that wants one says so in its result (`results`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID, uuid5

from linkpool.net import Answer, Message

__all__ = [
    "Answer",
    "BridgeAnswer",
    "BridgeQuestion",
    "Bridges",
    "ChainReads",
    "HttpClient",
    "Message",
    "RunIdentity",
    "World",
]


class HttpClient(Protocol):
    """Bounded in time, size and redirects."""

    async def send(
        self,
        message: Message,
        *,
        unrestricted: bool = False,
        private: Collection[str] = (),
        limit: float | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        """HttpError where there is no answer within `limit` seconds and `max_bytes` (None: as the
        settings say), or where the address is private, the request not `unrestricted`, and its
        host not among `private`.
        """
        ...


class ChainReads(Protocol):
    """Questions to the chain. TaskError where a contract refuses, TryLater where no RPC answers."""

    async def call(
        self,
        to: str,
        data: bytes,
        *,
        sender: str | None = None,
        gas: int | None = None,
        block: int | str = "latest",
    ) -> bytes: ...

    async def estimate(self, to: str, data: bytes, *, sender: str | None = None) -> int:
        """Units of gas."""
        ...


@dataclass(frozen=True, slots=True)
class BridgeAnswer:
    """What an external adapter said; `pending`: it will answer later, at the response URL."""

    text: str
    pending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeQuestion:
    """What a task wants to know of the adapter `name`. `task` is "<job id>:<task name>", under
    which a good answer may be kept for `cache_ttl` seconds (None: as the settings say); with
    `task_run` the adapter is told where to answer later. `limit` in seconds.
    """

    name: str
    request: dict[str, Any]
    task: str
    run_id: str | None = None
    task_run: str | None = None
    cache_ttl: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: float | None = None


class Bridges(Protocol):
    """External adapters by name."""

    async def ask(self, question: BridgeQuestion) -> BridgeAnswer:
        """TaskError where it fails."""
        ...


_NO_RUN = UUID(int=0)


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Which run of which job this is; both empty where nothing is kept (a simulation)."""

    job_id: str = ""
    run_id: str = ""

    def task_run_id(self, task: str) -> str:
        """The same on each start, so that an adapter can be told before anything is stored."""
        return str(uuid5(_NO_RUN, f"{self.run_id}\n{task}"))


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside that the tasks of one run touch."""

    http: HttpClient
    chain: ChainReads | None = None
    bridges: Bridges | None = None
    run: RunIdentity = RunIdentity()
