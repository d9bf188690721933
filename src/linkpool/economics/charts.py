# SPDX-License-Identifier: MIT
"""Charts as Plotly reads them: plain data, no library. Floats are for the screen only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import floor, log10
from typing import Any, Final

from linkpool.economics.exact import exact
from linkpool.economics.fleet import OPERATOR, TOGETHER
from linkpool.economics.fleet import by_nodes as by_nodes_of
from linkpool.economics.measures import fixed
from linkpool.economics.parameters import changed, specs
from linkpool.economics.pool import pool_month
from linkpool.economics.report import Report
from linkpool.economics.scale import Load
from linkpool.economics.sensitivity import Bar
from linkpool.economics.simulation import Simulation
from linkpool.economics.specs import shown
from linkpool.economics.text import usd

Chart = dict[str, Any]

GOOD: Final = "#1a7f5a"
BAD: Final = "#c0392b"
LINE: Final = "#375bd2"
SOFT: Final = "rgba(55, 91, 210, 0.18)"
SPARE: Final = "#b7791f"
GREY: Final = "#7a828e"
_POINTS: Final = 60
_BARS: Final = 12
_TICKS: Final = 10
_MOST_PLACES: Final = 12
_LAYOUT: Final[dict[str, Any]] = {
    "margin": {"l": 70, "r": 25, "t": 10, "b": 55},
    "height": 340,
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#24292f"},
    "showlegend": False,
    "hoverlabel": {"font": {"size": 13}},
}


def waterfall(of: Report) -> Chart:
    """Where one node's income goes."""
    node = of.pool.node
    steps = [
        ("income", node.revenue, "absolute"),
        ("gas", -node.gas, "relative"),
        ("hardware", -node.hardware, "relative"),
        ("penalties", -node.lost, "relative"),
        ("left", node.profit - node.lost, "total"),
        ("stakers", -node.stakers, "relative"),
        ("owners", -node.owners, "relative"),
        ("operator", node.operator, "total"),
    ]
    trace = {
        "type": "waterfall",
        "x": [name for name, _, _ in steps],
        "y": [_float(value) for _, value, _ in steps],
        "measure": [kind for _, _, kind in steps],
        "text": [usd(value) for _, value, _ in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "increasing": {"marker": {"color": GOOD}},
        "decreasing": {"marker": {"color": BAD}},
        "totals": {"marker": {"color": LINE}},
        "hovertemplate": "%{x}: $%{y:,.2f}<extra></extra>",
    }
    return _chart([trace], y="USD a month, one node")


def by_gas_price(of: Report) -> Chart:
    """Everybody's month at every gas price, the minimum price fixed."""
    p = fixed(of.parameters)
    even, both = of.operator["gas_price"].value, of.together["gas_price"].value
    top = max(even or p.gas_price, both or p.gas_price, p.gas_price) * Decimal("1.6")
    top = min(top, specs()["gas_price"].high)
    xs = _steps(top / _POINTS, top)
    months = [pool_month(changed(p, "gas_price", x)) for x in xs]
    chart = _chart(
        [
            _line(xs, [month.yours for month in months], "operator", LINE),
            _line(xs, [month.together for month in months], "operator and owners", SPARE),
            _line(xs, [month.stakers for month in months], "stakers", GOOD, dash="dot"),
        ],
        x="gas price, gwei",
        y="USD a month",
    )
    marks = [_vertical(p.gas_price, "now", GREY)]
    if even is not None:
        marks.append(_vertical(even, "operator breaks even", BAD))
    if both is not None and both != even:
        marks.append(_vertical(both, "with the owners' part", SPARE))
    return _with_legend(_mark(chart, marks))


def by_nodes(of: Report) -> Chart:
    """The operator's month with more or fewer nodes, and with the owners' part."""
    found, now = of.fleet_together, of.pool.size.nodes
    if found is None:
        raise ValueError("a report without a pool has no fleet to draw")
    ends = [now * 3, (found.best or 0) * Decimal("1.5"), (found.most or 0) * Decimal("1.1")]
    xs = [Decimal(int(x)) for x in _steps(Decimal(1), max(ends))]
    lines = []
    for name, whose, color in (
        ("operator", OPERATOR, LINE),
        ("operator and owners", TOGETHER, SPARE),
    ):
        month = by_nodes_of(of.parameters, whose)
        lines.append(_line(xs, [month(int(x)) for x in xs], name, color))
    chart = _chart(lines, x="nodes of the pool", y="USD a month")
    marks = [_vertical(now, "now", GREY)]
    if found.best:
        marks.append(_vertical(found.best, "best", GOOD))
    return _with_legend(_mark(chart, marks))


def tornado(bars: Sequence[Bar], now: Decimal, *, whose: str, target: Decimal) -> Chart:
    """What one parameter alone does; `now` is where all bars begin."""
    picked, is_money = [bar for bar in bars[:_BARS] if bar.width][::-1], whose != "stakers"
    plus = Decimal(0) if is_money else target
    ends = [("lower", "at_low", "#f2a33a"), ("higher", "at_high", LINE)]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "name": f"parameter {name}",
            "y": [shown(bar.name) for bar in picked],
            "x": [_float(getattr(bar, end) - now) for bar in picked],
            "base": _float(now + plus),
            "customdata": [_float(getattr(bar, end) + plus) for bar in picked],
            "marker": {"color": color},
            "hovertemplate": "%{y} "
            + name
            + (": $%{customdata:,.0f}" if is_money else ": %{customdata:.2%}")
            + "<extra></extra>",
        }
        for name, end, color in ends
    ]
    title = f"{whose}, USD a month" if is_money else "stakers' return a year"
    chart = _chart(traces, x=title)
    chart["layout"] |= {
        "barmode": "overlay",
        "margin": _LAYOUT["margin"] | {"l": 150},
        "height": 90 + 26 * max(len(picked), 3),
    }
    if not is_money:
        ends_of = [_float(end + plus) for bar in picked for end in (bar.at_low, bar.at_high)]
        chart["layout"]["xaxis"]["tickformat"] = _percents(ends_of)
    return _with_legend(chart)


