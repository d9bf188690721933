# SPDX-License-Identifier: MIT
"""Pages whose commands are run: `sh` blocks one after the other, `sh stays` ones until the end,
`sh until` ones again and again until they print what they have to.

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

from tests.flows.processes import COMMAND, PATIENCE

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(sh|sh stays|sh until|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """Commands, and what has to be seen."""

    kind: str
    commands: str
    expected: str


def blocks(page: Path) -> list[Block]:
    found: list[Block] = []
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "text":
            last = found.pop()
            found.append(Block(last.kind, last.commands, last.expected + text))
        else:
            found.append(Block(kind, text, ""))
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


def changed(text: str, changes: Mapping[str, str]) -> str:
    """Each old text by its new one, all at once: a new one may contain another old one."""
    if not changes:
        return text
    old = re.compile("|".join(map(re.escape, changes)))
    return old.sub(lambda found: changes[found[0]], text)


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
        commands = changed(block.commands, changes)
        if block.kind == "sh stays":
            self._start(commands, block.expected)
            return
        end = time.monotonic() + (PATIENCE if block.kind == "sh until" else 0)
        while wrong := self._wrong(commands, block.expected):
            assert time.monotonic() < end, f"{commands}\n{wrong}"
            time.sleep(0.5)

    def _wrong(self, commands: str, expected: str) -> str:
        """What is wrong about what they print; nothing where it is right."""
        script = f". {self._exports}\nset -eu\n{commands}\nexport -p > {self._exports}"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
        )
        if done.returncode:
            return f"exit code {done.returncode}\n{done.stdout}"
        line = missing(expected, done.stdout)
        return "" if line is None else f"{line!r} is not seen\n{done.stdout}"

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
                preexec_fn=_interruptible,
            )
        self._running.append(process)
        end = time.monotonic() + PATIENCE
        while (line := missing(expected, log.read_text())) is not None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, f"{line!r} is not seen: {log.read_text()}"
            time.sleep(0.05)

    def stop(self) -> None:
        """Ctrl-C in every terminal, the last one first."""
        for process in reversed(self._running):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(PATIENCE)


def _interruptible() -> None:
    """Ctrl-C ends it, also where the tests themselves run in the background, deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def reader(folder: Path, **environment: str) -> Iterator[Reader]:
    typing = Reader(folder, environment)
    try:
        yield typing
    finally:
        typing.stop()
