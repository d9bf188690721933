# SPDX-License-Identifier: MIT
"""What the API stands on: the database, and the running node where one runs."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from linkpool.chain.connection import Connection
from linkpool.net import HttpClient
from linkpool.oracle.bridges import Bridges
from linkpool.oracle.host import HostState
from linkpool.oracle.runs.counters import HostCounters
from linkpool.settings import Settings
from linkpool.store.database import Database
from linkpool.transactions import TransactionManager

if TYPE_CHECKING:
    from linkpool.agreements.ports import BiddingCounters  # a node that does not bid does without


class Host(Protocol):
    """A running node, or a database without one (`offline`), for which both are None."""

    @property
    def state(self) -> HostState | None: ...

    @property
    def counters(self) -> HostCounters | None: ...

    async def add_job(self, toml: str, *, node: str | None = None, shadow: bool = False) -> int:
        """Its number. `node` None: the one whose contract the file names."""
        ...

    async def archive_job(self, job: int) -> None: ...

    async def run_job(self, job: int, variables: Mapping[str, Any]) -> int:
        """The number of a run by hand."""
        ...

    async def bridge_of(self, task_run: str) -> str | None:
        """The bridge whose answer a task waits for."""
        ...

    async def resume(self, task_run: str, *, value: Any = None, error: str | None = None) -> bool:
        """The answer that a task waits for; False where none does."""
        ...

    async def retry(self, run: int) -> None:
        """A failed run once more."""
        ...

    async def replay(self, block: int) -> None:
        """Look at the chain again from `block` on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One node process, or its database alone."""

    database: Database
    settings: Settings
    chain_id: int
    host: Host
    connection: Connection | None = None
    manager: TransactionManager | None = None
    http: HttpClient | None = None
    bridges: Bridges | None = None
    bidding: BiddingCounters | None = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """Who knows it may do everything: the command line reads it from operator.json."""
    now: Callable[[], float] = time.time