def fan(of: Simulation) -> Chart:
    """The operator's month over time: the middle, and where 90 of 100 futures are."""
    months = list(range(1, of.months + 1))
    low, high, middle = (
        [_float(getattr(one, name)) for one in of.operator_month]
        for name in ("low", "high", "median")
    )
    band = {
        "type": "scatter",
        "x": months + months[::-1],
        "y": high + low[::-1],
        "fill": "toself",
        "fillcolor": SOFT,
        "line": {"width": 0},
        "hoverinfo": "skip",
        "name": "90 of 100 futures",
    }
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": months,
        "y": middle,
        "line": {"color": LINE, "width": 2.5},
        "name": "the middle one",
        "customdata": [list(pair) for pair in zip(low, high, strict=True)],
        "hovertemplate": "month %{x}: $%{y:,.0f} (90 of 100: $%{customdata[0]:,.0f} to "
        "$%{customdata[1]:,.0f})<extra></extra>",
    }
    chart = _chart([band, line], x="month", y="operator, USD a month")
    chart["layout"]["xaxis"]["dtick"] = max(1, of.months // 12)
    return _with_legend(chart)


def histogram(of: Simulation, target: Decimal) -> Chart:
    """The stakers' return over all futures; the highest hundredth is left out."""
    shown_ones = of.returns[: max(1, len(of.returns) * 99 // 100)]
    trace: dict[str, Any] = {
        "type": "histogram",
        "x": [_float(value) for value in shown_ones],
        "nbinsx": 40,
        "marker": {"color": GOOD},
        "hovertemplate": "%{x}: %{y} futures<extra></extra>",
    }
    chart = _chart([trace], x="stakers' return a year, in LINK", y="futures")
    drawn = [*trace["x"], _float(target), _float(of.staker_link.median)]
    chart["layout"]["xaxis"]["tickformat"] = _percents(drawn)
    chart["layout"]["bargap"] = 0.03
    marks = [_vertical(of.staker_link.median, "middle", LINE), _vertical(target, "wanted", GREY)]
    return _mark(chart, marks)


def gas_of(of: Report) -> Chart:
    """What an answer's gas consists of."""
    items = [item for item in of.bill.items if item.per != "month"]
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": [item.what for item in items][::-1],
        "x": [_float(item.total) for item in items][::-1],
        "text": [f"{item.total:,.0f} ({item.source})" for item in items][::-1],
        "textposition": "auto",
        "marker": {"color": LINE},
        "hovertemplate": "%{y}: %{x:,.0f} gas<extra></extra>",
    }
    chart = _chart([trace], x="gas of one answer")
    chart["layout"] |= {
        "margin": _LAYOUT["margin"] | {"l": 210},
        "height": 130 + 60 * len(items),
    }
    return chart


def by_scale(of: Sequence[Load]) -> Chart:
    """Chains that the network's gas fills."""
    line = _line(
        [one.requests for one in of], [one.chains for one in of], "chains filled", LINE
    ) | {"mode": "lines+markers", "hovertemplate": "%{x:,.0f} requests: %{y:,.3~g} chains"}
    chart = _chart([line], x="requests a month", y="chains, every block full")
    for axis in ("xaxis", "yaxis"):
        chart["layout"][axis] |= {"type": "log", "dtick": 1}
    chart["layout"]["shapes"] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": 1,
            "y1": 1,
            "line": {"color": BAD, "width": 1.5, "dash": "dash"},
        }
    ]
    return chart


