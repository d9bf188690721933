# SPDX-License-Identifier: MIT
"""Who of several processes may act, told by one row that all of them see.

    lease = await Lease.acquire(database, "oracle", holder="host-a 4711", ttl=30)
    database.fence = lease.fence          # from now on every write proves that it is still ours
    await lease.keep()                    # renews it until it is lost

A holder that was silent for `ttl` seconds is replaced; the token grows with every change of holder.
What the old holder writes after that is refused in the very transaction of the write, so that it
does no harm that it slept, swapped or was cut off meanwhile.

Time is the database's own on PostgreSQL. On SQLite it is this machine's: only one process at a
time has the file open, so that two clocks never compete within one lease's life.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from sqlalchemy import Connection, func, insert, select, text, update

from linkpool.errors import ChainUnavailable, StateError, StateInUse
from linkpool.store.database import Database
from linkpool.store.tables import leases

_CLOCK: Final = select(func.extract("epoch", func.clock_timestamp()))
RENEWALS: Final = 3  # within one life: two may fail


class LeaseHeld(StateInUse):
    """Somebody else has it."""

    def __init__(self, name: str, holder: str, seconds: float) -> None:
        super().__init__(
            f"the lease {name} belongs to {holder} for {max(seconds, 0):.0f} s more: "
            "stop that one, or wait"
        )
        self.holder = holder
        self.seconds = seconds


class LeaseLost(StateError):
    """Somebody else has taken it: this process may not write any more."""


@dataclass(slots=True)
class Lease:
    """Held as of `acquire`."""

    database: Database
    name: str
    holder: str
    ttl: float
    token: int

    @classmethod
    async def acquire(cls, database: Database, name: str, holder: str, ttl: float) -> Self:
        """LeaseHeld while another holder's life lasts. The same holder takes its own lease back at
        once, with a new token: whoever used the old one is out.
        """
        token = await database.write(lambda c: _take(c, name, holder, ttl))
        return cls(database, name, holder, ttl, token)

    async def renew(self) -> None:
        """Another `ttl` seconds from now; LeaseLost where it is somebody else's."""
        await self.database.write(self._extend)

    async def keep(self) -> None:
        """Renews in time, until it is lost; outages shorter than its life are waited out."""
        while True:
            await asyncio.sleep(self.ttl / RENEWALS)
            try:
                await self.renew()
            except ChainUnavailable:
                continue  # if it lasts, somebody else takes over and the next renewal says so

    async def release(self) -> None:
        """Nobody has to wait for the end of its life. Where that cannot be written, they wait."""
        mine = update(leases).where(leases.c.name == self.name, leases.c.token == self.token)
        with suppress(LeaseLost, ChainUnavailable):
            await self.database.write(lambda c: c.execute(mine.values(expires=0)))

    def fence(self, connection: Connection) -> None:
        """LeaseLost where the token is stale; else nobody takes it before this transaction ends."""
        row = select(leases.c.token).where(leases.c.name == self.name)
        token = connection.scalar(row.with_for_update(read=True))
        if token != self.token:
            raise self._lost()

    def _extend(self, connection: Connection) -> None:
        mine = update(leases).where(leases.c.name == self.name, leases.c.token == self.token)
        if connection.execute(mine.values(expires=_now(connection) + self.ttl)).rowcount == 0:
            raise self._lost()

    def _lost(self) -> LeaseLost:
        return LeaseLost(
            f"{self.holder} has lost the lease {self.name} to another process: only one may run"
        )


def _take(connection: Connection, name: str, holder: str, ttl: float) -> int:
    if connection.dialect.name == "postgresql":
        # Two that come first at the same moment: one waits here and then finds the other's row.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
    row = connection.execute(
        select(leases.c.holder, leases.c.token, leases.c.expires)
        .where(leases.c.name == name)
        .with_for_update()
    ).first()
    now = _now(connection)
    if row is None:
        first = {"name": name, "holder": holder, "token": 1, "expires": now + ttl}
        connection.execute(insert(leases), first)
        return 1
    if row.holder != holder and row.expires > now:
        raise LeaseHeld(name, row.holder, row.expires - now)
    token = int(row.token) + 1
    connection.execute(
        update(leases)
        .where(leases.c.name == name)
        .values(holder=holder, token=token, expires=now + ttl)
    )
    return token


def _now(connection: Connection) -> float:
    if connection.dialect.name == "postgresql":
        return float(connection.execute(_CLOCK).scalar_one())
    return time.time()
