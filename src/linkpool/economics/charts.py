# SPDX-License-Identifier: MIT
"""Charts as Plotly reads them: plain data, no library. Floats are for the screen only."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from linkpool.economics.drawing import (
    BAD,
    GOOD,
    GREY,
    LAYOUT,
    LINE,
    SOFT,
    SPARE,
    Chart,
    chart_of,
    floated,
    line_of,
    marked,
    percents,
    spaced,
    vertical,
    with_legend,
)
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

_POINTS: Final = 60
_BARS: Final = 12


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
        "y": [floated(value) for _, value, _ in steps],
        "measure": [kind for _, _, kind in steps],
        "text": [usd(value) for _, value, _ in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "increasing": {"marker": {"color": GOOD}},
        "decreasing": {"marker": {"color": BAD}},
        "totals": {"marker": {"color": LINE}},
        "hovertemplate": "%{x}: $%{y:,.2f}<extra></extra>",
    }
    return chart_of([trace], y="USD a month, one node")


def by_gas_price(of: Report) -> Chart:
    """Everybody's month at every gas price, the minimum price fixed."""
    p = fixed(of.parameters)
    even, both = of.operator["gas_price"].value, of.together["gas_price"].value
    top = max(even or p.gas_price, both or p.gas_price, p.gas_price) * Decimal("1.6")
    top = min(top, specs()["gas_price"].high)
    xs = spaced(top / _POINTS, top, _POINTS)
    months = [pool_month(changed(p, "gas_price", x)) for x in xs]
    chart = chart_of(
        [
            line_of(xs, [month.yours for month in months], "operator", LINE),
            line_of(xs, [month.together for month in months], "operator and owners", SPARE),
            line_of(xs, [month.stakers for month in months], "stakers", GOOD, dash="dot"),
        ],
        x="gas price, gwei",
        y="USD a month",
    )
    marks = [vertical(p.gas_price, "now", GREY)]
    if even is not None:
        marks.append(vertical(even, "operator breaks even", BAD))
    if both is not None and both != even:
        marks.append(vertical(both, "with the owners' part", SPARE))
    return with_legend(marked(chart, marks))


def by_nodes(of: Report) -> Chart:
    """The operator's month with more or fewer nodes, and with the owners' part."""
    found, now = of.fleet_together, of.pool.size.nodes
    if found is None:
        raise ValueError("a report without a pool has no fleet to draw")
    ends = [now * 3, (found.best or 0) * Decimal("1.5"), (found.most or 0) * Decimal("1.1")]
    xs = [Decimal(int(x)) for x in spaced(Decimal(1), max(ends), _POINTS)]
    lines = []
    for name, whose, color in (
        ("operator", OPERATOR, LINE),
        ("operator and owners", TOGETHER, SPARE),
    ):
        month = by_nodes_of(of.parameters, whose)
        lines.append(line_of(xs, [month(int(x)) for x in xs], name, color))
    chart = chart_of(lines, x="nodes of the pool", y="USD a month")
    marks = [vertical(now, "now", GREY)]
    if found.best:
        marks.append(vertical(found.best, "best", GOOD))
    return with_legend(marked(chart, marks))


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
            "x": [floated(getattr(bar, end) - now) for bar in picked],
            "base": floated(now + plus),
            "customdata": [floated(getattr(bar, end) + plus) for bar in picked],
            "marker": {"color": color},
            "hovertemplate": "%{y} "
            + name
            + (": $%{customdata:,.0f}" if is_money else ": %{customdata:.2%}")
            + "<extra></extra>",
        }
        for name, end, color in ends
    ]
    title = f"{whose}, USD a month" if is_money else "stakers' return a year"
    chart = chart_of(traces, x=title)
    chart["layout"] |= {
        "barmode": "overlay",
        "margin": LAYOUT["margin"] | {"l": 150},
        "height": 90 + 26 * max(len(picked), 3),
    }
    if not is_money:
        ends_of = [floated(end + plus) for bar in picked for end in (bar.at_low, bar.at_high)]
        chart["layout"]["xaxis"]["tickformat"] = percents(ends_of)
    return with_legend(chart)


def fan(of: Simulation) -> Chart:
    """The operator's month over time: the middle, and where 90 of 100 futures are."""
    months = list(range(1, of.months + 1))
    low, high, middle = (
        [floated(getattr(one, name)) for one in of.operator_month]
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
    chart = chart_of([band, line], x="month", y="operator, USD a month")
    chart["layout"]["xaxis"]["dtick"] = max(1, of.months // 12)
    return with_legend(chart)


def histogram(of: Simulation, target: Decimal) -> Chart:
    """The stakers' return over all futures; the highest hundredth is left out."""
    shown_ones = of.returns[: max(1, len(of.returns) * 99 // 100)]
    trace: dict[str, Any] = {
        "type": "histogram",
        "x": [floated(value) for value in shown_ones],
        "nbinsx": 40,
        "marker": {"color": GOOD},
        "hovertemplate": "%{x}: %{y} futures<extra></extra>",
    }
    chart = chart_of([trace], x="stakers' return a year, in LINK", y="futures")
    drawn = [*trace["x"], floated(target), floated(of.staker_link.median)]
    chart["layout"]["xaxis"]["tickformat"] = percents(drawn)
    chart["layout"]["bargap"] = 0.03
    marks = [vertical(of.staker_link.median, "middle", LINE), vertical(target, "wanted", GREY)]
    return marked(chart, marks)


def gas_of(of: Report) -> Chart:
    """What an answer's gas consists of."""
    items = [item for item in of.bill.items if item.per != "month"]
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": [item.what for item in items][::-1],
        "x": [floated(item.total) for item in items][::-1],
        "text": [f"{item.total:,.0f} ({item.source})" for item in items][::-1],
        "textposition": "auto",
        "marker": {"color": LINE},
        "hovertemplate": "%{y}: %{x:,.0f} gas<extra></extra>",
    }
    chart = chart_of([trace], x="gas of one answer")
    chart["layout"] |= {
        "margin": LAYOUT["margin"] | {"l": 210},
        "height": 130 + 60 * len(items),
    }
    return chart


def by_scale(of: Sequence[Load]) -> Chart:
    """Chains that the network's gas fills."""
    line = line_of(
        [one.requests for one in of], [one.chains for one in of], "chains filled", LINE
    ) | {
        "mode": "lines+markers",
        "hovertemplate": "%{x:,.0f} requests: %{y:,.3~g} chains",
    }
    chart = chart_of([line], x="requests a month", y="chains, every block full")
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