# ---- Pieces ----


def _chart(traces: list[dict[str, Any]], *, x: str = "", y: str = "") -> Chart:
    axis = {"gridcolor": "#e3e6ea", "zerolinecolor": "#9aa3ad", "automargin": True}
    layout = _LAYOUT | {
        "xaxis": axis | {"title": {"text": x}},
        "yaxis": axis | {"title": {"text": y}},
    }
    return {"data": traces, "layout": layout}


def _line(
    xs: Iterable[Decimal], ys: Iterable[Decimal], name: str, color: str, *, dash: str = "solid"
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [_float(x) for x in xs],
        "y": [_float(y) for y in ys],
        "line": {"color": color, "width": 2.5, "dash": dash},
        "hovertemplate": f"%{{x:,.4~g}}: $%{{y:,.0f}}<extra>{name}</extra>",
    }


def _percents(drawn: Sequence[float]) -> str:
    """With as many decimals as keep some eight ticks apart.

    >>> _percents([0.02, 0.4]), _percents([0.0204, 0.0206])
    ('.0%', '.3%')
    """
    span = (max(drawn) - min(drawn)) * 100 if drawn else 0.0
    places = max(0, -floor(log10(span / _TICKS))) if span else 1
    return f".{min(places, _MOST_PLACES)}%"


def _vertical(x: Decimal, text: str, color: str) -> tuple[float, str, str]:
    return _float(x), text, color


def _mark(chart: Chart, marks: Sequence[tuple[float, str, str]]) -> Chart:
    """Vertical lines with a word at their top; the words of two that are near stand apart."""
    chart["layout"]["shapes"] = [
        {
            "type": "line",
            "x0": x,
            "x1": x,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": color, "width": 1.5, "dash": "dash"},
        }
        for x, _, color in marks
    ]
    chart["layout"]["annotations"] = [
        {
            "x": x,
            "yref": "paper",
            "y": 1 - 0.09 * place,
            "text": text,
            "showarrow": False,
            "xanchor": "left",
            "xshift": 4,
            "font": {"color": color},
        }
        for place, (x, text, color) in enumerate(marks)
    ]
    return chart


def _with_legend(chart: Chart) -> Chart:
    chart["layout"] |= {
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    }
    chart["layout"]["margin"] = chart["layout"]["margin"] | {"t": 35}
    return chart


@exact
def _steps(first: Decimal, last: Decimal) -> list[Decimal]:
    return [first + (last - first) * step / _POINTS for step in range(_POINTS + 1)]


def _float(value: Decimal) -> float:
    return float(f"{value:.10g}")
