# SPDX-License-Identifier: MIT
"""`linkpool` as a process of its own: signals, what it prints, what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

PATIENCE = 600.0
"""Seconds after which a test gives up on what should happen at once: slow machines need many."""

COMMAND = [sys.executable, "-c", "from linkpool.cli import main; main()"]


class Process:
    """One running command; its lines as they come."""

    def __init__(self, *arguments: str, folder: Path, settings: dict[str, str]) -> None:
        environment = {**os.environ, **{f"LINKPOOL_{k}": v for k, v in settings.items()}}
        self._process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.complaints: list[str] = []
        self._fresh: Queue[str] = Queue()
        self._readers = [
            threading.Thread(target=self._read_out, daemon=True),
            threading.Thread(target=self._read_err, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_out(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line)
            self._fresh.put(line)

    def _read_err(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.complaints.append(line)

    @property
    def pid(self) -> int:
        return self._process.pid

    def views(self, seconds: float = PATIENCE) -> Iterator[dict[str, Any]]:
        """The JSON lines from now on."""
        end = time.monotonic() + seconds
        while True:
            try:
                yield json.loads(self._fresh.get(timeout=max(0.01, end - time.monotonic())))
            except Empty:
                raise AssertionError(f"nothing more came: {self.complaints}") from None

    def wait_for(self, text: str, seconds: float = PATIENCE) -> None:
        """Until standard error says so."""
        self._wait(lambda: any(text in line for line in self.complaints), seconds)

    def wait_for_lines(self, enough: Callable[[list[str]], bool]) -> None:
        """Until standard output has these."""
        self._wait(lambda: enough(list(self.lines)), PATIENCE)

    def _wait(self, true: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, self.complaints
            assert self._process.poll() is None, self.complaints
            time.sleep(0.02)

    def children(self) -> list[int]:
        found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in found.split()]

    def end(self, number: int = signal.SIGTERM, seconds: float = PATIENCE) -> int:
        """Sends a signal; the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self.code(seconds)

    def code(self, seconds: float = PATIENCE) -> int:
        code = self._process.wait(seconds)
        for reader in self._readers:
            reader.join(5)
        return code


@contextmanager
def process(*arguments: str, folder: Path, **settings: str) -> Iterator[Process]:
    """Ended by its id, whatever the test does."""
    running = Process(*arguments, folder=folder, settings=settings)
    try:
        yield running
    finally:
        running.end()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False
