# SPDX-License-Identifier: MIT
"""Plain counts of what was asked of whom, for metrics."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Final

HOSTS: Final = 100
OTHERS: Final = "other"
FAILED: Final = "failed"


class HttpCounters:
    """By host. Strangers may name hosts, so only the first hundred get a label of their own."""

    def __init__(self, *, hosts: int = HOSTS) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        """(host, "2xx" … "5xx" or "failed") → requests."""
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.bytes: Counter[str] = Counter()
        self._hosts = hosts
        self._known: set[str] = set()

    def add(self, host: str, status: int | None, *, seconds: float, size: int) -> None:
        """One request; `status` None where no answer came. `size` in bytes received."""
        if host not in self._known:
            if len(self._known) >= self._hosts:
                host = OTHERS
            else:
                self._known.add(host)
        self.requests[host, FAILED if status is None else f"{status // 100}xx"] += 1
        self.seconds[host] += seconds
        self.bytes[host] += size
