# SPDX-License-Identifier: MIT
"""Pages whose commands are run: `sh` blocks one after the other, `sh stays` ones until the end.

A `text` block says what the block before it has to print, line by line; … stands for anything.
Exports last from block to block, as in one terminal.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.flows.processes import COMMAND

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(sh|sh stays|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Commands, and what has to be seen."""

    commands: str
    expected: str
    stays: bool


def blocks(page: Path) -> list[Block]:
    found: list[Block] = []
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "text":
            last = found.pop()
            found.append(Block(last.commands, last.expected + text, last.stays))
        else:
            found.append(Block(text, "", kind == "sh stays"))
    return found


def missing(expected: str, printed: str) -> str | None:
    """The first expected line that does not come, in its order."""
    at = 0
    for line in expected.splitlines():
        match = re.compile(re.escape(line).replace("…", ".*")).search(printed, at)
        if match is None:
            return line
        at = match.end()
    return None


class Reader:
    """Types what a page says into a folder that looks like a clone."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._running: list[subprocess.Popen[str]] = []
        (folder / "bin").mkdir()
        for name in ("examples", "contracts"):
            (folder / name).symlink_to(ROOT / name)
        for name, more in {"linkpool": f" -c '{COMMAND[2]}'", "python": ""}.items():
            program = folder / "bin" / name
            program.write_text(f'#!/bin/sh\nexec {COMMAND[0]}{more} "$@"\n')
            program.chmod(0o755)
        path = f"{folder / 'bin'}:{os.environ['PATH']}"
        self._environment = {**os.environ, **environment, "PATH": path, "COLUMNS": "200"}
        self._exports = folder / ".exports"
        self._exports.write_text("")

    def type(self, block: Block, changes: Mapping[str, str]) -> None:
        """Runs a block; AssertionError where it fails or prints something else."""
        commands = block.commands
        for old, new in changes.items():
            commands = commands.replace(old, new)
        if block.stays:
            self._start(commands, block.expected)
            return
        script = f". {self._exports}\nset -eu\n{commands}\nexport -p > {self._exports}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}"
        line = missing(block.expected, done.stdout)
        assert line is None, f"{line!r} is not seen after {commands}\n{done.stdout}"

    def _start(self, commands: str, expected: str) -> None:
        log = self._folder / f"stays-{len(self._running)}.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                ["bash", "-c", f". {self._exports}\nset -eu\n{commands}"],
                cwd=self._folder,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self._running.append(process)
        end = time.monotonic() + 60
        while (line := missing(expected, log.read_text())) is not None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, f"{line!r} is not seen: {log.read_text()}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ctrl-C in every terminal, the last one first."""
        for process in reversed(self._running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(30)


@contextmanager
def reader(folder: Path, **environment: str) -> Iterator[Reader]:
    typing = Reader(folder, environment)
    try:
        yield typing
    finally:
        typing.stop()
