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
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from linkpool.errors import SetupMissing, StateError, UsageError
from linkpool.store.failures import described, explained, of_one_work

T = TypeVar("T")
TOGETHER: Final = 64
Work = Callable[[Connection], Any]

_BUSY_SECONDS: Final = 1.0
_CONNECT_SECONDS: Final = 10
_SILENT_MILLISECONDS: Final = 30_000


@dataclass(slots=True, eq=False)
class _Write:
    """Work that waits, then its outcome. Without a loop a thread waits for it."""

    work: Work
    future: asyncio.Future[Any] | Future[Any]
    loop: asyncio.AbstractEventLoop | None
    result: Any = None
    error: BaseException | None = None


class Database:
    """Open once per process; close at its end. `fence` runs at the start of each write."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fence: Callable[[Connection], None] | None = None
        self.at_close = ExitStack()
        self._reads = _postgresql_reads if engine.dialect.name == "postgresql" else None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._waiting: deque[_Write] = deque()
        self._called = False  # the thread will look at what waits

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
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue(_Write(work, future, loop))
        return await future

    async def read(self, work: Callable[[Connection], T]) -> T:
        """`work` on a consistent view, after every write that was asked for before."""
        return await asyncio.wrap_future(self._submit(self._read, work))

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """As `write`, for programs without an event loop."""
        future: Future[T] = Future()
        self._queue(_Write(work, future, None))
        return future.result()

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """As `read`, for programs without an event loop."""
        future: Future[T] = self._submit(self._read, work)
        return future.result()

    def close(self) -> None:
        """After everything that was asked for is done. Twice is fine."""
        self._thread.shutdown(wait=True)
        self.engine.dispose()
        self.at_close.close()

    def _queue(self, write: _Write) -> None:
        self._waiting.append(write)
        if not self._called:
            self._called = True  # before the thread can take it back
            try:
                self._submit(self._commit_all)
            except StateError:
                self._called = False
                raise

    def _submit(self, call: Callable[..., T], *arguments: Any) -> Future[T]:
        try:
            return self._thread.submit(call, *arguments)
        except RuntimeError:
            raise StateError(f"{described(self.engine.url)} is closed: the program ends") from None

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

    def _commit_all(self) -> None:
        """Everything that waits now: a read that is asked for later sees it."""
        self._called = False  # first: whoever comes from here on calls again
        left = len(self._waiting)
        while left > 0:
            taken = [self._waiting.popleft() for _ in range(min(left, TOGETHER))]
            left -= len(taken)
            # Nobody waits any more for what was cancelled: it is not even begun.
            batch = [write for write in taken if not write.future.cancelled()]
            if batch:
                self._commit(batch)
                _deliver(batch)

    def _commit(self, batch: Sequence[_Write]) -> None:
        try:
            with self.engine.begin() as connection:
                if self.fence is not None:
                    self.fence(connection)
                # Alone it needs no savepoint: its failure is the transaction's.
                run = _apart if len(batch) > 1 else _as_is
                for write in batch:
                    try:
                        write.result = run(connection, write.work)
                    except Exception as error:
                        if len(batch) == 1 or not of_one_work(error):
                            raise
                        write.error = error
        except BaseException as error:
            cause = explained(error, self.engine.url)
            for write in batch:
                write.error = write.error or cause


def _deliver(batch: Sequence[_Write]) -> None:
    """One call of each loop for all that it waits for."""
    for loop in {write.loop for write in batch}:
        writes = [write for write in batch if write.loop is loop]
        if loop is None:
            _settle(writes)
        else:
            with suppress(RuntimeError):  # it was closed: nobody waits any more
                loop.call_soon_threadsafe(_settle, writes)


def _settle(writes: Sequence[_Write]) -> None:
    for write in writes:
        if write.future.done():
            continue  # cancelled while it was carried out
        if write.error is not None:
            write.future.set_exception(write.error)
        else:
            write.future.set_result(write.result)


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
