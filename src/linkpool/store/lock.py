# SPDX-License-Identifier: MIT
"""One process per state folder: the second is told who the first one is."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path
from typing import Final, Self

from linkpool.errors import StateError, StateInUse, reason_of

NAME: Final = "state.lock"


class StateLock:
    """Held from its making to `release`, or to the end of the process, however that comes.

    The lock is the kernel's (flock), the text in the file is for people. Network file systems pass
    it on to the other machines (NFS 4, EFS).
    """

    def __init__(self, folder: Path, name: str = NAME) -> None:
        self.path = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StateError(
                f"the state folder {folder} cannot be written ({reason_of(error)}): check its "
                "permissions or choose another one"
            ) from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._handle, 200).decode(errors="replace").strip()
            os.close(self._handle)
            raise StateInUse(
                f"{folder} is used by {holder or 'another process'}: stop that one first, or "
                "choose another state folder"
            ) from None
        except OSError as error:
            os.close(self._handle)
            raise StateError(
                f"{self.path} cannot be locked ({reason_of(error)}): choose a state folder on a "
                "file system that has locks"
            ) from None
        try:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
        except OSError as error:
            self.release()
            raise StateError(
                f"{self.path} cannot be written ({reason_of(error)}): free some space"
            ) from None

    def release(self) -> None:
        """The file stays: removing it would let two processes lock two files."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
