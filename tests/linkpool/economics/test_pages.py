# SPDX-License-Identifier: MIT
"""docs/explain/economics.md says what the model says."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from linkpool.cli import run
from linkpool.economics import contracts, tables
from linkpool.economics.breakeven import break_even
from linkpool.economics.extras import EXTRAS
from linkpool.economics.figures import EXACT, PAPER
from linkpool.economics.gas import measured
from linkpool.economics.measures import MEASURES, fixed
from linkpool.economics.parameters import specs
from linkpool.economics.pool import pool_month
from linkpool.economics.reading import parameters
from linkpool.economics.scale import batch, limits, loads
from linkpool.economics.specs import shown
from linkpool.economics.text import digits, dollars, percent, usd, written
from tools.sources import ROOT

PAGE = (ROOT / "docs" / "explain" / "economics.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> list[tuple[str, ...]]:
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def test_the_table_of_figures_is_the_model_s() -> None:
    assert rows_of("The paper's figures") == tables.of_figures()


def test_the_sentences_below_it_are_the_model_s() -> None:
    paper, exact = pool_month(PAPER), pool_month(EXACT)
    hosted = pool_month(replace(EXACT, backend="ecs")).node.profit
    seven_hundred = pool_month(replace(EXACT, nodes=Decimal(700)))
    said = (
        f"{usd(exact.node.profit - paper.node.profit, 5)} of a node's month",
        f"699 nodes earn {usd(seven_hundred.profit - exact.profit)} less than 700 (and "
        f"{usd(paper.profit - exact.profit)} less than the paper says)",
        f"{usd(hosted)} of a node's {usd(exact.node.profit)} are left",
        f"A direct answer of ours is {digits(measured()['oracle.fulfil'], 0)} gas",
        f"the paper's stakers have {percent(paper.yearly_return or Decimal(0))} a year",
        f"for 5 % LINK has to be at {usd((paper.yearly_return or Decimal(0)) * 6, 4)}",
    )
    for text in said:
        assert text in PAGE


def test_the_table_of_who_gets_what_is_the_model_s() -> None:
    columns = [(700, pool_month(PAPER)), (699, pool_month(parameters("agreements")))]
    cells = []
    for nodes, pool in columns:
        assert pool.size.nodes == nodes
        received = pool.node.operations * nodes
        spent = (pool.node.gas + pool.node.hardware) * nodes
        own = "$0" if not pool.operator else dollars(pool.operator)
        first = f"{dollars(received)} received, {dollars(spent)} spent: **{own}**"
        cells.append([first, f"**{dollars(pool.owners)}**", f"**{dollars(pool.stakers)}**"])
    assert [list(row[2:]) for row in rows_of("Who gets what")] == [
        list(row) for row in zip(*cells, strict=True)
    ]


def test_the_sentences_below_it_are_so() -> None:
    p = parameters("agreements")
    even = {name: break_even(fixed(p), MEASURES["operator"], name) for name in
            ("minimum_price", "owned")}  # fmt: skip
    mine = pool_month(parameters("agreements", ["owned=75", "own-stake=10000"]))
    for text in (
        f"makes {dollars(mine.yours)} of the {dollars(mine.operator)}",
        f"from {written('minimum_price', even['minimum_price'].value)} an answer",
        f"{written('owned', even['owned'].value)} of the pool",
        f"beyond {digits(Decimal(contracts.MOST_PRICE) / 10**18, 0)} LINK",
        f"more than {contracts.MOST_BIDS} bids",
        " ".join(f"'{wanted}'" for wanted, _ in EXTRAS.values()),
    ):
        assert text in PAGE


def test_every_consideration_has_its_parameters() -> None:
    known = {shown(name) for name in specs()}
    named = [re.findall(r"`([a-z0-9-]+)`", row[1]) for row in rows_of("What section 4.2 asks to "
             "consider")]  # fmt: skip
    assert len(named) == 6
    assert all(found and set(found) <= known for found in named)


@pytest.mark.parametrize(
    "line", re.findall(r"^    (linkpool economics .*?)(?:   .*)?$", PAGE, re.M)
)
def test_its_commands_run(
    line: str, capsys: pytest.CaptureFixture[str], tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    folder = str(tmp_path)
    monkeypatch.chdir(folder)
    with open("mine.toml", "w", encoding="utf-8") as file:
        file.write(example)
    words = line.split()[1:]
    cheap = ["--paths", "5"] if {"simulate", "--html"} & set(words) else []
    assert run([*words, *cheap]) == 0
    assert capsys.readouterr().err == ""


def test_what_it_says_of_scale_is_so() -> None:
    full = {name: next(limits(parameters(name))) for name in ("direct", "agreements")}
    assert all("blocks" in one.what for one in full.values())
    assert 4_000_000 < full["agreements"].requests < 6_000_000
    assert 13_500_000 < full["direct"].requests < 14_500_000
    (collateral,) = (o for o in limits(parameters("agreements")) if "collateral" in o.what)
    assert 1_000 < collateral.requests / full["agreements"].requests < 10_000
    chains = {name: loads(parameters(name))[-1].chains for name in ("agreements", "aggregated")}
    assert 3.5 < chains["agreements"] / chains["aggregated"] < 4.5
    assert chains["aggregated"] > 10_000
    assert batch(parameters("direct")) > 1_000
