# SPDX-License-Identifier: MIT
"""Opening a node's state, and every way in which it cannot be opened."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from linkpool.errors import LinkPoolError, StateError, StateInUse
from linkpool.store import versions
from linkpool.store.database import Database
from linkpool.store.lock import StateLock
from linkpool.store.state import FILE, check_integrity, open_state
from linkpool.store.tables import logs, meta
from tests.linkpool.databases import Postgresql

GENESIS = "0x" + "11" * 32


def opened(where: str | Path, **changes: Any) -> Database:
    return open_state(where, **({"chain_id": 31337, "genesis": GENESIS} | changes))


def put(key: str, size: int = 1) -> Callable[[Connection], Any]:
    return lambda c: c.execute(insert(meta).values(key=key, value="x" * size))


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | Path]:
    if request.param == "sqlite":
        yield tmp_path / "state"
    else:
        server: Postgresql = request.getfixturevalue("postgresql")
        url = server.create("template0")
        yield url
        server.drop(url)


@pytest.fixture
def open_umask() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


@pytest.mark.usefixtures("open_umask")
def test_nobody_else_of_the_machine_may_read_a_new_state(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    database = opened(folder)
    database.write_now(put("token"))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert set(modes(folder).values()) == {0o600}
    assert {FILE, f"{FILE}-wal"} <= set(modes(folder))
    database.close()


@pytest.mark.usefixtures("open_umask")
def test_a_state_that_others_could_read_is_theirs_no_more(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / f"{FILE}-journal").touch()
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    opened(tmp_path).close()
    del (left := modes(tmp_path))[f"{FILE}.lock"]
    assert set(left.values()) == {0o600}


def test_a_new_state_is_made_and_found_again(where: str | Path) -> None:
    state = opened(where)
    state.write_now(put("kept"))
    state.close()
    again = opened(where)
    rows = again.read_now(lambda c: c.execute(select(meta.c.key, meta.c.value)).all())
    again.close()
    assert {key: value for key, value in rows} == {
        "chain_id": "31337",
        "genesis": GENESIS,
        "kept": "x",
    }


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chain_id": 1}, "is of chain 31337, not of 1"),
        ({"genesis": "0x" + "22" * 32}, "one that was reset"),
    ],
)
def test_a_state_belongs_to_one_chain(
    where: str | Path, changes: dict[str, Any], words: str
) -> None:
    opened(where).close()
    with pytest.raises(StateError, match=words):
        opened(where, **changes)
    opened(where).close()


def test_a_state_of_a_newer_release_is_refused_and_left_alone(where: str | Path) -> None:
    state = opened(where)
    state.write_now(lambda c: c.execute(update(versions.VERSION).values(version_num="9999")))
    state.close()
    with pytest.raises(StateError, match=r"newer release .version 9999, this one knows"):
        opened(where)


def test_what_is_no_state_is_refused(where: str | Path, tmp_path: Path) -> None:
    url = where if isinstance(where, str) else f"sqlite:///{tmp_path / 'other.db'}"
    other = Database.open(url)
    other.write_now(lambda c: c.exec_driver_sql("CREATE TABLE sheep (name TEXT)"))
    other.close()
    with pytest.raises(StateError, match="holds something else"):
        opened(url)


def test_the_first_releases_journal_is_not_mistaken_for_a_state(tmp_path: Path) -> None:
    schema = (Path(__file__).parent / "releases" / "journal.sql").read_text()
    with sqlite3.connect(tmp_path / FILE) as journal:
        journal.executescript(schema)
    journal.close()
    with pytest.raises(StateError, match=r"journal of an earlier release.*not needed"):
        opened(tmp_path)


# ---- One process ----


def test_a_second_process_is_told_which_one_has_the_state(tmp_path: Path) -> None:
    state = opened(tmp_path)
    with pytest.raises(StateInUse, match=f"used by process {os.getpid()} on .*: stop that one"):
        opened(tmp_path)
    state.close()
    opened(tmp_path).close()


def test_another_program_with_the_file_open_is_one_line(tmp_path: Path) -> None:
    opened(tmp_path).close()
    other = sqlite3.connect(tmp_path / FILE)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match="in use by another process"):
        opened(tmp_path)
    other.close()


HOLDER = """
import sys, time
from pathlib import Path
from linkpool.store.state import open_state
state = open_state(Path(sys.argv[1]), chain_id=31337, genesis="0x11")
print("open", flush=True)
time.sleep(60)
"""


def test_the_lock_ends_with_its_process_however_that_ends(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "open\n"
        with pytest.raises(StateInUse, match=f"process {holder.pid} on"):
            opened(tmp_path, genesis="0x11")
        holder.kill()
        holder.wait(10)
    opened(tmp_path, genesis="0x11").close()


WRITER = """
import itertools, sys
from pathlib import Path
from sqlalchemy import insert
from linkpool.store.state import open_state
from linkpool.store.tables import meta
state = open_state(Path(sys.argv[1]))
for number in itertools.count():
    state.write_now(lambda c: c.execute(insert(meta).values(key=str(number), value="x" * 500)))
    print(number, flush=True)
