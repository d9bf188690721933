# SPDX-License-Identifier: MIT
"""Break-even prices: in closed form where the month is a line, and put in again always."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from linkpool.economics.breakeven import ASKED, BreakEven, break_even, break_evens, check_target
from linkpool.economics.measures import MEASURES, fixed
from linkpool.economics.parameters import Parameters, changed
from linkpool.economics.pool import pool_month
from linkpool.economics.reading import parameters
from linkpool.errors import UsageError

STAKER = MEASURES["staker"]
PAPER = fixed(Parameters())
TINY = Decimal("1e-40")


def of(p: Parameters, name: str, measure: str = "pool") -> BreakEven:
    return break_even(p, MEASURES[measure], name)


@pytest.mark.parametrize("scenario", ["paper", "exact", "direct", "agreements", "aggregated"])
@pytest.mark.parametrize("measure", MEASURES)
def test_put_in_again_nothing_is_left(scenario: str, measure: str) -> None:
    p = fixed(parameters(scenario))
    for one in break_evens(p, MEASURES[measure]):
        if one.value is None:
            assert one.words
            continue
        again = MEASURES[measure].of(changed(p, one.name, one.value))
        assert again == one.left
        assert abs(again) < TINY, one


@pytest.mark.parametrize("measure", MEASURES)
def test_it_pays_on_the_side_that_is_said(measure: str) -> None:
    p = fixed(parameters("agreements"))
    for one in break_evens(p, MEASURES[measure]):
        if one.value is None or not one.value:
            continue
        less, more = (
            MEASURES[measure].of(changed(p, one.name, one.value * factor))
            for factor in (Decimal("0.999"), Decimal("1.001"))
        )
        # Where costs come back and no more, the operator has nothing on the good side.
        assert (less < 0 <= more) if one.at_least else (more < 0 <= less), one
        assert measure == "operator" or (less and more)


def test_a_hundred_percent_bear_twice_the_gas() -> None:
    """price / gas an answer, in gwei: in closed form."""
    for name, now in (("gas_price", Decimal(1)), ("eth_price", Decimal(392))):
        found = of(PAPER, name)
        assert found.is_closed
        assert found.value is not None
        assert abs(found.value - 2 * now) < TINY
        assert not found.at_least


def test_the_cheapest_price_is_the_gas_itself() -> None:
    found = of(PAPER, "minimum_price")
    assert found.value is not None
    assert abs(found.value - Decimal("0.02744")) < TINY
    assert found.now == Decimal("0.05488")


def test_hardware_may_cost_what_a_node_earns() -> None:
    found = of(PAPER, "hardware", "node").value
    assert found is not None
    assert abs(found - Decimal(16_000_000) / 19_000 * Decimal("0.02744")) < Decimal("1e-20")


def test_with_hardware_there_is_a_number_of_oracles_that_is_too_large() -> None:
    """16 million answers at a margin of $0.02744 pay $9.01 for that many nodes."""
    found = of(fixed(parameters("exact")), "oracles")
    assert found.is_closed
    assert found.value is not None
    assert abs(found.value - 16_000_000 * Decimal("0.02744") / Decimal("9.01")) < Decimal("1e-20")


def test_the_price_of_link_at_which_a_staker_has_the_wanted_return() -> None:
    """12 months of 75 % of the profit, in LINK of the stake: the price may be so high at most."""
    p = replace(PAPER, quoted_link_price=None)
    found = of(p, "link_price", "staker")
    profit = Decimal(16_000_000) / 19_000 * Decimal("0.02744") * Decimal("0.75") * 12
    assert found.value is not None
    each = Decimal("13969252.36") / 700
    assert abs(found.value - profit / each / Decimal("0.05")) < Decimal("1e-20")


def test_the_operator_alone_covers_costs_up_to_where_the_pool_has_nothing_left() -> None:
    """What the paper deducts is what it cost: both lose beyond the same price."""
    for name in ("gas_price", "minimum_price", "hardware"):
        alone, both = of(PAPER, name, "operator").value, of(PAPER, name).value
        assert alone is not None and both is not None
        assert abs(alone - both) < TINY


def test_a_ceiling_of_a_half_pays_half_of_the_price() -> None:
    """The operator alone: gas and hardware of an answer have to fit into half of its price."""
    p = fixed(parameters("agreements"))
    found, node = of(p, "minimum_price", "operator").value, pool_month(p).node
    assert found is not None
    assert abs(found - 2 * (node.gas + node.hardware) / node.answered) < TINY


def test_the_part_of_the_pool_that_covers_the_operator_s_loss() -> None:
    p = fixed(parameters("agreements"))
    found, pool = of(p, "owned", "operator").value, pool_month(p)
    assert found is not None and abs(found + pool.operator / pool.owners) < TINY


def test_without_a_zero_there_are_words() -> None:
    assert of(PAPER, "oracles").words == "pays at every value"
    assert of(PAPER, "penalty").words == "makes no difference"
    assert of(fixed(parameters("direct")), "fixed_costs").words == "never pays"


@pytest.mark.parametrize("name", ASKED)
def test_where_a_table_bends_the_zero_is_enclosed(name: str) -> None:
    found = of(fixed(parameters("agreements")), name)
    assert found.value is None or found.is_closed == (name != "nodes_per_request")


@pytest.mark.parametrize("setting", ["interest=0", "nodes=0"])
def test_nothing_staked_breaks_even_in_words(setting: str) -> None:
    with pytest.raises(UsageError, match="no nodes or no stake"):
        check_target(parameters("paper", [setting]))
    with pytest.raises(UsageError, match="nobody has staked"):
        STAKER.of(parameters("paper", [setting]))
