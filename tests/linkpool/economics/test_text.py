# SPDX-License-Identifier: MIT
"""Figures as people read them."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest

from linkpool.economics import agreement, drawing, exact, reading, specs, text
from linkpool.economics.text import count, digits, dollars, figures_of, percent, usd, written


@pytest.mark.parametrize("module", [text, specs, reading, exact, agreement, drawing])
def test_the_examples_in_the_docstrings_are_true(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted > 0
    assert done.failed == 0


@pytest.mark.parametrize(
    ("number", "shown"),
    [("0", "0.00"), ("-0.004", "0.00"), ("-0.005001", "-0.01"), ("1234567.891", "1,234,567.89")],
)
def test_nothing_is_never_negative(number: str, shown: str) -> None:
    assert digits(Decimal(number)) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("999.999", "$1,000.00"), ("1000", "$1,000"), ("-999.9", "-$999.90"), ("-1000.6", "-$1,001")],
)
def test_cents_below_a_thousand(number: str, shown: str) -> None:
    assert dollars(Decimal(number)) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("0", "0"), ("0.00012345678", "0.0001235"), ("99999.6", "100,000"), ("12.5", "12.5")],
)
def test_four_figures(number: str, shown: str) -> None:
    assert figures_of(Decimal(number)) == shown


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("link_price", "0.3", "$0.30"),
        ("link_price", "12", "$12"),
        ("minimum_price", "0.05488", "$0.05488"),
        ("hardware", "9.01", "$9.01 a month"),
        ("oracles", "13200.1910519", "13,200 nodes"),
        ("share", "0.00001", "0.001 %"),
        ("share", "0.0000143937093", "0.001439 %"),
        ("target_return", "0.05", "5 % a year"),
        ("penalty_transfers", "1", "1 an answer"),
        ("aggregated", "1", "1 answer"),
        ("aggregated", "1.5", "1.5 answers"),
        ("outage_hours", "1", "1 hour"),
        ("gas_price", "1", "1 gwei"),
    ],
)
def test_a_parameter_in_its_unit(name: str, value: str, shown: str) -> None:
    assert written(name, Decimal(value)) == shown


def test_what_has_no_number() -> None:
    assert written("minimum_price", None) == "as it follows"
    assert written("flow", "direct") == "direct"


def test_a_count_and_a_share() -> None:
    assert (count(Decimal(842)), count(Decimal("842.1052"))) == ("842", "842.11")
    assert percent(Decimal("0.1426250"), 2) == "14.26 %"
    assert usd(Decimal("46.20896"), 5) == "$46.20896"
