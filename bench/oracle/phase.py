# SPDX-License-Identifier: MIT
"""One stretch of load on a node that runs, and everything that is read off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.oracle.count import Count, settle
from bench.oracle.figures import spread
from bench.oracle.lab import Lab
from bench.oracle.load import Load, run_load
from bench.oracle.usage import cpu_seconds, memory

PATIENCE = 180.0
BACKLOG_BLOCKS = 3
"""A node that keeps up has answered all but this many blocks' requests when the load ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """`drained`: seconds from the last request to the last answer. `cpu`: seconds by process."""

    nodes: int
    rate: float
    load: Load
    count: Count
    drained: float
    answers_per_second: float
    cpu: dict[str, float]
    rss_mb: float
    pss_mb: float

    @property
    def kept_up(self) -> bool:
        return not self.count.missed and self.drained <= BACKLOG_BLOCKS + 1

    def as_json(self) -> dict[str, Any]:
        found = self.count
        return {
            "nodes": self.nodes,
            "requests_per_second": self.rate,
            "seconds": round(self.load.seconds, 1),
            "requests": len(found.requests),
            "answered": found.answered,
            "missed": len(found.missed),
            "doubled": found.doubled,
            "reverted": len(found.failed),
            "answers_per_second": self.answers_per_second,
            "kept_up": self.kept_up,
            "drained_s": round(self.drained, 1),
            "blocks_waited": spread(found.blocks_waited),
            "cpu_s": self.cpu,
            "cpu_ms_per_answer": {
                name: round(1000 * seconds / max(1, found.answered), 2)
                for name, seconds in self.cpu.items()
            },
            "rss_mb": self.rss_mb,
            "pss_mb": self.pss_mb,
        }


def measure(
    lab: Lab,
    source: str,
    pids: dict[str, int],
    *,
    rate: float,
    seconds: float,
    nodes: int,
) -> Phase:
    """`pids["node"]` runs the first `nodes` nodes; blocks come every second."""
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    load = run_load(lab, source, rate=rate, seconds=seconds, nodes=nodes)
    count, drained = settle(
        lab.rpc, lab.nodes[:nodes], load.first, asked=load.asked, seconds=PATIENCE
    )
    used = {name: round(cpu_seconds(pid) - before[name], 2) for name, pid in pids.items()}
    size = memory(pids["node"])
    return Phase(
        nodes=nodes,
        rate=rate,
        load=load,
        count=count,
        drained=drained,
        answers_per_second=_answer_rate(lab, count, load.seconds),
        cpu=used,
        rss_mb=size.rss,
        pss_mb=size.pss,
    )


def _answer_rate(lab: Lab, count: Count, asked_for: float) -> float:
    """From the first request's block to the last answer's, and never less than was asked for: the
    first block holds the requests of two.
    """
    blocks = [block for answers in count.answers.values() for block in answers]
    if not blocks:
        return 0.0
    first, last = min(count.requests.values()), max(blocks)
    times = [
        int(lab.rpc("eth_getBlockByNumber", hex(block), False)["timestamp"], 16)
        for block in (first, last)
    ]
    return round(count.answered / max(asked_for, times[1] - times[0]), 2)
