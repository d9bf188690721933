# SPDX-License-Identifier: MIT
"""Requests made while the node was down.

python -m bench.oracle.backlog --requests 10000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench.oracle import kept
from bench.oracle.count import settle
from bench.oracle.lab import lab
from bench.oracle.processes import data_source, node_process

SLOWEST: Final = 15.0
"""Answers a second below which waiting is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """How a backlog was worked off; `seconds` from the node's start to the last answer."""

    requests: int
    answered: int
    missed: int
    doubled: int
    seconds: float

    @property
    def wrong(self) -> list[str]:
        found = [f"{self.missed} of {self.requests} were never answered"] if self.missed else []
        return found + ([f"{self.doubled} answers too many"] if self.doubled else [])


def backlog(folder: Path, *, requests: int) -> Caught:
    """A node serves, stops, is asked, and comes back."""
    with lab(folder) as made, data_source() as (source, _):
        with node_process(made):
            pass
        first = made.rpc.head() + 1
        made.rpc.mined(made.ask(source, [requests]), seconds=120)
        made.blocks_every(1)
        with node_process(made):
            patience = 180 + requests / SLOWEST
            found, took = settle(made.rpc, made.nodes, first, seconds=patience)
        return Caught(
            requests=len(found.requests),
            answered=found.answered,
            missed=len(found.missed),
            doubled=found.doubled,
            seconds=round(took, 1),
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = backlog(Path(folder), requests=given.requests)
    kept.keep("backlog", asdict(found))
    print(f"backlog: {found.requests} requests, {found.answered} answered in {found.seconds} s")
    print("; ".join(found.wrong) or "nothing missed, nothing doubled")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
