# SPDX-License-Identifier: MIT
"""Sections 4 and 5 of the paper, to the last digit that it prints."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from linkpool.economics import month
from linkpool.economics.figures import EXACT, PAPER, Figure, figures
from linkpool.economics.pool import pool_month

PRINTED = [
    "4000000",
    "35000",
    "70000",
    "0.02744",
    "0.05488",
    "842",
    "46.20896",
    "23.10448",
    "23.10448",
    "14000000",
    "700",
    "16173.136",
    "12129.852",
    "4043.284",
]


def test_every_printed_figure_is_there() -> None:
    assert [one.printed for one in figures()] == PRINTED


@pytest.mark.parametrize("one", figures(), ids=lambda one: one.what)
def test_the_model_prints_what_the_paper_prints(one: Figure) -> None:
    assert one.model == Decimal(one.printed)


@pytest.mark.parametrize("one", figures(), ids=lambda one: one.what)
def test_what_differs_is_said_to_be_loose(one: Figure) -> None:
    assert one.loose or one.exact == one.model


def test_the_exact_figures_are_those_of_fractions() -> None:
    """Against arithmetic of another kind: 842 and 2/19 answers, 699 nodes."""
    answers = Fraction(16_000_000, 19_000)
    price, cost = Fraction("0.05488"), Fraction("0.02744")
    known = {
        "requests of a node": answers,
        "revenue of a node": answers * price,
        "cost of a node": answers * cost,
        "profit of a node": answers * (price - cost),
        "stake": Fraction("13969252.36"),
        "nodes": Fraction(699),
        "profit of the pool": 699 * answers * (price - cost),
        "the stakers' 75 %": 699 * answers * (price - cost) * Fraction(3, 4),
        "the owners' 25 %": 699 * answers * (price - cost) / 4,
    }
    found = {one.what: Fraction(one.exact) for one in figures() if one.what in known}
    assert found.keys() == known.keys()
    for what, value in known.items():
        assert abs(found[what] - value) < Fraction(1, 10**50), what


def test_it_agrees_with_the_month_that_the_chain_is_judged_by() -> None:
    ours, theirs = pool_month(PAPER), month(nodes=700)
    assert Fraction(ours.profit) == theirs.profit
    assert Fraction(ours.stakers) == theirs.stakers
    assert Fraction(ours.owners) == theirs.owners


def test_the_caller_s_own_precision_changes_nothing() -> None:
    with localcontext() as context:
        context.prec = 5
        low = pool_month(EXACT)
    assert low == pool_month(EXACT)


def test_every_dollar_is_somebody_s() -> None:
    for p in (PAPER, EXACT):
        pool = pool_month(p)
        node = pool.node
        assert abs(pool.operator + pool.owners + pool.stakers - pool.profit) < Decimal("1e-50")
        assert abs(node.revenue - node.gas - node.hardware - node.profit) < Decimal("1e-50")
