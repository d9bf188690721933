# SPDX-License-Identifier: MIT
"""One writer: transactions, savepoints, cancellation, order, what the database cannot do."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from linkpool.errors import StateError, StateUnavailable, UsageError
from linkpool.store.database import TOGETHER, Database
from linkpool.store.tables import meta
from tests.linkpool.databases import Place, Postgresql


def put(key: str) -> Callable[[Connection], Any]:
    return lambda c: c.execute(insert(meta).values(key=key, value="x"))


def keys(connection: Connection) -> list[str]:
    return list(connection.scalars(select(meta.c.key).order_by(meta.c.key)))


def held(database: Database) -> threading.Event:
    """The thread is busy until the event is set, so that writes gather behind it."""
    go_on, started = threading.Event(), threading.Event()

    def wait(_connection: Connection) -> None:
        started.set()
        go_on.wait(10)

    database._thread.submit(database._read, wait)
    started.wait(10)
    return go_on


def test_a_row_is_there_after_the_write_and_after_opening_again(place: Place) -> None:
    database = place.open()

    async def main() -> list[str]:
        await database.write(put("a"))
        return await database.read(keys)

    assert asyncio.run(main()) == ["a"]
    database.close()
    assert place.open().read_now(keys) == ["a"]


def test_a_write_that_fails_leaves_nothing_and_says_why(database: Database) -> None:
    def fails(connection: Connection) -> None:
        put("a")(connection)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write_now(fails)
    assert database.read_now(keys) == []


def test_writes_that_wait_together_fail_apart(database: Database) -> None:
    """Also where the failure was caught, or broke PostgreSQL's transaction."""

    def swallows(connection: Connection) -> None:
        put("swallowed")(connection)
        try:
            connection.exec_driver_sql("SELECT nothing FROM nowhere")
        except (ProgrammingError, OperationalError):
            pass

    works = [put("a"), put("a"), put("b"), swallows, put("c")]

    async def main() -> list[Any]:
        go_on = held(database)
        writes = asyncio.gather(*map(database.write, works), return_exceptions=True)
        await asyncio.sleep(0)
        go_on.set()
        return await writes

    results = asyncio.run(main())
    assert isinstance(results[1], IntegrityError)
    assert not any(isinstance(results[place], Exception) for place in (0, 2, 4))
    assert {"a", "b", "c"} <= set(database.read_now(keys)) <= {"a", "b", "c", "swallowed"}


def test_waiting_writes_share_one_commit(database: Database) -> None:
    fences: list[int] = []
    database.fence = lambda _connection: fences.append(1)

    async def main() -> None:
        go_on = held(database)
        writes = asyncio.gather(*(database.write(put(f"{n:04}")) for n in range(2 * TOGETHER)))
        await asyncio.sleep(0)
        go_on.set()
        await writes

    asyncio.run(main())
    assert len(database.read_now(keys)) == 2 * TOGETHER
    assert len(fences) == 2


def test_what_was_cancelled_before_it_began_is_not_done_and_the_others_are(
    database: Database,
) -> None:
    async def main() -> None:
        go_on = held(database)
        cancelled = asyncio.create_task(database.write(put("cancelled")))
        other = asyncio.create_task(database.write(put("other")))
        await asyncio.sleep(0)
        cancelled.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await other
        assert cancelled.cancelled()

    asyncio.run(main())
    assert database.read_now(keys) == ["other"]


def test_what_was_cancelled_while_it_ran_is_done(database: Database) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        started.set()
        go_on.wait(10)
        put("slow")(connection)

    async def main() -> None:
        write = asyncio.create_task(database.write(slow))
        while not started.is_set():
            await asyncio.sleep(0.001)
        write.cancel()
        with pytest.raises(asyncio.CancelledError):
            await write
        go_on.set()
        await database.write(put("next"))

    asyncio.run(main())
    assert database.read_now(keys) == ["next", "slow"]


def test_a_read_sees_every_write_that_was_asked_for_before(database: Database) -> None:
    async def main() -> list[str]:
        writes = [asyncio.create_task(database.write(put(f"{n:04}"))) for n in range(100)]
        await asyncio.sleep(0)
        seen = await database.read(keys)
        await asyncio.gather(*writes)
        return seen

    assert len(asyncio.run(main())) == 100


def test_closing_waits_for_what_was_asked_for(place: Place) -> None:
    database = place.open()

    async def main() -> None:
        go_on = held(database)
        write = asyncio.create_task(database.write(put("last")))
        await asyncio.sleep(0)
        threading.Timer(0.05, go_on.set).start()
        database.close()
        await write

    asyncio.run(main())
    database.close()
    assert place.open().read_now(keys) == ["last"]


