# SPDX-License-Identifier: MIT
"""One database, one writer: SQLite by default, PostgreSQL by URL.

    database = Database.open("sqlite:///.linkpool/state.db")
    await database.write(lambda c: c.execute(insert(jobs), row))   # one transaction
    rows = await database.read(lambda c: c.execute(select(jobs)).all())

Work is a plain function of a SQLAlchemy connection, run on the database's own thread. Writes that
wait at the same moment are committed together, each inside a savepoint of its own: one that fails
takes nothing with it, and a slow disk is waited for once. What the database itself cannot do (a
full disk, a lost connection) fails them all, as StateError or StateUnavailable.

A waiter that is cancelled before its work began takes the work with it; afterwards the work is
committed all the same.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Final, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from linkpool.errors import SetupMissing, UsageError
from linkpool.store.failures import explained, of_one_work

T = TypeVar("T")
TOGETHER: Final = 64
Work = Callable[[Connection], Any]

_BUSY_SECONDS: Final = 1.0
_CONNECT_SECONDS: Final = 10
_SILENT_MILLISECONDS: Final = 30_000


class Database:
    """Open once per process; close at its end. `fence` runs at the start of each write."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fence: Callable[[Connection], None] | None = None
        self.at_close = ExitStack()
        self._reads = _postgresql_reads if engine.dialect.name == "postgresql" else None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._waiting: deque[tuple[Work, Future[Any]]] = deque()

    @classmethod
    def open(cls, url: str) -> Self:
        """`sqlite:///PATH` or `postgresql://USER@HOST/NAME`; the first use connects."""
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise UsageError(
                "the database setting is no address: sqlite:///FILE or postgresql://USER@HOST/NAME"
            ) from None
        if parsed.get_backend_name() == "sqlite":
            return cls(_sqlite(parsed))
        return cls(_postgresql(parsed))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction, committed when this returns."""
        return await asyncio.wrap_future(self._queued(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """`work` on a consistent view, after every write that was asked for before."""
        return await asyncio.wrap_future(self._thread.submit(self._read, work))

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """As `write`, for programs without an event loop."""
        return self._queued(work).result()

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """As `read`, for programs without an event loop."""
        return self._thread.submit(self._read, work).result()

    def close(self) -> None:
        """After everything that was asked for is done. Twice is fine."""
        self._thread.shutdown(wait=True)
        self.engine.dispose()
        self.at_close.close()

    def _queued(self, work: Callable[[Connection], T]) -> Future[T]:
        future: Future[T] = Future()
        self._waiting.append((work, future))
        self._thread.submit(self._commit)
        return future

    # ---- On the database's thread ----

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self.engine.begin() as connection:
                if self._reads is not None:
                    self._reads(connection)
                return work(connection)
        except Exception as error:
            cause = explained(error, self.engine.url)
            if cause is error:
                raise
            raise cause from None

    def _commit(self) -> None:
        batch = self._taken()
        if not batch:
            return  # an earlier call has taken it along, or nobody waits any more
        results: dict[Future[Any], Any] = {}
        failed: dict[Future[Any], BaseException] = {}
        try:
            with self.engine.begin() as connection:
                if self.fence is not None:
                    self.fence(connection)
                for work, future in batch:
                    try:
                        # Alone it needs no savepoint: its failure is the transaction's.
                        run = _apart if len(batch) > 1 else _as_is
                        results[future] = run(connection, work)
                    except Exception as error:
                        if len(batch) == 1 or not of_one_work(error):
                            raise
                        failed[future] = error
        except BaseException as error:
            cause = explained(error, self.engine.url)
            failed = {future: failed.get(future, cause) for _, future in batch}
        for _, future in batch:
            if future in failed:
                future.set_exception(failed[future])
            else:
                future.set_result(results[future])

    def _taken(self) -> list[tuple[Work, Future[Any]]]:
        """The next writes that are still waited for."""
        batch: list[tuple[Work, Future[Any]]] = []
        while self._waiting and len(batch) < TOGETHER:
            work, future = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                batch.append((work, future))
        return batch


def _as_is(connection: Connection, work: Work) -> Any:
    return work(connection)


def _apart(connection: Connection, work: Work) -> Any:
    """In a savepoint, which goes where the work fails by itself; a database that fails has thrown
    it away already.
    """
    connection.exec_driver_sql("SAVEPOINT work")
    try:
        result = work(connection)
        connection.exec_driver_sql("RELEASE SAVEPOINT work")
    except Exception as error:
        if of_one_work(error):
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT work")
            connection.exec_driver_sql("RELEASE SAVEPOINT work")
        raise
    return result


# ---- SQLite ----


def _sqlite(url: URL) -> Engine:
    arguments = {"check_same_thread": False, "timeout": _BUSY_SECONDS}
    engine = create_engine(url, poolclass=StaticPool, connect_args=arguments)
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    """One process at a time, which is what a network file system can promise: with the lock held
    before the journal is opened, SQLite keeps its index in memory instead of sharing a -shm file.
    """
    connection.isolation_level = None  # transactions begin where we say, not where Python guesses
    for setting in (
        "locking_mode=EXCLUSIVE",
        "journal_mode=WAL",  # one sync for each commit, half the time of a rollback journal
        "synchronous=FULL",  # what is committed survives a power cut
        "journal_size_limit=67108864",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "cell_size_check=ON",
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


# ---- PostgreSQL ----


def _postgresql(url: URL) -> Engine:
    arguments = {
        "application_name": "linkpool",
        "connect_timeout": _CONNECT_SECONDS,
        "tcp_user_timeout": _SILENT_MILLISECONDS,
    }
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,  # a server that was started anew is noticed before the work
            connect_args=arguments,
        )
    except ModuleNotFoundError:
        raise SetupMissing(
            "PostgreSQL needs the package psycopg: pip install 'psycopg[binary]'"
        ) from None


def _postgresql_reads(connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
