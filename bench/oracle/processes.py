# SPDX-License-Identifier: MIT
"""The measured node and its data source as processes of their own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.oracle.lab import Lab, Node

PROGRAM: Final = "from linkpool.cli import main; main()"
ROOT: Final = Path(__file__).resolve().parents[2]


class NodeProcess:
    """`linkpool oracle run` with some nodes of a lab, or all; its log lies beside the state."""

    def __init__(
        self,
        lab: Lab,
        nodes: Sequence[Node] | None = None,
        *,
        settings: Path | None = None,
        program: str = PROGRAM,
    ) -> None:
        arguments = ["--settings", str(settings or lab.settings), "oracle", "run"]
        hosted = lab.nodes if nodes is None else nodes
        for node in hosted:
            arguments += ["--node-key", node.key, "--job", str(node.job)]
        self._count = len(hosted)
        self._log = lab.folder / "node.log"
        self._from = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", program, *arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def said(self) -> str:
        """What this process has logged."""
        with self._log.open("rb") as log:
            log.seek(self._from)
            return log.read().decode(errors="replace")

    def serving(self, seconds: float = 600) -> None:
        """Waits until every node of it serves."""
        end = time.monotonic() + seconds
        while self.said().count("node.serving") < self._count:
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the node does not serve:\n{self.said()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, as a power cut does."""
        self._process.kill()
        self._process.wait()

    def ended(self, seconds: float) -> int:
        """The exit code of a process that ends by itself."""
        return self._process.wait(seconds)

    def stop(self, seconds: float = 600) -> int:
        """SIGTERM; the exit code. What does not end in time is killed."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"the node did not stop:\n{self.said()[-2000:]}") from None


@contextmanager
def node_process(
    lab: Lab,
    nodes: Sequence[Node] | None = None,
    *,
    settings: Path | None = None,
    program: str = PROGRAM,
) -> Iterator[NodeProcess]:
    """Serving when it is given; stopped at the end, whatever happens."""
    running = NodeProcess(lab, nodes, settings=settings, program=program)
    try:
        running.serving()
        yield running
    finally:
        running.stop()


@contextmanager
def data_source() -> Iterator[tuple[str, int]]:
    """Its URL and its process id."""
    command = [sys.executable, "-m", "bench.oracle.source"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait()
