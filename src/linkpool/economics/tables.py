# SPDX-License-Identifier: MIT
"""Rows for a terminal and a page, and the same as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Final

from linkpool.economics.breakeven import BreakEven
from linkpool.economics.earnings import answers_of
from linkpool.economics.exact import exact
from linkpool.economics.figures import Figure, figures
from linkpool.economics.fleet import Fleet
from linkpool.economics.measures import Measure
from linkpool.economics.parameters import Parameters
from linkpool.economics.report import Report
from linkpool.economics.scale import Load
from linkpool.economics.sensitivity import Bar
from linkpool.economics.simulation import Simulation, Spread
from linkpool.economics.specs import shown
from linkpool.economics.text import count, digits, dollars, figures_of, percent, usd, written
from linkpool.economics.year import Year

Row = tuple[str, ...]

FIGURES: Final = ("§", "what", "paper", "exact", "loose")
MONTH: Final = ("a month", "a node", "the pool")
FUTURES: Final = ("", "worst", "5 of 100", "median", "mean", "95 of 100", "best")
YEARS: Final = (
    "year", "staked, LINK", "stakers", "return", "5 of 100", "in", "out", "answers", "lost, LINK",
    "owners, LINK",
)  # fmt: skip
SCALE: Final = ("requests a month", "answers/s", "gas a block", "chains", "gas, USD", "of revenue")
UNKNOWN: Final = "–"
"""Not computed: no break-even is asked for, or the change would not fit the rest."""
_GRAIN: Final = Decimal("1e-18")
_PLACES: Final = {"USD": 5, "gas": 1, "answers": 5, "LINK": 2}


@exact
def tidy(data: Any) -> Any:
    """Numbers with 18 decimals at most, dataclasses as mappings."""
    if isinstance(data, Decimal):
        rounded = data.quantize(_GRAIN, ROUND_HALF_EVEN) if data.adjusted() < 40 else data
        return f"{rounded.normalize() + 0:f}"
    if is_dataclass(data) and not isinstance(data, type):
        return {field.name: tidy(getattr(data, field.name)) for field in fields(data)}
    if isinstance(data, Mapping):
        return {name: tidy(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [tidy(value) for value in data]
    return data


def of_figures() -> list[Row]:
    """The paper's figures, its own digits first."""
    return [
        (one.section, one.what, digits_of(one, Decimal(one.printed)), _exactly(one), one.loose)
        for one in figures()
    ]


def digits_of(one: Figure, value: Decimal) -> str:
    """A figure's value in its unit."""
    text = digits(value, 0 if value == value.to_integral_value() else _PLACES.get(one.unit, 0))
    return f"${text}" if one.unit == "USD" else f"{text} {one.unit}"


def _exactly(one: Figure) -> str:
    return "the same" if one.exact == one.model else digits_of(one, one.exact).split(" ")[0]


@exact
def of_month(of: Report) -> list[Row]:
    """A node's month and the pool's."""
    node, pool = of.pool.node, of.pool
    nodes = pool.size.nodes
    amounts = {
        "revenue": node.revenue,
        "gas": -node.gas,
        "hardware": -node.hardware,
    }
    rows = [
        ("nodes", "", digits(nodes, 0)),
        ("LINK staked", "" if pool.size.each is None else digits(pool.size.each),
         digits(pool.size.stake)),
        ("answers", count(node.answered), digits(node.answered * nodes, 0)),
        *((name, usd(value), usd(value * nodes)) for name, value in amounts.items()),
        ("fixed costs", "", usd(-of.parameters.fixed_costs)),
        ("profit", usd(node.profit, 5), usd(pool.profit, 3)),
        ("penalties expected", usd(-node.lost), usd(-node.lost * nodes)),
        ("running cost received", usd(node.operations), usd(node.operations * nodes)),
        ("operator: that less costs", usd(node.operator, 5), usd(pool.operator, 3)),
        ("owners", usd(node.owners, 5), usd(pool.owners, 3)),
        ("stakers", usd(node.stakers, 5), usd(pool.stakers, 3)),
    ]  # fmt: skip
    p, found = of.parameters, pool.yearly_return
    if p.owned or p.own_stake:
        rows.append(("operator, all in all", "", usd(pool.yours, 3)))
    return [*rows, ("stakers' return a year", "", "none" if found is None else percent(found))]


def of_evens(
    p: Parameters, measure: Measure, evens: Iterable[BreakEven], bars: Sequence[Bar]
) -> list[Row]:
    """What matters most first; then what only breaks even."""
    zeros = {one.name: one for one in evens}
    every = {bar.name: bar for bar in bars}
    wide = [bar.name for bar in bars if bar.width]
    rows = []
    for name in [*wide, *(name for name in zeros if name not in wide)]:
        even, bar = zeros.get(name), every.get(name)
        now = getattr(p, name) if even is None else even.now
        ends = () if bar is None else (bar.at_low, bar.at_high)
        rows.append(
            (
                shown(name),
                written(name, now),
                UNKNOWN if even is None else pays(even),
                *([measured(measure, end) for end in ends] or (UNKNOWN, UNKNOWN)),
            )
        )
    return rows


