# SPDX-License-Identifier: MIT
"""Where a node's CPU time goes: its program run with a thread that looks at the others' stacks.

    python -c "from bench.oracle.sampler import main; main('layers.json')" oracle run ...

Each look books the deepest frame of our own package on the stack of a thread that is not waiting.
A thread's samples share the CPU seconds that Linux counted for it. Looking begins at SIGUSR1, so
that starting up is left out.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter, defaultdict
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, Final

from bench.oracle.usage import thread_seconds
from linkpool.cli import main as program

EVERY: Final = 0.004
USED_EVERY: Final = 50
OURS: Final = "/linkpool/"
WAITING: Final = frozenset({"select", "wait", "_worker", "acquire", "get", "poll", "run_forever"})


class Sampler(threading.Thread):
    """Writes its counts to a file when it is told to stop."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True, name="sampler")
        self._file = file
        self._stop_now = threading.Event()
        self.begin = threading.Event()
        self._before: dict[int, float] = {}
        self._used: dict[int, float] = {}
        self._layers: dict[int, Counter[str]] = defaultdict(Counter)
        self._leaves: Counter[str] = Counter()

    def run(self) -> None:
        self.begin.wait()
        self._before = thread_seconds(os.getpid())
        for look in count():
            if self._stop_now.wait(EVERY):
                return
            if look % USED_EVERY == 0:  # a thread that has ended is not counted any more
                self._used |= thread_seconds(os.getpid())
            names = {one.ident: one.native_id for one in threading.enumerate()}
            for ident, frame in sys._current_frames().items():
                native = names.get(ident)
                if native is not None and ident != self.ident and not _waits(frame):
                    self._layers[native][_layer(frame)] += 1
                    self._leaves[_leaf(frame)] += 1

    def finish(self) -> None:
        """The file: CPU seconds by layer, and the functions that were seen most."""
        self._stop_now.set()
        used = {one: end - self._before.get(one, 0) for one, end in self._used.items()}
        seconds: dict[str, float] = defaultdict(float)
        for thread, layers in self._layers.items():
            whole = sum(layers.values())
            for layer, seen in layers.items():
                seconds[layer] += used.get(thread, 0.0) * seen / whole
        found: dict[str, Any] = {
            "layers_cpu_s": {
                name: round(value, 2)
                for name, value in sorted(seconds.items(), key=lambda one: -one[1])
            },
            "most_seen": dict(self._leaves.most_common(40)),
        }
        self._file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def main(file: str) -> None:
    """Runs `linkpool` with the rest of the command line."""
    sampler = Sampler(Path(file))
    sampler.start()
    signal.signal(signal.SIGUSR1, lambda *_: sampler.begin.set())
    try:
        program()
    finally:
        sampler.finish()


def _waits(frame: FrameType) -> bool:
    code = frame.f_code
    return code.co_name in WAITING and OURS not in code.co_filename


def _layer(frame: FrameType) -> str:
    """`oracle.runs`, `store`, `chain` …; for a stack without our code, the library's name."""
    at: FrameType | None = frame
    while at is not None:
        before, found, after = at.f_code.co_filename.rpartition(OURS)
        if found and "/src" in before:
            parts = after.removesuffix(".py").split("/")
            if parts[0] == "cli":  # below everything: it started the loop
                break
            return ".".join(parts[: 2 if parts[0] == "oracle" else 1])
        at = at.f_back
    return "event loop and libraries"


def _leaf(frame: FrameType) -> str:
    code = frame.f_code
    short = "/".join(code.co_filename.split("/")[-2:])
    return f"{short}:{code.co_name}"
