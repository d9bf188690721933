# SPDX-License-Identifier: MIT
"""The tornado: one parameter at a time, the widest first."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from linkpool.economics.earnings import pinned
from linkpool.economics.measures import MEASURES
from linkpool.economics.parameters import Parameters, changed
from linkpool.economics.reading import parameters
from linkpool.economics.sensitivity import tornado

OPERATOR = MEASURES["operator"]


def test_the_ends_are_what_the_measure_says_there() -> None:
    p = replace(pinned(parameters("agreements")), rounding="exact")
    for bar in tornado(p, OPERATOR):
        assert bar.at_low == OPERATOR.of(changed(p, bar.name, bar.low))
        assert bar.at_high == OPERATOR.of(changed(p, bar.name, bar.high))


def test_the_widest_comes_first_and_none_is_empty() -> None:
    widths = [bar.width for bar in tornado(parameters("agreements"), OPERATOR)]
    assert widths == sorted(widths, reverse=True)
    assert min(widths) > 0


def test_in_the_paper_s_example_a_fifth_more_gas_is_a_fifth_less_profit() -> None:
    """The price stays: costs of $23.10 rise by a fifth, which is a fifth of the profit, too."""
    (gas,) = (one for one in tornado(Parameters(), OPERATOR) if one.name == "gas_price")
    middle = (gas.at_low + gas.at_high) / 2
    assert abs(gas.at_high / middle - Decimal("0.8")) < Decimal("1e-20")


def test_ends_stay_within_bounds() -> None:
    p = parameters("paper", ["provider-demand=50"])
    bars = {bar.name: bar for bar in tornado(p, OPERATOR, Decimal("0.9"))}
    assert (bars["provider_oracles"].low, bars["provider_oracles"].high) == (Decimal("0.1"), 1)
    assert (bars["nodes_per_request"].low, bars["nodes_per_request"].high) == (1, Decimal("7.6"))


def test_an_end_that_fits_no_network_has_no_bar() -> None:
    p = parameters("paper", ["oracles=700"])
    assert "oracles" not in {bar.name for bar in tornado(p, OPERATOR)}
