# SPDX-License-Identifier: MIT
"""The database of a node that does not run now: what can be done without it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_typing import ChecksumAddress
from sqlalchemy import Connection, select

from linkpool.chain.addresses import ZERO, address
from linkpool.errors import UsageError
from linkpool.oracle.runs import jobs, records, resumption
from linkpool.oracle.spec import PLACEHOLDER, load
from linkpool.store.database import Database
from linkpool.store.tables import jobs as table


@dataclass(frozen=True, slots=True)
class Offline:
    """Takes the place of a running host."""

    database: Database
    chain_id: int
    state: None = None
    counters: None = None

    async def add_job(self, toml: str, *, node: str | None = None, shadow: bool = False) -> int:
        """For a node that has run on this database before."""

        def work(connection: Connection) -> int:
            known = nodes(connection)
            if shadow:
                who, contract = _anyone(known, node), None
            else:
                who, contract = chosen(known, toml, node)
            return jobs.add(
                connection, toml, node=who, contract=contract, chain_id=self.chain_id, shadow=shadow
            )

        return await self.database.write(work)

    async def archive_job(self, job: int) -> None:
        await self.database.write(lambda c: jobs.archive(c, job))

    async def run_job(self, job: int, variables: Mapping[str, Any]) -> int:
        raise UsageError("no node runs on this state: start `linkpool oracle run`")

    async def bridge_of(self, task_run: str) -> str | None:
        return await self.database.read(lambda c: resumption.bridge_of(c, task_run, jobs.read(c)))

    async def resume(self, task_run: str, *, value: Any = None, error: str | None = None) -> bool:
        now = time.time()
        return await self.database.write(
            lambda c: resumption.keep(
                c, task_run, value=value, error=error, book=jobs.read(c), now=now
            )
        )

    async def retry(self, run: int) -> None:
        await self.database.write(lambda c: records.retry(c, run))

    async def replay(self, block: int) -> None:
        raise UsageError("no node runs on this state: start `linkpool oracle run`")


def nodes(connection: Connection) -> dict[ChecksumAddress, ChecksumAddress]:
    """Contract and node of those that have jobs here: each node is given one when it starts."""
    query = select(table.c.contract, table.c.node).where(table.c.shadow.is_(False)).distinct()
    return {row.contract: row.node for row in connection.execute(query)}


def chosen(
    known: Mapping[ChecksumAddress, ChecksumAddress], toml: str, node: str | None
) -> tuple[ChecksumAddress, ChecksumAddress]:
    """The node that a job is for, and its contract: the one asked for, the one whose contract the
    file names, or the only one.
    """
    if node is not None:
        known = {at: one for at, one in known.items() if one.lower() == node.lower()}
        if not known and PLACEHOLDER.search(toml) is None:
            return address(node), load(toml).contract  # it says all that there is to know
    if not known:
        who = "no node" if node is None else f"no node {node}"
        raise UsageError(f"{who} has run on this state: start `linkpool oracle run` first")
    named = jobs.named_contract(toml)
    fitting = [at for at in known if named in (None, at)] if len(known) > 1 else list(known)
    if len(fitting) != 1:
        names = ", ".join(sorted(known.values()))
        raise UsageError(f"which node is the job for? say its address ({names})")
    return known[fitting[0]], fitting[0]


def _anyone(known: Mapping[ChecksumAddress, ChecksumAddress], node: str | None) -> ChecksumAddress:
    """Shadow jobs sign nothing: any node does."""
    return address(node) if node is not None else next(iter(known.values()), ZERO)
