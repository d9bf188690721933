# SPDX-License-Identifier: MIT
"""A report for every question that is allowed, the absurd ones included."""

from __future__ import annotations

import random
from decimal import Decimal
from itertools import chain

import pytest

from linkpool.economics import answers, charts, tables
from linkpool.economics.measures import MEASURES
from linkpool.economics.page import html
from linkpool.economics.parameters import Parameters, specs
from linkpool.economics.reading import parameters
from linkpool.economics.report import report
from linkpool.economics.scenarios import SCENARIOS
from linkpool.economics.specs import Spec, shown
from linkpool.errors import UsageError


def drawn(dice: random.Random, spec: Spec) -> str:
    """A choice, a bound, or something of any size between them."""
    if spec.choices:
        return dice.choice(spec.choices)
    low = Decimal("1e-18") if spec.is_open else spec.low
    sized = min(spec.high, max(low, Decimal(10) ** dice.randrange(-12, 4)))
    value = dice.choice([low, spec.high, sized])
    return f"{value.to_integral_value() if spec.is_whole else value:.18f}"


@pytest.mark.parametrize("seed", range(12))
def test_what_is_allowed_has_an_answer_or_one_line(seed: int) -> None:
    dice = random.Random(seed)
    picked = dice.sample(list(specs().items()), dice.choice([1, 3, 8]))
    settings = [f"{shown(name)}={drawn(dice, spec)}" for name, spec in picked]
    try:
        found = report("any", parameters(dice.choice(list(SCENARIOS)), settings))
    except UsageError as error:
        assert "\n" not in str(error)
        return
    people = (answers.operator(found), answers.owners(found), answers.staker(found))
    words = [*chain(*people), *answers.assumed(found.parameters)]
    assert all(text for _, text in words)
    assert len(tables.of_month(found)) in (14, 15)
    assert html(found, None, "")


def test_gas_beyond_every_bound_is_said_to_be() -> None:
    found = report("any", parameters("paper", ["gas-price=1e6", "eth-price=1e9"]))
    assert "the minimum price is beyond what can be asked" in dict(answers.operator(found))["price"]
    assert charts.by_gas_price(found)["data"][0]["x"][-1] == 1_000_000


def test_a_report_is_the_model_s_month() -> None:
    found = report("paper", Parameters())
    assert found.pool.profit == Decimal("16173.136")
    assert set(found.operator) == set(found.staker) == set(found.together)
    now = MEASURES["pool"].of(Parameters(rounding="exact"))
    middle = [(bar.at_low + bar.at_high) / 2 for bar in found.together_bars if bar.name == "share"]
    assert abs(middle[0] / now - 1) < Decimal("1e-20")
