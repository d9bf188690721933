# SPDX-License-Identifier: MIT
"""One database, one writer: SQLite by default, PostgreSQL by URL.

    database = Database.open("sqlite:///.linkpool/state.db")
    await database.write(lambda c: c.execute(insert(jobs), row))   # one transaction
    rows = await database.read(lambda c: c.execute(select(jobs)).all())

Work is a plain function of a SQLAlchemy connection, run on the database's own thread. Writes that
wait at the same moment are committed together, each inside a savepoint of its own: one that fails
takes nothing with it, and a slow disk is waited for once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

T = TypeVar("T")
TOGETHER: Final = 64
Work = Callable[[Connection], Any]


class Database:
    """Open once per process; close at its end. `fence` runs at the start of each write."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fence: Callable[[Connection], None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._waiting: deque[tuple[Work, Future[Any]]] = deque()

    @classmethod
    def open(cls, url: str) -> Self:
        """`sqlite:///PATH` or `postgresql://USER@HOST/NAME`."""
        if url.startswith("sqlite"):
            engine = create_engine(
                url, poolclass=StaticPool, connect_args={"check_same_thread": False}
            )
            event.listen(engine, "connect", _sqlite)
            event.listen(engine, "begin", _begin)
        else:
            engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        return cls(engine)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """`work` in a transaction, committed when this returns."""
        future: Future[T] = Future()
        self._waiting.append((work, future))
        self._thread.submit(self._commit)
        return await asyncio.wrap_future(future)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """`work` on a consistent view."""
        return await asyncio.wrap_future(self._thread.submit(self._read, work))

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """As `write`, for programs without an event loop."""
        future: Future[T] = Future()
        self._waiting.append((work, future))
        self._thread.submit(self._commit)
        return future.result()

    def read_now(self, work: Callable[[Connection], T]) -> T:
        """As `read`, for programs without an event loop."""
        return self._thread.submit(self._read, work).result()

    def close(self) -> None:
        """After everything that was asked for is done."""
        self._thread.shutdown(wait=True)
        self.engine.dispose()

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    def _commit(self) -> None:
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), TOGETHER))]
        if not batch:
            return  # an earlier call has taken it along
        done: list[tuple[Future[Any], Any]] = []
        try:
            with self.engine.begin() as connection:
                if self.fence is not None:
                    self.fence(connection)
                for work, future in batch:
                    try:
                        with connection.begin_nested():
                            done.append((future, work(connection)))
                    except Exception as error:
                        future.set_exception(error)
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for future, result in done:
            if not future.cancelled():
                future.set_result(result)


def _sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where Python guesses
    for setting in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
