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

POOL = MEASURES["pool"]


def test_the_ends_are_what_the_measure_says_there() -> None:
    p = replace(pinned(parameters("agreements")), rounding="exact")
    for bar in tornado(p, POOL):
        assert bar.at_low == POOL.of(changed(p, bar.name, bar.low))
        assert bar.at_high == POOL.of(changed(p, bar.name, bar.high))


def test_the_widest_comes_first() -> None:
    widths = [bar.width for bar in tornado(parameters("agreements"), POOL)]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 0


def test_what_follows_from_others_has_its_bar() -> None:
    """The minimum price and the hardware are not said, and still have a value."""
    bars = {bar.name: bar for bar in tornado(parameters("agreements"), POOL)}
    assert bars["hardware"].low == Decimal("9.01") * Decimal("0.8")
    assert bars["minimum_price"].width > bars["hardware"].width > 0
    assert "answer_gas" not in bars


def test_in_the_paper_s_example_a_fifth_more_gas_is_a_fifth_less_profit() -> None:
    """The price stays: costs of $23.10 rise by a fifth, which is a fifth of the profit, too."""
    (gas,) = (one for one in tornado(Parameters(), POOL) if one.name == "gas_price")
    middle = (gas.at_low + gas.at_high) / 2
    assert abs(gas.at_high / middle - Decimal("0.8")) < Decimal("1e-20")


def test_ends_stay_within_bounds() -> None:
    p = parameters("paper", ["provider-demand=50"])
    bars = {bar.name: bar for bar in tornado(p, POOL, Decimal("0.9"))}
    assert (bars["provider_oracles"].low, bars["provider_oracles"].high) == (Decimal("0.1"), 1)
    assert (bars["nodes_per_request"].low, bars["nodes_per_request"].high) == (1, Decimal("7.6"))


def test_an_end_that_fits_no_network_has_no_bar() -> None:
    p = parameters("paper", ["oracles=700"])
    assert "oracles" not in {bar.name for bar in tornado(p, POOL)}
