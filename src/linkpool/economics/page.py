# SPDX-License-Identifier: MIT
"""One self-contained page: answers, charts, tables. It asks no network for anything."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from string import Template
from typing import Final

from linkpool.economics import answers, charts, tables
from linkpool.economics.drawing import Chart
from linkpool.economics.extras import missing
from linkpool.economics.figures import figures
from linkpool.economics.measures import MEASURES
from linkpool.economics.network import network
from linkpool.economics.parameters import specs
from linkpool.economics.report import Report
from linkpool.economics.scale import loads
from linkpool.economics.simulation import Simulation
from linkpool.economics.specs import shown
from linkpool.economics.text import digits, written

_CONFIG: Final = {"displayModeBar": False, "responsive": True}


def html(of: Report, simulation: Simulation | None, plotly: str) -> str:
    """`plotly` is its JavaScript, as plotly() has it."""
    drawn: dict[str, Chart] = {}
    body = "\n".join(_body(of, simulation, drawn))
    template = Template(_template())
    return template.substitute(
        name=escape(of.name), style=_file("page.css"), body=body, plotly=plotly, charts=_data(drawn)
    )


def _body(of: Report, simulation: Simulation | None, drawn: dict[str, Chart]) -> Iterator[str]:
    yield '<section class="two">'
    yield _answers("Operator: what do I earn?", answers.operator(of))
    yield _answers("Staker: what is my return?", answers.staker(of))
    yield _answers("Owner of the pool: what is my part?", answers.owners(of))
    yield _answers("What is assumed", answers.assumed(of.parameters))
    yield "</section>"
    if not of.is_empty:
        yield from _month(of, drawn)
        yield from _prices(of, drawn)
    if simulation is not None:
        yield from _futures(of, simulation, drawn)
    yield from _scale(of, drawn)
    yield from _paper()
    yield from _parameters(of)


def _month(of: Report, drawn: dict[str, Chart]) -> Iterator[str]:
    yield "<h2>The month</h2>"
    yield '<section class="two">'
    yield _drawn(drawn, "month", charts.waterfall(of), "Whose one node's income is")
    yield _drawn(drawn, "gas", charts.gas_of(of), "What an answer's gas consists of")
    yield "</section>"
    yield _table(tables.MONTH, tables.of_month(of))


def _prices(of: Report, drawn: dict[str, Chart]) -> Iterator[str]:
    operator, both, staker = (MEASURES[name] for name in ("operator", "pool", "staker"))
    p = of.parameters
    yield "<h2>At which prices, with how many nodes?</h2>"
    yield '<section class="two">'
    yield _drawn(drawn, "gasprice", charts.by_gas_price(of), "When gas gets dearer and the minimum "
                 "price stays")  # fmt: skip
    yield _drawn(drawn, "nodes", charts.by_nodes(of), "More nodes, others' as they are")
    for name, title, measure, bars in (
        ("operator", "operator", operator, of.operator_bars),
        ("together", "operator and owners", both, of.together_bars),
        ("staker", "stakers", staker, of.staker_bars),
    ):
        chart = charts.tornado(bars, measure.of(p), whose=title, target=p.target_return)
        said = f"{title.capitalize()}: each parameter a fifth lower and higher"
        yield _drawn(drawn, name, chart, said)
    yield "</section>"
    for title, measure, evens, bars in (
        ("operator covers costs", operator, of.operator, of.operator_bars),
        ("operator and owners earn", both, of.together, of.together_bars),
    ):
        columns = ("parameter", "now", title, "at −20 %", "at +20 %")
        yield _table(columns, tables.of_evens(p, measure, evens.values(), bars))


def _futures(of: Report, simulation: Simulation, drawn: dict[str, Chart]) -> Iterator[str]:
    p = of.parameters
    yield "<h2>What can go wrong?</h2>"
    walks = ", ".join(
        f"{what} {written(name, getattr(p, name))}"
        for what, name in (
            ("gas", "gas_volatility"),
            ("ETH", "eth_volatility"),
            ("LINK", "link_volatility"),
        )
    )
    yield (
        f"<p>{simulation.paths:,} futures of {simulation.months} months, seed {simulation.seed}. "
        f"Prices walk at random ({escape(walks)}); answers fail and nodes are down as often as the "
        "parameters say.</p>"
    )
    yield '<section class="two">'
    yield _drawn(drawn, "fan", charts.fan(simulation), "The operator's month")
    yield _drawn(
        drawn, "returns", charts.histogram(simulation, p.target_return), "The stakers' return"
    )
    yield "</section>"
    yield _answers("In words", answers.futures(simulation))
    yield _table(tables.FUTURES, tables.of_futures(simulation))


def _scale(of: Report, drawn: dict[str, Chart]) -> Iterator[str]:
    found = loads(of.parameters)
    yield "<h2>How far does it go?</h2>"
    yield '<section class="two">'
    yield _answers("The whole network", network(of.parameters))
    yield _drawn(drawn, "scale", charts.by_scale(found), "Chains that the network's gas fills")
    yield "</section>"
    yield _table(tables.SCALE, tables.of_loads(found))


def _paper() -> Iterator[str]:
    yield "<h2>The whitepaper's figures beside the exact ones</h2>"
    yield _table(tables.FIGURES, tables.of_figures())
    notes = sorted({one.why for one in figures() if one.why})
    yield "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"


def _parameters(of: Report) -> Iterator[str]:
    yield "<h2>What was asked</h2>"
    rows = [
        (shown(name), written(name, getattr(of.parameters, name)), spec.what)
        for name, spec in specs().items()
    ]
    items = [
        (item.what, digits(item.gas, 0), f"{digits(item.times, 3)} {item.per}", item.source)
        for item in of.bill.items
    ]
    yield f"<details><summary>{len(rows)} parameters</summary>"
    yield _table(("parameter", "value", "what"), rows) + "</details>"
    yield "<details><summary>gas, transaction by transaction</summary>"
    yield _table(("transaction", "gas", "times, for each", "source"), items) + "</details>"


def _answers(title: str, words: answers.Words) -> str:
    lines = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in words)
    return f"<article><h3>{escape(title)}</h3><dl>{lines}</dl></article>"


def _drawn(drawn: dict[str, Chart], name: str, chart: Chart, title: str) -> str:
    drawn[name] = chart
    text = escape(title)
    return f'<figure><figcaption>{text}</figcaption><div id="chart-{name}"></div></figure>'


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>'
        "</div>"
    )


def _data(drawn: dict[str, Chart]) -> str:
    """JSON that cannot end the script it stands in."""
    return json.dumps({"charts": drawn, "config": _CONFIG}).replace("<", "\\u003c")


def plotly() -> str:
    """The library, to be part of the page; SetupMissing where it is not installed."""
    try:
        from plotly.offline import get_plotlyjs
    except ImportError:
        raise missing("plotly", "the page") from None
    script: str = get_plotlyjs()
    return script.replace("</script", "<\\/script")


def _template() -> str:
    return _file("page.html")


def _file(name: str) -> str:
    from importlib.resources import files

    return files("linkpool.economics").joinpath(name).read_text(encoding="utf-8")