def pays(one: BreakEven) -> str:
    """On which side of which value."""
    if one.value is None:
        return one.words
    return f"{'at least' if one.at_least else 'at most'} {written(one.name, one.value)}"


@exact
def measured(measure: Measure, value: Decimal) -> str:
    """In the measure's unit; a staker's is a share of the stake a year."""
    return dollars(value) if measure.unit == "USD" else f"{percent(value)}"


def of_futures(of: Simulation) -> list[Row]:
    """One line for each thing that people care about."""

    def row(name: str, spread: Spread, show: Any) -> Row:
        picked = ("worst", "low", "median", "mean", "high", "best")
        return (name, *(show(getattr(spread, one)) for one in picked))

    return [
        row("operator, all months", of.operator_total, dollars),
        row("operator, last month", of.operator_month[-1], dollars),
        row("owners, all months", of.owners_total, dollars),
        row("operator and owners", of.together_total, dollars),
        row("return a year in LINK", of.staker_link, percent),
        row("return a year in USD", of.staker_usd, percent),
        row("stake lost to penalties", of.lost, lambda part: percent(part, 3)),
    ]


def of_comparison(reports: Sequence[Report]) -> list[Row]:
    """One column for each."""

    def row(name: str, show: Any) -> Row:
        return (name, *(show(one) for one in reports))

    def even(of: Mapping[str, BreakEven], name: str) -> str:
        found = of.get(name)
        if found is None:
            return "none"
        return found.words if found.value is None else written(name, found.value)

    return [
        row("ETH", lambda one: written("eth_price", one.parameters.eth_price)),
        row("LINK", lambda one: written("link_price", one.parameters.link_price)),
        row("gas price", lambda one: written("gas_price", one.parameters.gas_price)),
        row("gas an answer", lambda one: digits(one.pool.node.answer_gas, 0)),
        row("its cost", lambda one: usd(one.pool.node.answer_cost, 5)),
        row("minimum price", lambda one: usd(one.pool.node.price, 5)),
        row("a request, to its consumer", lambda one: usd(_request(one), 5)),
        row("answers of a node", lambda one: count(one.pool.node.answered)),
        row("revenue of a node", lambda one: usd(one.pool.node.revenue)),
        row("gas of a node", lambda one: usd(one.pool.node.gas)),
        row("hardware of a node", lambda one: usd(one.pool.node.hardware)),
        row("profit of a node", lambda one: usd(one.pool.node.profit)),
        row("nodes", lambda one: digits(one.pool.size.nodes, 0)),
        row("operator", lambda one: dollars(one.pool.yours)),
        row("owners", lambda one: dollars(one.pool.owners)),
        row("stakers", lambda one: dollars(one.pool.stakers)),
        row("return a year", _yearly),
        row("operator pays: gas up to", lambda one: even(one.operator, "gas_price")),
        row("price from", lambda one: even(one.operator, "minimum_price")),
        row("best number of nodes", lambda one: _best(one.fleet)),
        row("with owners: gas up to", lambda one: even(one.together, "gas_price")),
        row("price from", lambda one: even(one.together, "minimum_price")),
        row("best number of nodes", lambda one: _best(one.fleet_together)),
    ]


def of_loads(of: Iterable[Load]) -> list[Row]:
    """One line for each number of requests."""
    return [
        (
            digits(one.requests, 0),
            figures_of(one.answers_per_second),
            figures_of(one.gas_per_block),
            figures_of(one.chains, 3),
            f"${figures_of(one.gas_cost)}",
            "none" if one.of_revenue is None else percent(one.of_revenue, 1),
        )
        for one in of
    ]


def of_year(one: Year) -> Row:
    """One line; amounts in whole LINK."""
    return (
        str(one.number),
        _whole_link(one.staked),
        f"{one.stakers:,}",
        f"{one.median * 100:.2f} %",
        f"{one.lowest * 100:.2f} %",
        f"{one.joined:,}",
        f"{one.left:,}",
        f"{one.answered:,}",
        _whole_link(one.lost),
        _whole_link(one.owners),
    )


def _whole_link(juels: int) -> str:
    return f"{juels // 10**18:,}"


def _request(one: Report) -> Decimal:
    return one.pool.node.price * answers_of(one.parameters)


def _yearly(one: Report) -> str:
    found = one.pool.yearly_return
    return "none" if found is None else percent(found)


def _best(of: Fleet | None) -> str:
    if of is None or (of.best == 0 and of.least is None):
        return "none"
    return "any number" if of.best is None or of.best == 0 else digits(of.best, 0)
