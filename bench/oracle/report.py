# SPDX-License-Identifier: MIT
"""What was measured, for people and as bench/out/oracle.json, and whether it is enough."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from bench.solidity import ROOT

OUT: Final = ROOT / "bench" / "out" / "oracle.json"
BLOCK_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Goal:
    """`holds` of the report; `figure` is what is shown."""

    text: str
    figure: Callable[[dict[str, Any]], float | None]
    holds: Callable[[float], bool]


GOALS: Final = (
    Goal("at least 60 answers a second", lambda r: r["answers_per_second"], lambda x: x >= 60),
    Goal("nothing missed", lambda r: r["missed"], lambda x: x == 0),
    Goal("nothing doubled", lambda r: r["doubled"], lambda x: x == 0),
    Goal(
        f"median from block to answer sent below {BLOCK_MS + 300} ms at 10 requests a second",
        lambda r: r["latency_ms"].get("block_to_sent", {}).get("median"),
        lambda x: x < BLOCK_MS + 300,
    ),
    Goal("an idle node at most 100 MB RSS", lambda r: r["rss_mb"].get("idle"), lambda x: x <= 100),
    Goal(
        "100 nodes at most 250 MB RSS", lambda r: r["rss_mb"].get("nodes_100"), lambda x: x <= 250
    ),
)


def missed(report: dict[str, Any]) -> list[str]:
    """One line for each goal that is not met, or was not measured."""
    found = []
    for goal in GOALS:
        figure = goal.figure(report)
        if figure is None or not goal.holds(figure):
            found.append(f"{goal.text}: {figure}")
    return found


def keep(report: dict[str, Any]) -> None:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def show(report: dict[str, Any], console: Console) -> None:
    """The tables, then what was missed."""
    console.print(_phases(report["phases"]))
    console.print(_goals(report))
    for name in ("layers_cpu_s", "memory", "bare", "sustained"):
        if report.get(name):
            console.print(f"[bold]{name}[/bold]")
            for key, value in report[name].items():
                console.print(f"  {key:44}{value}", style="dim", highlight=False)
    for line in missed(report):
        console.print(f"missed: {line}", style="red")


def _phases(phases: list[dict[str, Any]]) -> Table:
    table = Table(title="Requests through one node process")
    for name in ("nodes", "asked/s", "s", "requests", "answered", "missed", "doubled"):
        table.add_column(name, justify="right")
    for name in ("answers/s", "blocks (median, p95, max)", "CPU ms/answer", "RSS MB", "PSS MB"):
        table.add_column(name, justify="right")
    for one in phases:
        waited = one["blocks_waited"]
        blocks = ", ".join(f"{waited[key]:g}" for key in ("median", "p95", "max")) if waited else ""
        cells = [one["nodes"], one["requests_per_second"], one["seconds"], one["requests"]]
        cells += [one["answered"], one["missed"], one["doubled"], one["answers_per_second"], blocks]
        cells += [one["cpu_ms_per_answer"]["node"], one["rss_mb"], one["pss_mb"]]
        table.add_row(*map(str, cells), style=None if one["kept_up"] else "red")
    return table


def _goals(report: dict[str, Any]) -> Table:
    table = Table(title="Goals")
    table.add_column("goal")
    table.add_column("measured", justify="right")
    for goal in GOALS:
        figure = goal.figure(report)
        met = figure is not None and goal.holds(figure)
        table.add_row(goal.text, str(figure), style=None if met else "red")
    return table
