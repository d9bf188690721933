# SPDX-License-Identifier: MIT
"""`linkpool economics …`: what nodes earn and stakers get, at which prices, with which chances."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any, Literal

import typer

from linkpool.cli.command import Facts, offline
from linkpool.cli.output import Answer, progress_line
from linkpool.cli.session import Session
from linkpool.economics import answers, place, tables
from linkpool.economics.breakeven import break_evens, check_target
from linkpool.economics.extras import missing
from linkpool.economics.figures import figures
from linkpool.economics.measures import MEASURES
from linkpool.economics.network import network
from linkpool.economics.parameters import specs
from linkpool.economics.reading import parameters
from linkpool.economics.report import Report, report
from linkpool.economics.scale import batch, limits, loads
from linkpool.economics.scenarios import DEFAULT, SCENARIOS
from linkpool.economics.sensitivity import tornado
from linkpool.economics.simulation import PATHS, SEED, Simulation, simulate
from linkpool.economics.specs import bounds, shown
from linkpool.economics.text import noun, written
from linkpool.economics.year import Year
from linkpool.errors import UsageError

app = typer.Typer(help="What nodes earn and stakers get, at which prices and gas, with what risk.")

WIDTH = 80
MOST_COMPARED = 4
LONG = 50_000
"""Months of futures that take some seconds."""

Source = Annotated[
    str,
    typer.Argument(metavar="SCENARIO", help=f"{', '.join(SCENARIOS)}, or a TOML file"),
]
Sources = Annotated[
    list[str] | None,
    typer.Argument(metavar="SCENARIO", help="2 to 4 of them, or TOML files"),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="one parameter, any number of times; `economics parameters` has them",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="the same seed repeats the futures")]
Paths = Annotated[int, typer.Option("--paths", min=1, help="number of futures")]
Months = Annotated[int, typer.Option("--months", min=1, max=600, help="length of each")]


@offline(app, "parameters")
async def listing(session: Session, source: Source = DEFAULT, given: Set = None) -> Answer:
    """Every parameter: its value, its bounds, what it is."""
    p = parameters(source, given or ())
    values = {shown(name): getattr(p, name) for name in specs()}
    return Answer(
        title=f"parameters of {source}",
        data={"scenario": source, "parameters": tables.tidy(values)},
        columns=("parameter", "value", "allowed", "what"),
        rows=[
            (shown(name), written(name, getattr(p, name)), bounds(spec), spec.what)
            for name, spec in specs().items()
        ],
    )


@offline(app, "figures")
async def paper(session: Session) -> Answer:
    """The whitepaper's figures beside the exact ones."""
    return Answer(
        title="sections 4 and 5 of the whitepaper",
        data={"figures": tables.tidy(figures())},
        columns=tables.FIGURES,
        rows=tables.of_figures(),
        note="\n".join(sorted({one.why for one in figures() if one.why})),
    )


@offline(app, "report")
async def full(
    session: Session,
    source: Source = DEFAULT,
    given: Set = None,
    page: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="write a page with charts, for any browser"),
    ] = None,
    seed: Seed = SEED,
    paths: Paths = PATHS,
    months: Months = 12,
) -> Answer:
    """What an operator earns and a staker gets. Futures are simulated for --html only."""
    p = parameters(source, given or ())
    if page is not None:
        _prepare(page)
    found = report(", ".join([source, *(given or ())]), p)
    note = ""
    if page is not None:
        _write(page, found, seed=seed, paths=paths, months=months)
        note = f"wrote {page}: open it in a browser"
    return Answer(
        title=_title("economics", source, given),
        data=_content(found) | ({"html": page} if page is not None else {}),
        facts=_facts("operator", answers.operator(found))
        + _facts("owners", answers.owners(found))
        + _facts("staker", answers.staker(found))
        + _facts("assumed", answers.assumed(found.parameters)),
        columns=tables.MONTH,
        rows=tables.of_month(found),
        note=note,
    )


@offline(app, "break-even")
async def even(
    session: Session,
    source: Source = DEFAULT,
    given: Set = None,
    whose: Annotated[
        Literal["operator", "pool", "staker", "node"],
        typer.Option("--for", help="who breaks even; pool: the operator and the owners together"),
    ] = "operator",
    swing: Annotated[
        int, typer.Option("--swing", min=1, max=99, help="percent by which each is varied")
    ] = 20,
) -> Answer:
    """Where each parameter breaks even, and what a change of it does; what matters most first."""
    p = parameters(source, given or ())
    check_target(p)
    measure = MEASURES[whose]
    evens = list(break_evens(p, measure))
    bars = tornado(p, measure, Decimal(swing) / 100)
    now = measure.of(p)
    return Answer(
        title=_title(measure.what, source, given),
        data={
            "scenario": source,
            "for": whose,
            "now": tables.tidy(now),
            "breakEven": tables.tidy(evens),
            "sensitivity": tables.tidy(bars),
        },
        columns=("parameter", "now", "pays", f"at -{swing} %", f"at +{swing} %"),
        rows=tables.of_evens(p, measure, evens, bars),
        note=f"now {tables.measured(measure, now)}; minimum price and number of nodes stay; "
        f"{tables.UNKNOWN} is not computed\n"
        f"every value: that can be asked (`economics parameters`)\n{answers.caveat(p)}",
    )


