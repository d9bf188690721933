# SPDX-License-Identifier: MIT
"""Durations as Go and Chainlink jobs write them: `1m30s`, `500ms`, `0s`."""

from __future__ import annotations

import re
from typing import Final

from linkpool.oracle.errors import SpecError

PART: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
LONGEST: Final = 10 * 365 * 86_400.0
UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(text: str) -> float:
    """
    >>> seconds("1m30s"), seconds("500ms"), seconds("0s")
    (90.0, 0.5, 0.0)
    """
    if text == "0":
        return 0.0
    parts = PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise SpecError(f"{text[:40]!r} is not a duration: write it like 30s, 1m30s or 500ms")
    total = sum(float(number) * UNITS[unit] for number, unit in parts)
    if total > LONGEST:
        raise SpecError(f"{text[:40]!r} is longer than 10 years")
    return total
