# SPDX-License-Identifier: MIT
"""The paper's Figures 1 and 4."""

from fractions import Fraction

import pytest

from linkpool.economics import month


def test_figure_1_a_nodes_month_in_dollars() -> None:
    paper = month()
    assert paper.income == Fraction("46.20896")
    assert paper.operations == Fraction("23.10448")
    assert paper.profit == Fraction("23.10448")


def test_figure_4_seven_hundred_nodes() -> None:
    paper = month(nodes=700)
    assert paper.profit == Fraction("16173.136")
    assert paper.stakers == Fraction("12129.852")
    assert paper.owners == Fraction("4043.284")


def test_a_month_in_juels_is_exact() -> None:
    juels = month(price=10**17, cost=5 * 10**16)
    assert juels.income == 842 * 10**17
    assert juels.income == juels.operations + juels.owners + juels.stakers
    assert (juels.owners, juels.stakers) == (10525 * 10**15, 31575 * 10**15)


@pytest.mark.parametrize(
    "wrong", [{"requests": -1}, {"nodes": -1}, {"cost": 2}, {"makers": Fraction(2)}]
)
def test_impossible_terms_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        month(**({"price": 1, "cost": 0} | wrong))  # type: ignore[arg-type]