@offline(app, "simulate")
async def chances(
    session: Session,
    source: Source = "agreements",
    given: Set = None,
    seed: Seed = SEED,
    paths: Paths = PATHS,
    months: Months = 12,
) -> Answer:
    """Many futures: prices walk, requests grow, answers fail (Monte Carlo)."""
    p = parameters(source, given or ())
    told = _told(paths, paths * months, "futures")
    found = simulate(p, seed=seed, paths=paths, months=months, done=told)
    return Answer(
        title=_title(f"{paths:,} futures of {months} months, seed {seed}", source, given),
        data={"scenario": source} | _without(tables.tidy(found), "returns", "totals"),
        facts=_facts("", answers.futures(found)),
        columns=tables.FUTURES,
        rows=tables.of_futures(found),
        note=f"{answers.caveat(p)}\nprices walk from there",
    )


@offline(app, "scale")
async def far(session: Session, source: Source = "agreements", given: Set = None) -> Answer:
    """The whole network at ten, a hundred … times the requests: what is full first."""
    p = parameters(source, given or ())
    found = loads(p)
    return Answer(
        title=_title("the whole network, a month", source, given),
        data={
            "scenario": source,
            "loads": tables.tidy(found),
            "limits": tables.tidy(list(limits(p))),
            "batch": tables.tidy(batch(p)),
        },
        facts=_facts("", network(p)),
        columns=tables.SCALE,
        rows=tables.of_loads(found),
        note=answers.caveat(p),
    )


@offline(app, "years")
async def ahead(
    session: Session,
    source: Source = "agreements",
    given: Set = None,
    seed: Seed = SEED,
    number: Annotated[int, typer.Option("--years", help="length of the run")] = 10,
    stakers: Annotated[int, typer.Option("--stakers", help="people with LINK")] = 100_000,
    nodes: Annotated[
        int | None, typer.Option("--nodes", help="with a ledger [the pool's own]")
    ] = None,
) -> Answer:
    """The whole pool day by day: every ledger to the juel, stakers come and go, nodes fail."""
    begun = _numpy()
    p = parameters(source, given or ())
    told = _told(number, number * LONG, "years")
    found = begun(p, years=number, stakers=stakers, nodes=nodes, seed=seed, done=told)
    return Answer(
        title=_title(f"{noun(Decimal(number), 'year')} of the pool, seed {seed}", source, given),
        data={"scenario": source, "years": found},
        columns=tables.YEARS,
        rows=[tables.of_year(one) for one in found],
        spare=("5 of 100", "out", "in"),
        note="every juel that came in is there or went out; prices stay what they are\n"
        + answers.caveat(p),
    )


@offline(app, "compare")
async def beside(session: Session, sources: Sources = None, given: Set = None) -> Answer:
    """Scenarios side by side [default: paper exact direct agreements]."""
    names = list(sources or ("paper", "exact", "direct", "agreements"))
    if not 2 <= len(names) <= MOST_COMPARED:
        raise UsageError(f"2 to {MOST_COMPARED} scenarios are compared, not {len(names)}")
    found = [report(name, parameters(name, given or ())) for name in names]
    return Answer(
        title=_title("side by side", "", given),
        data={"scenarios": [_content(one) for one in found]},
        columns=("a month", *(Path(name).stem for name in names)),
        rows=tables.of_comparison(found),
        note="the operator's is without a part of the pool unless `owned` says more\n"
        "prices are assumed, demand is fixed at any of them",
    )


def _numpy() -> Callable[..., list[Year]]:
    """What runs the years; SetupMissing where its library is not installed."""
    try:
        from linkpool.economics.world.years import ahead
    except ImportError:
        raise missing("numpy", "`years`") from None
    return ahead


def _prepare(page: Path) -> None:
    """What is missing is said before anything is computed."""
    from linkpool.economics.page import plotly

    place.check(page)
    plotly()


def _write(page: Path, found: Report, *, seed: int, paths: int, months: int) -> None:
    from linkpool.economics.page import html, plotly

    simulation: Simulation | None = None
    if not found.is_empty:
        told = _told(paths, paths * months, "futures")
        simulation = simulate(found.parameters, seed=seed, paths=paths, months=months, done=told)
    place.write(page, html(found, simulation, plotly()))


def _told(number: int, steps: int, what: str) -> Callable[[int], None]:
    """Says at each tenth of a long run how far it is, where somebody watches."""
    if steps < LONG or not sys.stderr.isatty():
        return lambda _done: None
    tenth = max(1, number // 10)

    def told(done: int) -> None:
        if done % tenth == 0 and done < number:
            progress_line(f"{done:,} of {number:,} {what}")

    return told


def _content(found: Report) -> dict[str, Any]:
    content: dict[str, Any] = tables.tidy(found)
    return content | {
        "answers": {
            name: [text for _, text in words]
            for name, words in (
                ("operator", answers.operator(found)),
                ("owners", answers.owners(found)),
                ("staker", answers.staker(found)),
                ("assumed", answers.assumed(found.parameters)),
            )
        }
    }


def _facts(who: str, words: answers.Words) -> Facts:
    """Lines that fit a terminal, under who asks."""
    lines: Facts = [(who.upper(), "")] if who else []
    for label, text in words:
        first, *more = wrap(text, WIDTH)
        lines += [(label, first), *(("", "  " + line) for line in more)]
    return lines


def _title(what: str, source: str, given: list[str] | None) -> str:
    changed = f", {', '.join(given)}" if given else ""
    return f"{what} ({source or 'scenarios'}{changed})"


def _without(content: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in names}
