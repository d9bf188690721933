# SPDX-License-Identifier: MIT
"""Requests per second, latency, memory and CPU time of a real node process, on one machine.

    python -m bench.oracle              five minutes at the wanted rate, and all the rest
    python -m bench.oracle --quick      half a minute of load
    python -m bench.oracle --search     besides: the highest rate that is kept up

Prints tables, writes bench/out/oracle.json, ends with 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from bench.oracle import report
from bench.oracle.bare import bare
from bench.oracle.conditions import conditions
from bench.oracle.lab import Lab, lab
from bench.oracle.latency import latency
from bench.oracle.phase import Phase, measure
from bench.oracle.processes import data_source, node_process
from bench.oracle.state import first_sent
from bench.oracle.usage import memory
from bench.solidity import ROOT

RATE: Final = 65.0
LADDER: Final = (4, 8, 16, 32)
MANY: Final = 100
SLOW: Final = 10.0
SAMPLER: Final = "from bench.oracle.sampler import main; main({file!r})"


@dataclass(slots=True)
class Bench:
    """One run; `phases` and the rest fill up."""

    lab: Lab
    source: str
    source_pid: int
    rate: float
    say: Console
    phases: list[dict[str, Any]] = field(default_factory=list)
    memory: dict[str, dict[str, float]] = field(default_factory=dict)

    def pids(self, node: int) -> dict[str, int]:
        return {"node": node, "anvil": self.lab.anvil.pid, "source": self.source_pid}

    def phase(self, node: int, *, rate: float, seconds: float, nodes: int = 1) -> Phase:
        """Measures and shows one line of it."""
        pids = self.pids(node)
        done = measure(self.lab, self.source, pids, rate=rate, seconds=seconds, nodes=nodes)
        self.phases.append(done.as_json())
        self.say.print(
            f"  {nodes} nodes, {rate:g} requests/s for {seconds:g} s: "
            f"{done.answers_per_second:g} answers/s, {len(done.count.missed)} missed, "
            f"{done.count.doubled} doubled"
        )
        return done

    def idle(self, name: str, pid: int, *, rest: float) -> None:
        """Memory after a rest."""
        time.sleep(rest)
        size = memory(pid)
        self.memory[name] = {"rss_mb": size.rss, "pss_mb": size.pss}

    def main(self, seconds: float, slow_seconds: float) -> tuple[Phase, dict[str, Any]]:
        """One node: idle, under the wanted load, and slowly for the latency."""
        with node_process(self.lab, self.lab.nodes[:1]) as node:
            self.idle("idle", node.pid, rest=10)
            loaded = self.phase(node.pid, rate=self.rate, seconds=seconds)
            slow = self.phase(node.pid, rate=SLOW, seconds=slow_seconds)
            self.idle("after_load", node.pid, rest=1)
        return loaded, latency(slow, first_sent(self.lab))

    def ladder(self, seconds: float) -> None:
        """The same load over more and more nodes of one process."""
        for count in LADDER:
            with node_process(self.lab, self.lab.nodes[:count]) as node:
                self.phase(node.pid, rate=self.rate, seconds=seconds, nodes=count)

    def many(self) -> None:
        """A process that hosts MANY nodes: idle, then with a request for each."""
        with node_process(self.lab, self.lab.nodes[:MANY]) as node:
            self.idle(f"nodes_{MANY}_idle", node.pid, rest=10)
            self.phase(node.pid, rate=25, seconds=8, nodes=MANY)
            self.idle(f"nodes_{MANY}", node.pid, rest=1)

    def layers(self, seconds: float) -> dict[str, Any]:
        """CPU seconds by layer of the program, in a run of its own."""
        file = self.lab.folder / "layers.json"
        program = SAMPLER.format(file=str(file))
        with node_process(self.lab, self.lab.nodes[:1], program=program) as node:
            os.kill(node.pid, signal.SIGUSR1)
            self.phase(node.pid, rate=self.rate, seconds=seconds)
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return found

    def search(self, seconds: float) -> dict[str, float]:
        """The highest rate that one node keeps up with, to 5 requests a second."""
        low, high = 0.0, 0.0
        with node_process(self.lab, self.lab.nodes[:1]) as node:
            rate = self.rate
            while not high:
                if self.phase(node.pid, rate=rate, seconds=seconds).kept_up:
                    low, rate = rate, rate * 1.5
                else:
                    high = rate
            while high - low > 5:
                rate = round((low + high) / 2)
                if self.phase(node.pid, rate=rate, seconds=seconds).kept_up:
                    low = rate
                else:
                    high = rate
        return {"kept_up_per_second": low, "not_kept_up_per_second": high}


def run(bench: Bench, *, seconds: float, quick: bool, search: bool) -> dict[str, Any]:
    """Every measurement; the report."""
    step = 10 if quick else 30
    loaded, slowly = bench.main(seconds, step)
    bench.ladder(step)
    bench.many()
    sampled = bench.layers(step)
    found = loaded.as_json()
    sent = bare(bench.lab, count=500 if quick else 3000)
    return {
        "answers_per_second": found["answers_per_second"],
        "missed": sum(one["missed"] for one in bench.phases),
        "doubled": sum(one["doubled"] for one in bench.phases),
        "wrong": bench.lab.told("wrong"),
        "bare_transactions_per_second": sent["per_second"],
        "latency_ms": slowly,
        "rss_mb": {name: one["rss_mb"] for name, one in bench.memory.items()},
        "memory": bench.memory,
        "bare": sent,
        "phases": bench.phases,
        "sustained": bench.search(step) if search else {},
        **sampled,
        "conditions": conditions(bench.lab, bench.source, seconds=seconds, quick=quick),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a minute of load")
    parser.add_argument("--seconds", type=float, help="of the main load [300, quick 30]")
    parser.add_argument("--rate", type=float, default=RATE, help="requests a second")
    parser.add_argument("--search", action="store_true", help="look for the highest rate too")
    given = parser.parse_args()
    seconds = given.seconds or (30 if given.quick else 300)
    console = Console(width=None if sys.stdout.isatty() else 160)
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        lab(Path(folder), nodes=MANY) as made,
        data_source() as (url, pid),
    ):
        made.blocks_every(1)
        bench = Bench(made, url, pid, given.rate, console)
        found = run(bench, seconds=seconds, quick=given.quick, search=given.search)
    report.keep(found)
    report.show(found, console)
    place = report.OUT.relative_to(ROOT).as_posix()
    console.print(f"{time.monotonic() - started:.0f} s, kept in {place}")
    return 1 if report.missed(found) else 0


if __name__ == "__main__":
    sys.exit(main())
