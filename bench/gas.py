# SPDX-License-Identifier: MIT
"""Gas of every action on a real anvil: against its goal, its floor and the peers.

`python -m bench.gas` prints the table, writes bench/out/gas.json and exits 1 where a goal is
missed. `--quick` leaves out the state of 10,000 stakers.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from rich.console import Console
from rich.table import Table as Screen

from bench import actions, network
from bench.chain import Chain
from bench.market import Market
from bench.rows import Table
from bench.solidity import ROOT
from bench.world import World
from tools.compiler import COMPILER

OUT = ROOT / "bench" / "out" / "gas.json"


def measure(chain: Chain, *, quick: bool = False) -> Table:
    """Every row; the order matters, later stories build on earlier ones."""
    world = World.deploy(chain)
    table = Table(chain, _names(world))
    counts = actions.COUNTS[:-1] if quick else actions.COUNTS
    sizes = actions.HOLDERS[:-1] if quick else actions.HOLDERS
    actions.distributing(world, table, counts)
    actions.staking(world, table)
    actions.withdrawing(world, table)
    actions.asking(world, table)
    actions.creating(world, table)
    actions.owning(world, table, sizes)
    actions.withdrawing_at_risk(world, table, world.penalty_contract())
    network.measure(Market(world), table, network.COUNTS[:-2] if quick else network.COUNTS)
    return table


def _names(world: World) -> dict[str, str]:
    names = {place.lower(): name for name, place in world.known.items()}
    names[world.known["PoolStorage"].lower()] = "PoolStorage code"
    names[world.storage.address.lower()] = "storage"
    registry = world.chain.read(world.factory, "poolStorage")
    return names | {registry.lower(): "registry"}


def conditions(chain: Chain) -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "chain": chain.rpc("web3_clientVersion"),
        "rules": "Prague",
        "gas": "gasUsed of the receipt, the only transaction of its block",
        "link": "Chainlink LinkToken v0.4 from @chainlink/abi 0.1.4",
        "operator": "Chainlink Operator 1.0.0 from @chainlink/contracts 1.2.0, solc 0.8.19",
        "contracts": COMPILER,
        "floor": "see bench/floor.py and bench/floors.py",
    }


def report(table: Table) -> dict[str, Any]:
    """What gas.json holds; `more` has figures without goal or floor."""
    return {
        "conditions": conditions(table.chain),
        "rows": [row.as_json() for row in table.rows],
        "more": table.more,
    }


def screen(table: Table) -> Screen:
    """The table for people."""
    shown = Screen(title="Gas, one transaction each")
    shown.add_column("action")
    for name in ("gas", "goal", "floor", "ratio"):
        shown.add_column(name, justify="right")
    shown.add_column("peers")
    for row in table.rows:
        goal = "" if row.goal is None else f"{row.goal:,}"
        style = None if row.met else "red"
        peers = ", ".join(f"{name} {peer['gas']:,}" for name, peer in row.peers.items())
        cells = (row.action, f"{row.gas:,}", goal, f"{row.floor.gas:,}", f"{row.ratio:.2f}", peers)
        shown.add_row(*cells, style=style)
    return shown


def show(table: Table, console: Console) -> None:
    """The table, then what is above its fair share line by line, then what was missed."""
    console.print(screen(table))
    for row in (row.as_json() for row in table.rows if not row.fair and row.trace):
        console.print(f"\n{row['action']}: {row['gas']:,} gas, {row['ratio']} times its floor")
        for line in row["explain"]:
            console.print(f"  {line['line']:34}{line['ours']:>9,}{line['floor']:>9,}")
    for name, gas in table.more.items():
        console.print(f"  {name:34}{gas:>9,}", style="dim")
    for line in table.missed:
        console.print(f"missed: {line}", style="red")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the largest states")
    quick = parser.parse_args().quick
    started = time.monotonic()
    with Chain.start() as chain:
        table = measure(chain, quick=quick)
        OUT.parent.mkdir(parents=True, exist_ok=True)
        OUT.write_text(json.dumps(report(table), indent=1) + "\n", encoding="utf-8")
    console = Console(width=None if sys.stdout.isatty() else 180)
    show(table, console)
    place = OUT.relative_to(ROOT).as_posix()
    console.print(f"{len(table.rows)} rows in {time.monotonic() - started:.0f} s, kept in {place}")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
