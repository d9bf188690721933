# SPDX-License-Identifier: MIT
"""With how many nodes: the closed forms against counting."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from linkpool.economics.fleet import fleet
from linkpool.economics.measures import fixed
from linkpool.economics.parameters import Parameters
from linkpool.economics.pool import pool_month
from linkpool.economics.reading import parameters

NEAR = Decimal("1e-15")


def counted(p: Parameters, nodes: int) -> Decimal:
    """The operator's month with so many nodes, others' as they are."""
    others = p.oracles - (fixed(p).nodes or 0)
    asked = replace(fixed(p), nodes=Decimal(nodes), oracles=others + nodes)
    return pool_month(asked).operator


@pytest.mark.parametrize("scenario", ["paper", "exact", "agreements"])
@pytest.mark.parametrize("nodes", [1, 7, 700, 5_000])
def test_the_line_is_the_model(scenario: str, nodes: int) -> None:
    p = parameters(scenario, ["fixed-costs=250"])
    assert abs(fleet(p).operator(Decimal(nodes)) - counted(p, nodes)) < NEAR


@pytest.mark.parametrize("settings", [[], ["fixed-costs=1000"], ["hardware=20"]])
def test_no_neighbour_is_better_than_the_best(settings: list[str]) -> None:
    p = parameters("exact", settings)
    best = fleet(p).best
    assert best is not None
    here = counted(p, int(best))
    assert here >= counted(p, int(best) - 1)
    assert here >= counted(p, int(best) + 1)


def test_the_fewest_and_the_most_that_pay() -> None:
    p = parameters("exact", ["fixed-costs=1000"])
    found = fleet(p)
    assert found.least is not None
    assert found.most is not None
    assert counted(p, int(found.least) - 1) < 0 <= counted(p, int(found.least))
    assert found.operator(found.most) >= 0 > found.operator(found.most + 1)


def test_without_costs_of_a_node_every_further_one_earns() -> None:
    found = fleet(Parameters())
    assert (found.least, found.best, found.most) == (1, None, None)
    with_costs = fleet(parameters("paper", ["fixed-costs=1000"]))
    assert with_costs.least is not None
    assert with_costs.operator(with_costs.least - 1) < 0 <= with_costs.operator(with_costs.least)


@pytest.mark.parametrize("settings", [["hardware=1000"], ["fixed-costs=1000000"]])
def test_where_no_number_pays(settings: list[str]) -> None:
    found = fleet(parameters("exact", settings))
    assert (found.least, found.most) == (None, None)


def test_where_every_node_loses_the_best_is_none() -> None:
    assert fleet(parameters("exact", ["hardware=1000"])).best == 0
