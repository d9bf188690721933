# SPDX-License-Identifier: MIT
"""Every test that takes `database` runs twice: on SQLite, and in a PostgreSQL database of its own.

The PostgreSQL server is started once per test process, on a free port of the loopback, in a
temporary directory, as an ordinary user; it is stopped by its id.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Table

from linkpool.chain.anvil import dying_with_parent, free_port
from linkpool.store.database import Database
from linkpool.store.tables import metadata
from tools.setup import postgresql_programs

SECONDS = 60
TEMPLATE = "made_once"
FAST = ("fsync=off", "full_page_writes=off")  # there is no power cut to survive
EMPTY = ";".join(
    [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
    + [
        f"ALTER SEQUENCE {table.name}_id_seq RESTART"
        for table in metadata.sorted_tables
        if table.autoincrement_column is not None
    ]
)


def in_memory(*tables: Table) -> Database:
    """SQLite's, empty, with these tables; with all of them where none is named."""
    database = Database.open("sqlite://")
    metadata.create_all(database.engine, tables=list(tables) or None)
    return database


class Postgresql:
    """A server; `create` makes a database for one test."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._names = itertools.count()
        self._reused: set[str] = set()
        self._user = _ordinary_user()
        self.port = free_port()
        if self._user is not None:
            shutil.chown(folder, self._user)
        self._initialise()
        self.process = self._start()

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def ask(self, query: str) -> Any:
        """One value."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
            return None if row is None else row[0]

    def create(self, template: str = TEMPLATE) -> str:
        """URL of a new database with the present tables; `template0` makes an empty one."""
        name = f"test_{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def emptied(self, name: str) -> str:
        """URL of a database with the present tables and no rows: made once, which takes long."""
        url = self.url(name)
        if name not in self._reused:
            self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
            self._reused.add(name)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(b"SET lock_timeout = '20s'")
            connection.execute(EMPTY.encode())
        return url

    def drop(self, url: str) -> None:
        self.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def crash(self) -> None:
        """Every connection is lost; `start` brings the server back."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(SECONDS)

    def start(self) -> None:
        self.process = self._start()

    def stop(self) -> None:
        """Its data goes too: there is nothing to write down."""
        self.crash()

    def _initialise(self) -> None:
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        subprocess.run(
            [self._programs / "initdb", "-D", self._folder / "data", *options],
            user=self._user,
            extra_groups=None if self._user is None else [],
            cwd=self._folder,
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )

    def _start(self) -> subprocess.Popen[bytes]:
        places = ["-D", str(self._folder / "data"), "-k", "", "-h", "127.0.0.1"]
        fast = [word for setting in FAST for word in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [self._programs / "postgres", *places, "-p", str(self.port), *fast],
                user=self._user,
                extra_groups=None if self._user is None else [],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dying_with_parent(signal.SIGQUIT),
            )
        until = time.monotonic() + SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
                return process
            except psycopg.OperationalError as error:
                if process.poll() is not None or time.monotonic() > until:
                    process.kill()
                    text = (self._folder / "log").read_text()
                    raise AssertionError(f"PostgreSQL does not start: {text[-500:]}") from error
                time.sleep(0.05)


def _ordinary_user() -> str | None:
    """PostgreSQL does not run as root; None where this process is not root anyway."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@dataclass
class Place:
    """Where a test's state database is, made with the present tables."""

    url: str
    _opened: list[Database] = field(default_factory=list)

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    def open(self) -> Database:
        """SQLite is opened by one at a time."""
        self._opened.append(Database.open(self.url))
        return self._opened[-1]

    def close(self) -> None:
        for database in self._opened:
            database.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    programs = postgresql_programs()
    assert programs is not None, "PostgreSQL's server is missing: make setup-dev"
    # Not among pytest's own folders: nobody but their owner may look into those.
    with tempfile.TemporaryDirectory(prefix="linkpool-", ignore_cleanup_errors=True) as folder:
        server = Postgresql(programs, Path(folder))
        try:
            server.execute(f"CREATE DATABASE {TEMPLATE}")
            with_tables(server.url(TEMPLATE))
            yield server
        finally:
            server.stop()


def with_tables(url: str) -> None:
    """Makes the present tables there."""
    database = Database.open(url)
    try:
        database.write_now(metadata.create_all)
    finally:
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """For tests that open the database themselves, or again."""
    if request.param == "sqlite":
        found = Place(f"sqlite:///{tmp_path / 'state.db'}")
        with_tables(found.url)
        yield found
        found.close()
    else:
        server: Postgresql = request.getfixturevalue("postgresql")
        found = Place(server.emptied("for_a_test"))
        yield found
        found.close()


@pytest.fixture
def database(place: Place) -> Database:
    """Open, empty, with the present tables; closed after the test."""
    return place.open()


@pytest.fixture(params=["sqlite", "postgresql"])
def make_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Database]:
    """An empty database for each example of a property test, which closes it."""
    # Here and not in the test: titanoboa's plugin takes fixtures in their order only.
    server = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    names = itertools.count()

    def make() -> Database:
        if server is not None:
            return Database.open(server.emptied("for_an_example"))
        url = f"sqlite:///{tmp_path / f'example-{next(names)}.db'}"
        with_tables(url)
        return Database.open(url)

    return make
