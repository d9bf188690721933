# SPDX-License-Identifier: MIT
"""What a run reached, and the page that records it: docs/explain/fuzz.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap

from tests.contracts.evil.bugs import rows
from tests.contracts.evil.planted import BUGS
from tests.contracts.evil.roles import DATA, LOGIC, NEVER, NOBODY
from tests.contracts.evil.run import State, code
from tests.contracts.evil.stage import build
from tests.contracts.suite import ROOT

PAGE = ROOT / "docs/explain/fuzz.md"
BEGIN, END = "<!-- the recorded run -->\n", "<!-- end of the recorded run -->\n"
# Nobody of this world may ever succeed with these, and the observer demands it.
REFUSED = {(contract, name) for contract, names in NEVER.items() for name in names}
REFUSED |= {("store", name) for name in NOBODY} | {("registry", name) for name in DATA | LOGIC}
REFUSED |= {("pool data", name) for name in NOBODY | LOGIC}
REFUSED |= {("NodeStaking", "onTokenTransfer"), ("Reputation", "admit")}


def functions() -> set[tuple[str, str]]:
    """Every function that changes state, of every kind of contract."""
    stage = build("beside", 50_000)
    found = set()
    for kind, contract in stage.contracts().items():
        for item in contract.interface.abi:
            changes = item.get("stateMutability") not in ("view", "pure")
            if item["type"] == "function" and changes:
                found.add((kind.rstrip("0123456789"), item["name"]))
    return found


def never(reached: Mapping[str, int]) -> list[str]:
    """Functions that could succeed and never did: a weakness of a run."""
    open_ones = sorted(functions() - REFUSED)
    return [f"{kind}.{name}" for kind, name in open_ones if not reached.get(f"ok {kind}.{name}")]


def rarest(reached: Mapping[str, int]) -> list[tuple[int, str]]:
    """Functions that succeeded least often."""
    names = [f"{kind}.{name}" for kind, name in functions() - REFUSED]
    return sorted((count, name) for name in names if (count := reached.get(f"ok {name}", 0)))[:5]


def coverage(reached: Mapping[str, int]) -> Iterable[str]:
    """Lines for people: how much of the ABIs succeeded, and what did not."""
    missing = never(reached)
    could = len(functions() - REFUSED)
    yield f"functions that succeeded: {could - len(missing)} of {could}"
    for name in missing:
        kind, _, function = name.partition(".")
        yield f"  never: {name} ({reached.get(f'no {kind}.{function}', 0)} times refused)"
    yield f"the rarest: {', '.join(f'{name} {count:,}' for count, name in rarest(reached))}"
    refused = sum(count for what, count in reached.items() if what.startswith("no "))
    passed = sum(count for what, count in reached.items() if what.startswith("ok "))
    yield f"transactions: {passed:,} succeeded, {refused:,} were refused"
    outs = {
        w: c for w, c in sorted(reached.items()) if w.startswith(("out:", "outcome ", "event "))
    }
    said = ", ".join(f"{what.removeprefix('event ')} {count:,}" for what, count in outs.items())
    yield from wrap(said, 100)


def written(state: State) -> None:
    """Puts the figures of a run into the page, between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    head, _, rest = text.partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}{_figures(state)}{END}{tail}", encoding="utf-8")


def _changed(state: State) -> str:
    return "" if state.code == code() else ", changed since: `make fuzz` begins anew"


def _figures(state: State) -> str:
    speed = state.transitions / max(state.seconds, 0.001)
    known = rows(state.code)
    figures = {
        "seed": f"{state.seed}",
        "chunks": f"{state.chunks:,} of {state.chunk_steps:,} steps",
        "transitions": f"{state.transitions:,}",
        "violations": f"{len(state.violations)}",
        "seconds": f"{state.seconds:,.0f} of one processor ({speed:,.0f} transitions a second)",
        "bytecode and adversary": f"`{state.code[:16]}`{_changed(state)}",
    }
    table = "".join(f"| {name} | {value} |\n" for name, value in figures.items())
    lines = "".join(f"    {line}\n" for line in coverage(state.reached))
    head = "| planted bug | transitions | processor seconds | promise | steps left of it |\n"
    members = ("transitions", "seconds", "promise", "steps")
    found = "".join(
        f"| {name} | {' | '.join(str(known[name][member]) for member in members)} |\n"
        for name in BUGS
        if name in known
    )
    run = f"| figure | value |\n|---|---|\n{table}"
    return f"\n{run}\n{head}|---|--:|--:|---|--:|\n{found}\n{lines}\n"