def test_a_closed_database_says_so_every_time(place: Place) -> None:
    database = place.open()
    database.close()
    for _ in range(2):
        for attempt in (database.write_now, database.read_now):
            with pytest.raises(StateError, match="is closed"):
                attempt(keys)


def test_many_writers_at_once_lose_nothing(database: Database) -> None:
    """Threads and a loop: whoever comes while the thread is about to stop looking is seen."""

    def threaded(name: int) -> None:
        for number in range(100):
            database.write_now(put(f"{name} {number}"))

    async def main() -> None:
        threads = [asyncio.to_thread(threaded, name) for name in range(4)]
        writes = [database.write(put(f"loop {number}")) for number in range(200)]
        await asyncio.wait_for(asyncio.gather(*threads, *writes), 60)

    asyncio.run(main())
    assert len(database.read_now(keys)) == 600


def test_a_loop_that_ended_does_not_hold_the_others_back(database: Database) -> None:
    """Its write is carried out; nobody is there to be told."""
    started, go_on = threading.Event(), threading.Event()

    def slow(connection: Connection) -> None:
        started.set()
        go_on.wait(10)
        put("slow")(connection)

    async def gives_up() -> None:
        write = asyncio.create_task(database.write(slow))
        await asyncio.to_thread(started.wait, 10)
        write.cancel()

    async def waits() -> None:
        write = asyncio.create_task(database.write(put("waited for")))
        await asyncio.sleep(0)
        go_on.set()
        await write

    asyncio.run(gives_up())
    asyncio.run(waits())
    assert database.read_now(keys) == ["slow", "waited for"]


def test_a_fence_that_refuses_refuses_every_write(database: Database) -> None:
    def refuse(_connection: Connection) -> None:
        raise StateError("no longer ours")

    database.fence = refuse
    with pytest.raises(StateError, match="no longer ours"):
        database.write_now(put("a"))
    assert database.read_now(keys) == []


@pytest.mark.parametrize("url", ["", "state.db", "sqlite//x"])
def test_what_is_no_address_is_one_line(url: str) -> None:
    with pytest.raises(UsageError, match="sqlite:///FILE or postgresql://USER@HOST/NAME"):
        Database.open(url)


def test_a_lost_connection_is_a_retryable_error_and_comes_back(postgresql: Postgresql) -> None:
    url = postgresql.create()
    database = Database.open(url)
    try:
        database.write_now(put("before"))
        postgresql.crash()
        try:
            for attempt in (database.write_now, database.read_now):
                with pytest.raises(StateUnavailable, match="does not answer") as caught:
                    attempt(keys)
                assert "postgres@" not in str(caught.value)
        finally:
            postgresql.start()
        database.write_now(put("later"))
        assert database.read_now(keys) == ["before", "later"]
    finally:
        database.close()
        postgresql.drop(url)


def test_a_connection_lost_in_the_middle_fails_every_write_of_the_batch(
    postgresql: Postgresql,
) -> None:
    url = postgresql.create()
    database = Database.open(url)

    def cut(connection: Connection) -> None:
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        postgresql.execute(f"SELECT pg_terminate_backend({number})")
        put("cut")(connection)

    async def main() -> list[Any]:
        go_on = held(database)
        works = [put("a"), cut, put("b")]
        writes = asyncio.gather(*map(database.write, works), return_exceptions=True)
        await asyncio.sleep(0)
        go_on.set()
        return await writes

    try:
        assert [type(result) for result in asyncio.run(main())] == [StateUnavailable] * 3
        assert database.read_now(keys) == []
    finally:
        database.close()
        postgresql.drop(url)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: url.replace("/test_", "/no_test_"), "does not exist on that server"),
        (lambda url: url.replace("postgres@", "stranger@"), "does not"),
    ],
)
def test_a_server_that_refuses_is_one_line(
    postgresql: Postgresql, change: Callable[[str], str], words: str
) -> None:
    url = postgresql.create()
    database = Database.open(change(url))
    with pytest.raises(StateError, match=words) as caught:
        database.read_now(keys)
    assert "\n" not in str(caught.value)
    database.close()
    postgresql.drop(url)


def test_a_read_cannot_write_on_postgresql(postgresql: Postgresql) -> None:
    url = postgresql.create()
    database = Database.open(url)
    with pytest.raises(StateError, match="read-only"):
        database.read_now(put("a"))
    database.close()
    postgresql.drop(url)
