# SPDX-License-Identifier: MIT
"""How often one host may be asked: a bucket of tokens each, in a table of bounded size."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

HOSTS: Final = 1_024


@dataclass(slots=True)
class _Bucket:
    tokens: float
    moment: float


class Rates:
    """`reserve` takes a token, if need be one of the future: callers are served in their order."""

    def __init__(self, per_second: float, burst: int, *, hosts: int = HOSTS) -> None:
        self._per_second = per_second
        self._burst = burst
        self._hosts = hosts
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def reserve(self, host: str, now: float, *, patience: float) -> float | None:
        """Seconds to wait before asking; None where that were more than `patience`, and nothing is
        reserved.
        """
        bucket = self._buckets.get(host)
        if bucket is None:
            bucket = self._buckets[host] = _Bucket(self._burst, now)
            if len(self._buckets) > self._hosts:
                self._buckets.popitem(last=False)  # asked longest ago: the likeliest to be full
        else:
            self._buckets.move_to_end(host)
        gained = max(0.0, now - bucket.moment) * self._per_second
        bucket.tokens = min(self._burst, bucket.tokens + gained)
        bucket.moment = now
        wait = max(0.0, (1 - bucket.tokens) / self._per_second)
        if wait > patience:
            return None
        bucket.tokens -= 1
        return wait
