# SPDX-License-Identifier: MIT
"""Small statistics."""

from __future__ import annotations

from collections.abc import Sequence


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and largest; nothing of nothing."""
    if not values:
        return {}
    ordered = sorted(values)
    last = len(ordered) - 1
    return {
        "median": round(ordered[last // 2], 1),
        "p95": round(ordered[round(last * 0.95)], 1),
        "max": round(ordered[-1], 1),
    }
