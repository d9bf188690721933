# SPDX-License-Identifier: MIT
"""The page: one file that needs no network, charts that say what the model says."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import pytest

from linkpool.economics import charts
from linkpool.economics.drawing import Chart
from linkpool.economics.measures import MEASURES
from linkpool.economics.page import html, plotly
from linkpool.economics.reading import parameters
from linkpool.economics.report import report
from linkpool.economics.simulation import simulate

P = parameters("agreements")
REPORT = report("agreements", P)
FUTURES = simulate(P, paths=20, months=4)
SCRIPT = "/* Plotly's own text */"
PAGE = html(REPORT, FUTURES, SCRIPT)


def drawn(page: str) -> dict[str, Chart]:
    (line,) = re.findall(r"const drawn = (.*);\n", page)
    found: dict[str, Chart] = json.loads(line)["charts"]
    return found


def test_nothing_is_fetched() -> None:
    assert "default-src 'none'" in PAGE
    assert not re.findall(r"(?:src|href)\s*=|url\(|@import|https?://", PAGE)


def test_plotly_is_part_of_the_page_and_cannot_end_its_script() -> None:
    script = plotly()
    assert "Plotly" in script
    assert "</script" not in script.lower()
    assert html(REPORT, None, script).count("</script>") == 2


def test_every_chart_has_its_place() -> None:
    names = set(drawn(PAGE))
    assert names == set(re.findall(r'id="chart-(\w+)"', PAGE))
    pictures = {"month", "gas", "gasprice", "nodes", "fan", "returns", "scale"}
    assert names == pictures | {"operator", "together", "staker"}


def test_the_answers_and_the_paper_s_figures_are_on_it() -> None:
    for text in (
        "Operator: what do I earn?",
        "you lose $6,670 a month with 699 nodes",
        "Owner of the pool: what is my part?",
        "Staker: what is my return?",
        "What is assumed",
        "ETH $392, LINK $0.30, gas 1 gwei",
        "$16,173.136",
    ):
        assert text in PAGE
    assert PAGE.count("<table>") >= 6


def test_names_are_text_and_never_markup() -> None:
    page = html(report("</script><script>alert(1)</script><b>&", P), None, SCRIPT)
    assert "<script>alert" not in page
    assert "&lt;/script&gt;" in page
    assert page.count("</script>") == 2


def test_the_waterfall_ends_at_what_is_the_operator_s() -> None:
    (trace,) = charts.waterfall(REPORT)["data"]
    amounts: dict[str, float] = dict(zip(trace["x"], trace["y"], strict=True))
    income = sum(amounts[name] for name in ("income", "gas", "hardware", "penalties"))
    assert income == pytest.approx(amounts["left"])
    rest = amounts["left"] + amounts["stakers"] + amounts["owners"]
    assert rest == pytest.approx(amounts["operator"])
    assert amounts["operator"] == pytest.approx(float(REPORT.pool.node.operator))


def test_the_gas_line_crosses_zero_where_the_mark_is() -> None:
    chart = charts.by_gas_price(REPORT)
    xs, ys = chart["data"][0]["x"], chart["data"][0]["y"]
    (crossing,) = (x for x, y, last in zip(xs[1:], ys[1:], ys, strict=False) if y <= 0 < last)
    mark, both = (shape["x0"] for shape in chart["layout"]["shapes"][1:])
    assert crossing - (xs[1] - xs[0]) <= mark <= crossing
    assert mark == pytest.approx(float(REPORT.operator["gas_price"].value or 0))
    assert both == pytest.approx(float(REPORT.together["gas_price"].value or 0))


def test_the_line_of_nodes_is_highest_at_its_mark() -> None:
    chart = charts.by_nodes(REPORT)
    alone, line = chart["data"]
    assert all(mine < ours for mine, ours in zip(alone["y"], line["y"], strict=True))
    highest = line["x"][line["y"].index(max(line["y"]))]
    assert abs(highest - chart["layout"]["shapes"][1]["x0"]) <= line["x"][1] - line["x"][0]


@pytest.mark.parametrize("who", ["operator", "pool", "staker"])
def test_a_tornado_s_bars_begin_at_today(who: str) -> None:
    measure = MEASURES[who]
    bars = {
        "operator": REPORT.operator_bars,
        "pool": REPORT.together_bars,
        "staker": REPORT.staker_bars,
    }[who]
    now = measure.of(P)
    whose = "stakers" if who == "staker" else who
    chart = charts.tornado(bars, now, whose=whose, target=P.target_return)
    assert len(chart["data"]) == 2
    for trace in chart["data"]:
        ends = [trace["base"] + width for width in trace["x"]]
        assert ends == pytest.approx(trace["customdata"])
    if who == "staker":
        found = REPORT.pool.yearly_return
        assert found is not None
        assert chart["data"][0]["base"] == pytest.approx(float(found))


def test_the_fan_is_a_band_around_the_middle() -> None:
    band, line = charts.fan(FUTURES)["data"]
    months = len(line["x"])
    high, low = band["y"][:months], band["y"][months:][::-1]
    assert all(a <= b <= c for a, b, c in zip(low, line["y"], high, strict=True))


def test_no_two_ticks_of_an_axis_say_the_same() -> None:
    """A return that hardly moves: a tenth of a percent would stand there several times."""
    calm = simulate(parameters("direct"), paths=20, months=4)
    bars = [bar for bar in report("direct", parameters("direct")).staker_bars if bar.width][-3:]
    chart = charts.tornado(bars, Decimal(0), whose="stakers", target=Decimal(0))
    ends = [end for trace in chart["data"] for end in trace["customdata"]]
    form = chart["layout"]["xaxis"]["tickformat"]
    step = (max(ends) - min(ends)) / 8
    assert form != ".1%" and len({f"{min(ends) + step * k:{form}}" for k in range(9)}) == 9
    axis = charts.histogram(calm, Decimal("0.0206"))["layout"]["xaxis"]
    assert axis["tickformat"].endswith("%")


def test_charts_are_plain_json() -> None:
    every: list[Any] = [charts.histogram(FUTURES, P.target_return), charts.gas_of(REPORT)]
    assert json.loads(json.dumps(every)) == every


def test_there_is_no_line_of_nodes_without_a_pool() -> None:
    empty = report("paper", parameters("paper", ["interest=0"]))
    with pytest.raises(ValueError, match="no fleet"):
        charts.by_nodes(empty)
    assert set(drawn(html(empty, None, SCRIPT))) == {"scale"}
