# SPDX-License-Identifier: MIT
"""What Plotly's charts are made of: colours, axes, lines, marks. Plain data, no library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import floor, log10
from typing import Any, Final

from linkpool.economics.exact import exact

Chart = dict[str, Any]

GOOD: Final = "#1a7f5a"
BAD: Final = "#c0392b"
LINE: Final = "#375bd2"
SOFT: Final = "rgba(55, 91, 210, 0.18)"
SPARE: Final = "#b7791f"
GREY: Final = "#7a828e"
_TICKS: Final = 10
_MOST_PLACES: Final = 12
LAYOUT: Final[dict[str, Any]] = {
    "margin": {"l": 70, "r": 25, "t": 10, "b": 55},
    "height": 340,
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"family": "system-ui, sans-serif", "size": 13, "color": "#24292f"},
    "showlegend": False,
    "hoverlabel": {"font": {"size": 13}},
}


def chart_of(traces: list[dict[str, Any]], *, x: str = "", y: str = "") -> Chart:
    axis = {"gridcolor": "#e3e6ea", "zerolinecolor": "#9aa3ad", "automargin": True}
    layout = LAYOUT | {
        "xaxis": axis | {"title": {"text": x}},
        "yaxis": axis | {"title": {"text": y}},
    }
    return {"data": traces, "layout": layout}


def line_of(
    xs: Iterable[Decimal], ys: Iterable[Decimal], name: str, color: str, *, dash: str = "solid"
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [floated(x) for x in xs],
        "y": [floated(y) for y in ys],
        "line": {"color": color, "width": 2.5, "dash": dash},
        "hovertemplate": f"%{{x:,.4~g}}: $%{{y:,.0f}}<extra>{name}</extra>",
    }


def percents(drawn: Sequence[float]) -> str:
    """With as many decimals as keep some eight ticks apart.

    >>> percents([0.02, 0.4]), percents([0.0204, 0.0206])
    ('.0%', '.3%')
    """
    span = (max(drawn) - min(drawn)) * 100 if drawn else 0.0
    places = max(0, -floor(log10(span / _TICKS))) if span else 1
    return f".{min(places, _MOST_PLACES)}%"


def vertical(x: Decimal, text: str, color: str) -> tuple[float, str, str]:
    return floated(x), text, color


def marked(chart: Chart, marks: Sequence[tuple[float, str, str]]) -> Chart:
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


def with_legend(chart: Chart) -> Chart:
    chart["layout"] |= {
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    }
    chart["layout"]["margin"] = chart["layout"]["margin"] | {"t": 35}
    return chart


@exact
def spaced(first: Decimal, last: Decimal, many: int) -> list[Decimal]:
    return [first + (last - first) * step / many for step in range(many + 1)]


def floated(value: Decimal) -> float:
    return float(f"{value:.10g}")
