# SPDX-License-Identifier: MIT
"""What a process uses, as Linux counts it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")
KIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """In MB (10**6 bytes). `pss` counts a page that n processes share as 1/n."""

    rss: float
    pss: float


def memory(pid: int) -> Memory:
    """Of one process, without its children."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    sizes = {line.split(":")[0]: line.split() for line in text.splitlines() if " kB" in line}
    return Memory(rss=_megabytes(sizes["Rss"][1]), pss=_megabytes(sizes["Pss"][1]))


def cpu_seconds(pid: int) -> float:
    """User and system time since the process began."""
    return _ticks(Path(f"/proc/{pid}/stat")) / TICKS


def thread_seconds(pid: int) -> dict[int, float]:
    """CPU seconds of each thread that lives now."""
    folder = Path(f"/proc/{pid}/task")
    return {int(one.name): _ticks(one / "stat") / TICKS for one in folder.iterdir()}


def _ticks(path: Path) -> int:
    # The name in parentheses may hold spaces: fields are counted behind it.
    fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _megabytes(kib: str) -> float:
    return round(int(kib) * KIB / 1e6, 1)
