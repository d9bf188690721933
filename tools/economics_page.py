# SPDX-License-Identifier: MIT
"""docs/reference/economics.md: the model's parameters, its scenarios side by side, its gas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from linkpool.economics import tables
from linkpool.economics.figures import figures
from linkpool.economics.gas import bill
from linkpool.economics.measures import MEASURES
from linkpool.economics.parameters import HARDWARE, Parameters, specs
from linkpool.economics.reading import parameters
from linkpool.economics.report import Report, report
from linkpool.economics.scale import batch, index_bytes, kept_from, limits, loads
from linkpool.economics.scenarios import SCENARIOS
from linkpool.economics.specs import bounds, shown
from linkpool.economics.text import digits, usd, written

HEAD = """# Economics

Generated from `linkpool.economics` by `make docs`.
What it means: [the economy](../explain/economics.md).
"""
PAPER_PRICE = "minimum-price=0.05488"


def page() -> str:
    reports = [report(name, parameters(name)) for name in SCENARIOS]
    parts = [
        HEAD,
        *_paper(),
        *_scenarios(reports),
        *_even(reports),
        *_scale(),
        *_gas(),
        *_parameters(),
    ]
    return "\n".join(parts) + "\n"


def _paper() -> Iterator[str]:
    yield "## The whitepaper's figures\n"
    yield _table(tables.FIGURES, tables.of_figures())
    yield ""
    for note in sorted({one.why for one in figures() if one.why}):
        yield f"- {note}"


def _scenarios(reports: Sequence[Report]) -> Iterator[str]:
    yield "\n## Scenarios\n"
    yield "`linkpool economics compare`; a month, USD unless said. The operator has no part of"
    yield "the pool (`owned` 0 %): running cost received, less gas and hardware. Prices of ETH,"
    yield "LINK and gas are assumed; demand is what it is at any price.\n"
    for name, scenario in SCENARIOS.items():
        yield f"- `{name}`: {scenario.what}"
    yield ""
    yield _table(("", *SCENARIOS), tables.of_comparison(reports))
    yield "\nA margin on gas pays most where gas is wasted. The same at one price, the paper's"
    yield f"(`--set {PAPER_PRICE}`):\n"
    same = [report(name, parameters(name, [PAPER_PRICE])) for name in SCENARIOS]
    yield _table(("", *SCENARIOS), tables.of_comparison(same))


def _even(reports: Sequence[Report]) -> Iterator[str]:
    yield "\n## Break-even\n"
    yield "`linkpool economics break-even --for operator|pool|staker`: where the operator's costs"
    yield "are covered, where the operator and the pool's owners together earn, and where a staker"
    yield "has 5 %. *Every value* is of those that can be asked (below).\n"
    for who, evens_of in (("operator", "operator"), ("pool", "together"), ("staker", "staker")):
        named = {one.name: getattr(one, evens_of) for one in reports}
        first = next(iter(named.values()))
        rows = [
            (shown(parameter), *(tables.pays(evens[parameter]) for evens in named.values()))
            for parameter in first
        ]
        yield _table((MEASURES[who].name, *named), rows) + "\n"


def _scale() -> Iterator[str]:
    yield "## At scale\n"
    yield "`linkpool economics scale`: the whole network, a month.\n"
    rows, others = [], []
    for name in SCENARIOS:
        p = parameters(name)
        full = {one.what: f"{digits(one.requests, 0)}" for one in limits(p)}
        whole = loads(p)[-1]
        rows.append(
            (
                name,
                full.get("one chain's blocks are full", ""),
                full.get("a node's collateral is all reserved", ""),
                digits(whole.chains, 0),
                digits(batch(p), 0),
            )
        )
        least = kept_from(p)
        others.append(
            (
                name,
                full.get("a month's payments are all the LINK there is", ""),
                full.get("a node gives 60 answers a second", ""),
                "nothing to pay" if not least else digits(least, 0),
                f"{digits(index_bytes(p) / 10**9, 0)} GB",
            )
        )
    columns = (
        "scenario",
        "requests that fill one chain",
        "requests that reserve all collateral",
        "chains for all calls",
        "or requests to a transaction",
    )
    yield _table(columns, rows) + "\n"
    columns = (
        "scenario",
        "requests that pay all LINK there is",
        "requests of 60 answers/s and node",
        "owners pay the keeper from",
        "index, a year",
    )
    yield _table(columns, others) + "\n"
    yield "![Gas of the network a month](scale.svg)\n"


def _gas() -> Iterator[str]:
    yield "## Gas of a node\n"
    rows = [
        (name, item.what, digits(item.gas, 0), digits(item.times, 3), item.per, item.source)
        for name in SCENARIOS
        for item in bill(parameters(name)).items
    ]
    yield _table(("scenario", "transaction", "gas", "times", "for each", "source"), rows)


def _parameters() -> Iterator[str]:
    yield "\n## Parameters\n"
    yield "In a TOML file (tables are headings only; `scenario` names what it starts from), or as"
    yield "`--set NAME=VALUE`. Shares are percentages, with their sign or without.\n"
    paper = Parameters()
    rows = [
        (
            f"`{shown(name)}`",
            "" if getattr(paper, name) is None else written(name, getattr(paper, name)),
            bounds(spec),
            spec.what,
        )
        for name, spec in specs().items()
    ]
    yield _table(("parameter", "the paper's", "allowed", "what"), rows)
    costs = ", ".join(f"{name} {usd(cost)}" for name, cost in HARDWARE.items())
    yield f"\nHardware of a node a month, by backend (assumptions): {costs}."


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
