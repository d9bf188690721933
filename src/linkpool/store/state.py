# SPDX-License-Identifier: MIT
"""Opening the state of a node: sound, of this program's version, of this chain, of nobody else."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select

from linkpool.errors import StateError
from linkpool.store import versions
from linkpool.store.database import Database
from linkpool.store.failures import described
from linkpool.store.lock import StateLock
from linkpool.store.tables import meta

FILE: Final = "state.db"
JOURNALS: Final = ("-wal", "-shm", "-journal")
PRIVATE: Final = 0o600


def open_state(
    where: str | Path,
    *,
    chain_id: int | None = None,
    genesis: str | None = None,
    upgrade: bool = True,
    new: bool = True,
) -> Database:
    """The database at a URL, or in a folder; made where there is none, if `new`. `genesis` is the
    hash of block 0; without it the database is of whatever chain it is. An SQLite database is
    locked until it is closed.

    Raises StateError where it is damaged, of another chain, or of a newer program (also of an older
    one, without `upgrade`, and where there is none, without `new`); StateInUse with the process id
    where another process has it open.
    """
    database = opened(where, new=new)
    try:
        database.write_now(check_integrity)
        versions.settle(database, upgrade=upgrade)
        if chain_id is not None and genesis is not None:
            claim = partial(_belongs, chain_id=chain_id, genesis=genesis)
            database.write_now(claim)
    except BaseException:
        database.close()
        raise
    return database


def opened(where: str | Path, *, new: bool = True) -> Database:
    """Locked, not looked into. StateError where there is none and none shall be made."""
    url = where if isinstance(where, str) else f"sqlite:///{where / FILE}"
    database = Database.open(url)
    file = database.engine.url.database
    if database.engine.dialect.name == "sqlite" and file and file != ":memory:":
        path = Path(file)
        if not new and not path.exists():
            raise StateError(
                f"there is no node's state in {path.parent}: name another folder (--state or "
                "LINKPOOL_STATE); `linkpool db upgrade` makes one"
            )
        with ExitStack() as locked:
            locked.enter_context(StateLock(path.parent, f"{path.name}.lock"))
            database.at_close.push(locked.pop_all())
        _keep_private(path)
    return database


def _keep_private(path: Path) -> None:
    """Tokens and digests of passwords are in it. SQLite gives its journals the mode of the file;
    what the owner may not change is left as it is.
    """
    with suppress(OSError):
        path.touch(mode=PRIVATE)
    for file in (path, *(path.with_name(path.name + end) for end in JOURNALS)):
        with suppress(OSError):
            file.chmod(PRIVATE)


def check_integrity(connection: Connection, *, thorough: bool = False) -> None:
    """The pages of an SQLite file; `thorough`: its indices and references too. PostgreSQL sees to
    that itself.
    """
    if connection.dialect.name != "sqlite":
        return
    checks = ["integrity_check", "foreign_key_check"] if thorough else ["quick_check"]
    for check in checks:
        rows = connection.exec_driver_sql(f"PRAGMA {check}").all()
        if rows and rows[0][0] != "ok":
            raise StateError(
                f"{described(connection.engine.url)} is damaged ({check}: {len(rows)} findings): "
                "put back a copy, or move it away and start anew from the chain"
            )


def _belongs(connection: Connection, *, chain_id: int, genesis: str) -> None:
    """Claims a new database for this chain, and refuses another chain's."""
    here = {"chain_id": str(chain_id), "genesis": genesis}
    query = select(meta.c.key, meta.c.value).where(meta.c.key.in_(here))
    known = {key: value for key, value in connection.execute(query)}
    if not known:
        rows = [{"key": key, "value": value} for key, value in here.items()]
        connection.execute(insert(meta), rows)
        return
    name = described(connection.engine.url)
    if known.get("chain_id") != here["chain_id"]:
        raise StateError(
            f"{name} is of chain {known.get('chain_id')}, not of {chain_id}: choose another one"
        )
    if known.get("genesis") != genesis:
        raise StateError(
            f"{name} is of another chain with the same id ({chain_id}), one that was reset: "
            "move it away, or choose another one"
        )
