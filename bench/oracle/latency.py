# SPDX-License-Identifier: MIT
"""From the moment a request's block arrived to the moment its answer was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.oracle.figures import spread
from bench.oracle.phase import Phase


def latency(phase: Phase, sent: Mapping[str, float]) -> dict[str, Any]:
    """Milliseconds; `sent` is request -> unix time of the first broadcast.

    Against two clocks: the block's arrival at a subscriber, and the block's own timestamp, which
    anvil rounds down to a whole second.
    """
    arrivals = phase.load.arrivals
    pairs = [
        (arrivals[block], sent[request])
        for request, block in phase.count.requests.items()
        if request in sent and block in arrivals
    ]
    return {
        "requests_per_second": phase.rate,
        "answers": len(pairs),
        "block_to_sent": spread([1000 * (after - before) for before, after in pairs]),
        "timestamp_to_sent": spread([1000 * (after - int(before)) for before, after in pairs]),
        "blocks_to_mined": spread(phase.count.blocks_waited),
    }
