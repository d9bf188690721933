# SPDX-License-Identifier: MIT
"""docs/explain/upgrades.md says what is measured, and measuring writes just that."""

from __future__ import annotations

import re

import pytest

from bench.drills.figures import LIFE, SLOT, Figures, measure, text
from bench.drills.leaving import SIZES
from bench.drills.page import PAGE, measured, written
from bench.drills.pool import NODES, STAKERS, Pool

NUMBER = re.compile(r"\d+(?:,\d{3})*")


@pytest.fixture(scope="module")
def figures(built: Pool) -> Figures:
    return measure(built)


def numbers(of: str) -> list[int]:
    return [int(one.replace(",", "")) for one in NUMBER.findall(of)]


def test_the_page_has_the_figures_of_this_run_to_one_percent(figures: Figures) -> None:
    page, now = measured(PAGE.read_text(encoding="utf-8")), text(figures)
    assert NUMBER.sub("0", page) == NUMBER.sub("0", now)
    for kept, found in zip(numbers(page), numbers(now), strict=True):
        assert abs(kept - found) <= found // 100, f"{kept} on the page, {found} measured"


def test_a_replacement_is_two_transactions_of_little_gas(figures: Figures) -> None:
    """Whitepaper Figure 7: deploy, and hand over. Nothing grows with nodes or stakes."""
    assert (figures.nodes, figures.stakers) == (NODES, STAKERS)
    for row in figures.rows:
        assert row.announced + row.executed < 180_000
        assert row.back_announced + row.back_executed < 180_000


def test_p4_the_delay_is_thousands_of_times_what_leaving_takes(figures: Figures) -> None:
    """Penalties end before it; a hundredth of each block would do."""
    assert figures.delay > LIFE
    for size in SIZES:
        assert figures.blocks[size] * SLOT * 100 < figures.delay // 100
    assert sum(figures.withdrawn.blocks) == figures.withdrawn.total


def test_writing_keeps_what_people_wrote() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert written(page, measured(page)) == page
    other = written(page, "something else")
    assert measured(other) == "something else"
    assert other.replace("something else", measured(page)) == page
