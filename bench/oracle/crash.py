# SPDX-License-Identifier: MIT
"""`kill -9` of a node under load, again and again, at random moments; then the reckoning.

    python -m bench.oracle.crash --kills 200 --seed 7

Rounds of a few kills each, every round on a fresh chain and a fresh state. Finished rounds are
kept in bench/out/chaos.json: the same seed goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench.oracle import kept
from bench.oracle.count import Count, settle
from bench.oracle.lab import Lab, lab
from bench.oracle.load import Asking
from bench.oracle.processes import NodeProcess, data_source
from bench.oracle.state import booked, findings

PER_ROUND: Final = 20
RATE: Final = 20.0
EARLY: Final = 0.25
"""Share of the kills that come while the node starts, whatever state it is in."""

START: Final = 1.5
LONGEST: Final = 3.0
"""Seconds within which an early kill comes, and a node that serves is killed."""

PATIENCE: Final = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What some kills did. `findings`: where database and chain differ, one line each."""

    kills: int
    while_starting: int
    answered_between: int
    """By nodes that were killed later."""

    requests: int
    answered: int
    missed: int
    doubled: int
    failed: int
    findings: list[str]
    seconds: float

    @property
    def wrong(self) -> list[str]:
        """One line for each thing that must not be."""
        wrong = list(self.findings)
        if self.missed:
            wrong.append(f"{self.missed} of {self.requests} requests were never answered")
        if self.doubled:
            wrong.append(f"{self.doubled} answers too many ({self.failed} reverted)")
        return wrong


def crash(folder: Path, *, kills: int, seed: str, database: str | None = None) -> Round:
    """One round: load all the time, `kills` kills, then everything has to come right. `database`
    None: SQLite.
    """
    began, chance = time.monotonic(), random.Random(seed)
    with lab(folder, database=database) as made, data_source() as (source, _):
        made.blocks_every(1)
        with Asking(made, source, RATE) as load:
            starting = sum(_life(made, chance) for _ in range(kills))
            between = made.told("answered")
        last = NodeProcess(made)
        try:
            last.serving()
            found, _ = settle(made.rpc, made.nodes, load.first, seconds=PATIENCE)
            booked(made, seconds=PATIENCE)
        finally:
            last.stop()
        differences = findings(made)
        return _round(found, kills, starting, between, differences, time.monotonic() - began)


def _life(made: Lab, chance: random.Random) -> bool:
    """A node from its start to its violent end; whether it had come to serve."""
    node = NodeProcess(made)
    if chance.random() < EARLY:
        time.sleep(chance.uniform(0.1, START))
    else:
        node.serving()
        time.sleep(chance.uniform(0, LONGEST))
    node.kill()
    return "node.serving" not in node.said()


def _round(
    found: Count, kills: int, starting: int, between: int, differences: list[str], seconds: float
) -> Round:
    return Round(
        kills=kills,
        while_starting=starting,
        answered_between=between,
        requests=len(found.requests),
        answered=found.answered,
        missed=len(found.missed),
        doubled=found.doubled,
        failed=len(found.failed),
        findings=differences,
        seconds=round(seconds, 1),
    )


def total(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """All rounds together."""
    sums = (
        "kills",
        "while_starting",
        "answered_between",
        "requests",
        "answered",
        "missed",
        "doubled",
        "failed",
    )
    whole: dict[str, Any] = {name: sum(one[name] for one in rounds) for name in sums}
    whole["findings"] = [line for one in rounds for line in one["findings"]]
    whole["seconds"] = round(sum(one["seconds"] for one in rounds), 1)
    return whole


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    given = parser.parse_args()
    print(f"crash: KILLS={given.kills} SEED={given.seed} (the same SEED goes on)", flush=True)
    before = kept.section("crash")
    rounds = before["rounds"] if before.get("seed") == given.seed else []
    while (done := sum(one["kills"] for one in rounds)) < given.kills:
        count = min(PER_ROUND, given.kills - done)
        with tempfile.TemporaryDirectory() as folder:
            fresh = crash(Path(folder), kills=count, seed=f"{given.seed}/{done}")
        rounds.append(asdict(fresh))
        kept.keep("crash", {"seed": given.seed, **total(rounds), "rounds": rounds})
        verdict = "; ".join(fresh.wrong) or "all answered once, database consistent"
        print(f"  {done + count:>4} kills, {fresh.requests} requests: {verdict}", flush=True)
    whole = total(rounds)
    print({name: value for name, value in whole.items() if name != "findings"})
    return 1 if whole["missed"] or whole["doubled"] or whole["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
