# SPDX-License-Identifier: MIT
"""One holder at a time; what a former one writes is refused."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from linkpool.store import leases as module
from linkpool.store.database import Database
from linkpool.store.leases import Lease, LeaseHeld, LeaseLost
from linkpool.store.tables import leases, meta
from tests.linkpool.databases import Place, Postgresql


def put(key: str) -> Any:
    return lambda c: c.execute(insert(meta).values(key=key, value="x"))


def keys(connection: Connection) -> set[str]:
    return set(connection.scalars(select(meta.c.key)))


def expire(connection: Connection) -> None:
    connection.execute(update(leases).values(expires=1))


def test_one_holder_at_a_time_and_a_token_that_grows(database: Database) -> None:
    async def main() -> list[int]:
        first = await Lease.acquire(database, "oracle", "a", 30)
        with pytest.raises(LeaseHeld, match=r"belongs to a for (29|30) s more"):
            await Lease.acquire(database, "oracle", "b", 30)
        other = await Lease.acquire(database, "keeper", "b", 30)
        await first.release()
        second = await Lease.acquire(database, "oracle", "b", 30)
        await database.write(expire)
        third = await Lease.acquire(database, "oracle", "a", 30)
        return [first.token, other.token, second.token, third.token]

    assert asyncio.run(main()) == [1, 1, 2, 3]


def test_a_former_holder_can_neither_renew_nor_release_nor_write(database: Database) -> None:
    async def main() -> None:
        former = await Lease.acquire(database, "oracle", "a", 30)
        await former.renew()
        await database.write(expire)
        present = await Lease.acquire(database, "oracle", "b", 30)
        with pytest.raises(LeaseLost, match="a has lost the lease oracle"):
            await former.renew()
        await former.release()
        with pytest.raises(LeaseHeld):
            await Lease.acquire(database, "oracle", "c", 30)
        database.fence = former.fence
        with pytest.raises(LeaseLost):
            await database.write(put("former"))
        database.fence = present.fence
        await database.write(put("present"))

    asyncio.run(main())
    assert database.read_now(keys) == {"present"}


def test_a_holder_that_starts_again_does_not_wait_for_itself(database: Database) -> None:
    async def main() -> None:
        before = await Lease.acquire(database, "oracle", "a", 1000)
        after = await Lease.acquire(database, "oracle", "a", 1000)
        assert after.token == before.token + 1
        with pytest.raises(LeaseLost):
            await before.renew()

    asyncio.run(main())


def test_keeping_renews_until_it_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        lease = await Lease.acquire(database, "oracle", "a", 0.06)
        renewed = 0
        extend = Lease._extend

        def count(self: Lease, connection: Connection) -> None:
            nonlocal renewed
            extend(self, connection)
            renewed += 1
            if renewed == 3:
                connection.execute(update(leases).values(token=99))

        monkeypatch.setattr(module.Lease, "_extend", count)
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(lease.keep(), 30)
        assert renewed == 3

    asyncio.run(main())


# ---- Two processes ----

PROGRAM = """
import asyncio, sys
from sqlalchemy import insert
from linkpool.store.database import Database
from linkpool.store.leases import Lease, LeaseHeld, LeaseLost
from linkpool.store.tables import meta

async def main():
    url, name, ttl = sys.argv[1], sys.argv[2], float(sys.argv[3])
    database = Database.open(url)
    while True:
        try:
            lease = await Lease.acquire(database, "oracle", name, ttl)
            break
        except LeaseHeld:
            await asyncio.sleep(0.05)
    database.fence = lease.fence
    print("token", lease.token, flush=True)
    for line in sys.stdin:
        try:
            row = {"key": line.strip(), "value": name}
            await database.write(lambda c: c.execute(insert(meta), row))
            print("written", flush=True)
        except LeaseLost:
            print("lost", flush=True)
    database.close()

asyncio.run(main())
"""


class Holder:
    """A process that takes the lease and writes what it is told."""

    def __init__(self, url: str, name: str, ttl: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, url, name, str(ttl)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def writes(self, key: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{key}\n")
        self.process.stdin.flush()
        return self.says()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def holder(url: str, name: str, ttl: float) -> Iterator[Holder]:
    started = Holder(url, name, ttl)
    try:
        yield started
    finally:
        started.kill()


def test_a_process_that_slept_too_long_is_refused(postgresql: Postgresql) -> None:
    """It never heard that another one took over: its write does, in its own transaction."""
    url = postgresql.create()
    with holder(url, "a", 0.5) as first:
        assert first.says() == "token 1"
        assert first.writes("while it was alone") == "written"
        with holder(url, "b", 60) as second:
            assert second.says() == "token 2"
            assert first.writes("after it was replaced") == "lost"
            assert second.writes("by the new one") == "written"
    database = Database.open(url)
    assert database.read_now(keys) == {"while it was alone", "by the new one"}
    database.close()
    postgresql.drop(url)


def test_a_write_under_way_ends_before_somebody_else_takes_over(postgresql: Postgresql) -> None:
    url = postgresql.create()
    ours, theirs = Database.open(url), Database.open(url)

    async def main() -> tuple[int, set[str]]:
        lease = await Lease.acquire(ours, "oracle", "a", 30)
        await ours.write(expire)
        ours.fence = lease.fence
        taking: list[Any] = []

        def slow(connection: Connection) -> None:
            future = asyncio.run_coroutine_threadsafe(
                Lease.acquire(theirs, "oracle", "b", 30), loop
            )
            taking.append(future)
            while not waiting_for_a_lock(postgresql):
                assert not future.done(), "it went past the fence"
            put("slow")(connection)

        loop = asyncio.get_running_loop()
        await ours.write(slow)
        token = (await asyncio.wrap_future(taking[0])).token
        return token, await theirs.read(keys)

    assert asyncio.run(main()) == (2, {"slow"})
    ours.close()
    theirs.close()
    postgresql.drop(url)


def waiting_for_a_lock(postgresql: Postgresql) -> bool:
    return bool(
        postgresql.ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    )


def test_a_killed_holder_on_sqlite_is_replaced(place: Place) -> None:
    if not place.is_sqlite:
        return
    with holder(place.url, "a", 0.3) as first:
        assert first.says() == "token 1"
        first.kill()
        with holder(place.url, "b", 30) as second:
            assert second.says() == "token 2"
            assert second.writes("by the new one") == "written"
