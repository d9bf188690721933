# SPDX-License-Identifier: MIT
"""What Linux counts of this process, under the names that Prometheus' own libraries use."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import Final

from linkpool.api.operator.metrics.names import Metric

PROCESS: Final[tuple[Metric, ...]] = (
    Metric("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes."),
    Metric("process_resident_memory_bytes", "gauge", "Resident memory size in bytes."),
    Metric("process_start_time_seconds", "gauge", "Start of the process, seconds since the epoch."),
    Metric("process_cpu_seconds_total", "counter", "User and system CPU time spent in seconds."),
    Metric("process_open_fds", "gauge", "Number of open file descriptors."),
    Metric("process_max_fds", "gauge", "Maximum number of open file descriptors."),
)
_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def process() -> dict[str, dict[tuple[str, ...], float]]:
    """Values of PROCESS; none where there is no /proc."""
    try:
        own = (_PROC / "self/stat").read_text(encoding="utf-8", errors="replace")
        machine = (_PROC / "stat").read_text(encoding="ascii")
        files = len(os.listdir(_PROC / "self/fd"))
    except OSError:
        return {}
    # The name in parentheses may hold spaces and parentheses: fields are counted behind it.
    fields = [float(one) for one in own.rpartition(")")[2].split()[1:]]
    user, system, started, size, pages = (fields[n] for n in (10, 11, 18, 19, 20))
    (booted,) = (float(line[6:]) for line in machine.splitlines() if line.startswith("btime "))
    values = (
        size,
        pages * resource.getpagesize(),
        booted + started / _TICKS,
        (user + system) / _TICKS,
        float(files),
        float(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
    )
    return {metric.name: {(): value} for metric, value in zip(PROCESS, values, strict=True)}
