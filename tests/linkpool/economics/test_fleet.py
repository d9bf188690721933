# SPDX-License-Identifier: MIT
"""With how many nodes: against counting, and against the closed form where there is one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from linkpool.economics.fleet import OPERATOR, TOGETHER, Whose, by_nodes, fleet
from linkpool.economics.measures import fixed
from linkpool.economics.parameters import Parameters
from linkpool.economics.pool import pool_month
from linkpool.economics.reading import parameters


def counted(p: Parameters, nodes: int, whose: Whose) -> Decimal:
    """A month with so many nodes, others' as they are."""
    others = p.oracles - (fixed(p).nodes or 0)
    asked = replace(fixed(p), nodes=Decimal(nodes), oracles=others + nodes)
    return whose(pool_month(asked))


@pytest.mark.parametrize("whose", [OPERATOR, TOGETHER])
@pytest.mark.parametrize("scenario", ["paper", "exact", "agreements"])
@pytest.mark.parametrize("nodes", [1, 7, 700, 5_000])
def test_the_curve_is_the_model(scenario: str, nodes: int, whose: Whose) -> None:
    p = parameters(scenario, ["fixed-costs=250", "penalty=0", "owned=30"])
    assert by_nodes(p, whose)(nodes) == counted(p, nodes, whose)


@pytest.mark.parametrize("scenario", ["exact", "agreements", "direct"])
@pytest.mark.parametrize("settings", [[], ["fixed-costs=1000"], ["hardware=3"]])
def test_the_curve_rises_once_and_falls(scenario: str, settings: list[str]) -> None:
    """What halving relies on: no number is better than the best, fewest and most are where it
    crosses zero.
    """
    p = parameters(scenario, settings)
    found, month = fleet(p, TOGETHER), by_nodes(p, TOGETHER)
    assert found.best is not None
    best = int(found.best)
    around = {1, 2, 10, 100, 1_000, 10_000, 50_000, best - 1, best + 1}
    assert all(month(nodes) <= found.best_month for nodes in around if nodes > 0)
    if found.least is not None and found.least > 1:
        assert month(int(found.least) - 1) < 0 <= month(int(found.least))
    if found.most is not None:
        assert month(int(found.most)) >= 0 > month(int(found.most) + 1)


def test_the_best_number_has_a_closed_form() -> None:
    """income * others / (others + N)**2 = costs."""
    p = parameters("exact")
    income, costs = 16_000_000 * Decimal("0.02744"), Decimal("9.01")
    others = Decimal(19_000 - 699)
    exactly = (income * others / costs).sqrt() - others
    best = fleet(p, TOGETHER).best
    assert best is not None
    assert abs(best - exactly) < 1


def test_fixed_costs_want_a_least_number() -> None:
    """A quarter of what 16 million answers leave, less hardware, has to reach $1,000."""
    least = fleet(parameters("exact", ["fixed-costs=1000"]), TOGETHER).least
    assert least is not None
    income = Decimal(16_000_000) / (18_301 + least) * Decimal("0.02744")
    each = (income - Decimal("9.01")) / 4
    assert each * (least - 1) < 1_000 < each * (least + 1)


def test_without_costs_of_a_node_every_further_one_earns() -> None:
    found = fleet(Parameters(), TOGETHER)
    assert (found.least, found.best, found.most) == (1, None, None)


def test_where_costs_come_back_and_no_more_no_number_is_better() -> None:
    found = fleet(Parameters(), OPERATOR)
    assert (found.least, found.best, found.most, found.best_month) == (1, 0, None, 0)
    hosted = fleet(parameters("exact"), OPERATOR)
    assert (hosted.best, hosted.most) == (0, fleet(parameters("exact"), TOGETHER).most)


@pytest.mark.parametrize("settings", [["owned=60"], ["own-stake=2000000"], ["own-stake=30000"]])
def test_the_operator_s_part_and_stake_rise_once_and_fall(settings: list[str]) -> None:
    p = parameters("agreements", [*settings, "margin=150"])
    found, month = fleet(p, OPERATOR), by_nodes(p, OPERATOR)
    assert found.best is not None and found.best_month > 0
    best = int(found.best)
    tried = [1, 2, 3, 10, 99, 100, 101, 1_000, 10_000, best - 1, best, best + 1]
    assert max(map(month, tried)) == found.best_month


@pytest.mark.parametrize("settings", [["hardware=1000"], ["fixed-costs=1000000"]])
def test_where_no_number_pays(settings: list[str]) -> None:
    found = fleet(parameters("exact", settings), TOGETHER)
    assert (found.least, found.most) == (None, None)


def test_where_every_node_loses_the_best_is_none() -> None:
    assert fleet(parameters("exact", ["hardware=1000"]), OPERATOR).best == 0
