# SPDX-License-Identifier: MIT
"""An operator API without sockets: its database is real, its node is made up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
from fastapi import FastAPI

from linkpool.api.operator import Operator, operator_app
from linkpool.api.operator.access import Doorkeeper
from linkpool.api.operator.offline import Offline
from linkpool.chain.networks import LOCAL_CHAIN_ID
from linkpool.oracle.host import HostState
from linkpool.oracle.runs import jobs, records
from linkpool.oracle.runs.counters import HostCounters
from linkpool.oracle.runs.reconciler import Standing
from linkpool.settings import ApiSettings, Settings
from linkpool.store.database import Database

T = TypeVar("T")
_APPS: dict[ApiSettings, FastAPI] = {}
NODE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ORACLE = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
SPEC = f"""
type = "directrequest"
schemaVersion = 1
name = "price"
contractAddress = "{ORACLE}"
maxTaskDuration = "0s"
observationSource = \"\"\"
    fetch [type=http method=GET url="http://127.0.0.1:1/price"]
    parse [type=jsonparse path="data,price" data="$(fetch)"]
    fetch -> parse
\"\"\"
"""
WAITING = SPEC.replace(
    'fetch [type=http method=GET url="http://127.0.0.1:1/price"]',
    'fetch [type=bridge name="slow" async=true]',
)


@dataclass(slots=True)
class MadeUp:
    """A host that runs nothing and notes what it is told."""

    offline: Offline
    replayed: list[int] = field(default_factory=list)
    state: HostState | None = field(
        default_factory=lambda: HostState(
            nodes=((NODE, ORACLE, "serving"),),
            chain=True,
            head=12,
            behind=0,
            queue=0,
            active=0,
            requests=Standing(),
            broken_jobs={},
        )
    )
    counters: HostCounters | None = field(default_factory=HostCounters)

    async def run_job(self, job: int, variables: Mapping[str, Any]) -> int:
        return await self.offline.database.write(
            lambda c: records.add_manual(c, job, variables, now=1_000.0)
        )

    async def replay(self, block: int) -> None:
        self.replayed.append(block)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.offline, name)


def operator(database: Database, folder: Path, **changes: Any) -> Operator:
    """Of a node that runs; `host=None` of a database alone."""
    offline = Offline(database, LOCAL_CHAIN_ID)
    host = changes.pop("host", MadeUp(offline)) or offline
    settings = Settings(state=folder, wallets=folder / "wallets")
    made = Operator(database=database, settings=settings, chain_id=LOCAL_CHAIN_ID, host=host)
    return replace(made, **changes)


def client(of: Operator, **headers: str) -> httpx.AsyncClient:
    """Speaks to the API; nobody is logged in."""
    transport = httpx.ASGITransport(app=_app(of), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=headers)


def _app(of: Operator) -> FastAPI:
    """Made once for each of the settings: fifty routes take longer than what is asked of them."""
    limits = of.settings.api
    if limits not in _APPS:
        _APPS[limits] = operator_app(of)
    app = _APPS[limits]
    app.state.operator = of
    app.state.doorkeeper = Doorkeeper(most=limits.logins, seconds=limits.logins_seconds, now=of.now)
    return app


def local(of: Operator) -> httpx.AsyncClient:
    """With the local token, which may do everything."""
    return client(of, authorization=f"Bearer {of.token}")


def play(
    of: Operator,
    story: Callable[[httpx.AsyncClient], Coroutine[Any, Any, T]],
    **headers: str,
) -> T:
    """Runs `story` with a client: the local one where no headers are given."""

    async def run() -> T:
        async with client(of, **headers) if headers else local(of) as open_client:
            return await story(open_client)

    return asyncio.run(run())


def add_job(database: Database, toml: str = SPEC, *, node: str = NODE) -> int:
    """A job as a node has it after its first start."""
    return database.write_now(
        lambda c: jobs.add(c, toml, node=node, contract=ORACLE, chain_id=LOCAL_CHAIN_ID)
    )