"""


def test_what_was_said_to_be_written_survives_a_kill(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(200)]
        writer.kill()
        said += writer.stdout.readlines()
    state = open_state(tmp_path)
    known = state.read_now(lambda c: c.scalars(select(meta.c.key)).all())
    state.close()
    assert {line.strip() for line in said if line.endswith("\n")} <= set(known)
    assert len(known) <= len(said) + 1


def test_no_memory_is_shared_through_files(tmp_path: Path) -> None:
    """A network file system cannot do that."""
    state = opened(tmp_path)
    state.write_now(put("a"))
    files = {path.name for path in tmp_path.iterdir()}
    state.close()
    assert files == {FILE, f"{FILE}-wal", f"{FILE}.lock"}
    assert {path.name for path in tmp_path.iterdir()} == {FILE, f"{FILE}.lock"}


def test_the_lock_of_a_folder(tmp_path: Path) -> None:
    with StateLock(tmp_path / "new"), pytest.raises(StateInUse, match=f"process {os.getpid()}"):
        StateLock(tmp_path / "new")
    StateLock(tmp_path / "new").release()


def test_a_file_system_without_locks_is_not_taken_for_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(_handle: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with monkeypatch.context() as patch:
        patch.setattr("linkpool.store.lock.fcntl.flock", flock)
        with pytest.raises(StateError, match=r"cannot be locked \(no locks available\)") as caught:
            StateLock(tmp_path)
    assert not isinstance(caught.value, StateInUse)
    StateLock(tmp_path).release()


# ---- Disks ----


def test_a_damaged_file_is_noticed_at_the_start(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.write_now(lambda c: [put(f"{n:04}", 1000)(c) for n in range(200)])
    state.close()
    file = tmp_path / FILE
    with file.open("r+b") as raw:
        for page in range(4, file.stat().st_size // 4096):
            raw.seek(page * 4096)
            raw.write(b"\xff" * 64)
    with pytest.raises(StateError, match="is damaged"):
        opened(tmp_path)


def test_an_index_that_lies_is_noticed_by_the_thorough_check(tmp_path: Path) -> None:
    state = opened(tmp_path)
    row = {"block_hash": "0x1", "log_index": 0, "block": 1, "address": "a", "topic0": "t"}
    state.write_now(lambda c: c.execute(insert(logs), row | {"data": b"", "tx": "0x2"}))
    state.close()
    raw = sqlite3.connect(tmp_path / FILE)
    raw.execute("PRAGMA writable_schema=ON")
    raw.execute(
        "UPDATE sqlite_master SET sql = replace(sql, '(block)', '(log_index)')"
        " WHERE name = 'ix_logs_block'"
    )
    raw.commit()
    raw.close()
    state = opened(tmp_path)
    with pytest.raises(StateError, match="integrity_check"):
        state.write_now(lambda c: check_integrity(c, thorough=True))
    state.close()


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("name,price\nLINK,12\n" * 100)
    with pytest.raises(StateError, match="is no database: choose another file"):
        opened(tmp_path)


def test_a_full_disk_is_one_line_and_nothing_is_half_written(tmp_path: Path) -> None:
    state = opened(tmp_path)
    state.write_now(lambda c: c.exec_driver_sql("PRAGMA max_page_count=80"))

    async def main() -> list[Any]:
        works = [put("small"), put("large", 1_000_000), put("small too")]
        return await asyncio.gather(*map(state.write, works), return_exceptions=True)

    results = asyncio.run(main())
    assert isinstance(results[1], StateError) and "no space left" in str(results[1])
    known = set(state.read_now(lambda c: c.scalars(select(meta.c.key)).all()))
    written = {"small", "small too"} - {
        name
        for name, result in zip(("small", "", "small too"), results, strict=True)
        if isinstance(result, StateError)
    }
    assert known - {"chain_id", "genesis"} == written
    state.close()


def _as_somebody_else(folder: str, answers: Any) -> None:
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        opened(Path(folder)).close()
        answers.put("opened")
    except LinkPoolError as error:
        answers.put(f"{type(error).__name__}: {error}")


@pytest.mark.parametrize("prepared", [False, True])
def test_a_folder_that_may_not_be_written_is_one_line(prepared: bool) -> None:
    """Root may write everywhere: the attempt is made by somebody else."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if prepared:
            opened(folder).close()
            (folder / f"{FILE}.lock").chmod(0o666)
        folder.chmod(0o555)
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        process = context.Process(target=_as_somebody_else, args=(name, answers))
        process.start()
        answer = answers.get(timeout=30)
        process.join(30)
        folder.chmod(0o755)
    assert answer.startswith("StateError: ") and "permissions" in answer, answer
