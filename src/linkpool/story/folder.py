# SPDX-License-Identifier: MIT
"""The folder in which a run keeps its state: one run at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from linkpool.errors import UsageError
from linkpool.store.state import FILE

LOCK: Final = "up.lock"
KEPT: Final = (
    "chain.json",
    "chain.last-good.json",
    "chain.lock",
    "local.json",
    "local.tmp",
    "source.port",
    *(f"{FILE}{end}" for end in ("", "-shm", "-wal", ".lock")),
    "up.log",
)


def noted_port(note: Path) -> int:
    """0, any free one, where there is no note or nothing usable in it."""
    try:
        port = int(note.read_bytes()) if note.exists() else 0
    except ValueError:
        return 0
    return port if 0 < port < 2**16 else 0


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One run at a time per folder."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise UsageError(f"another run uses {folder}: stop it, or choose another folder") from None
    try:
        yield
    finally:
        os.close(handle)


def forget(folder: Path) -> bool:
    """Removes what a run keeps in the folder and nothing else; False where there was nothing."""
    if not folder.is_dir():
        return False
    with alone(folder):
        found = [folder / name for name in KEPT if (folder / name).exists()]
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / LOCK).unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
    return bool(found)
