# SPDX-License-Identifier: MIT
"""multiply, divide, lessthan: exact, and as a Chainlink node rounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.linkpool.oracle.tasks.single import done, refused


@pytest.mark.parametrize(
    ("factor", "times", "product"),
    [
        (0.1, 3, "0.3"),
        ("2412.07", 100, "241207"),
        (b"2.5", " 2 ", "5"),
        (Decimal("1.000000000000000001"), 10**18, "1000000000000000001"),
        (-5, "1.5", "-7.5"),
        ("1e18", "-.5", "-500000000000000000"),
        (10**60 + 1, 10**39 + 1, str((10**60 + 1) * (10**39 + 1))),
    ],
)
def test_multiply_never_rounds(factor: Any, times: Any, product: str) -> None:
    assert done("multiply", factor, vars={"n": times}, times="$(n)") == Decimal(product)


@pytest.mark.parametrize(
    "factor",
    [
        None,
        "x",
        True,
        [],
        "inf",
        "1_000",
        "0x10",
        "",
        "1e999999",
        10**300,
        "9" * 1_000,
        float("nan"),
    ],
)
def test_multiply_refuses_what_is_no_number(factor: Any) -> None:
    assert refused("multiply", factor, times="100").startswith("input: ")


@pytest.mark.parametrize(
    ("number", "divisor", "precision", "quotient"),
    [
        (10, "4", "", "2.5"),
        (1, "3", "", "0.3333333333333333"),
        (2, "3", "", "0.6666666666666667"),
        (1, "8", "2", "0.13"),
        (-1, "8", "2", "-0.13"),
        (1250, "1", "-2", "1300"),
        (7, "2", "0", "4"),
    ],
)
def test_divide_rounds_half_away_from_zero(
    number: Any, divisor: str, precision: str, quotient: str
) -> None:
    assert done("divide", number, divisor=divisor, precision=precision) == Decimal(quotient)


def test_divide_by_zero_fails() -> None:
    assert refused("divide", 1, divisor="0.0") == "divisor: zero"
    assert refused("divide", 1, divisor="3", precision="9999") == "precision: beyond 256"


def test_lessthan() -> None:
    assert done("lessthan", "1.5", right="2") is True
    assert done("lessthan", input="2", limit="2") is False
    assert done("lessthan", left="-1", right="-2") is False
    assert "needs 'right'" in refused("lessthan", 1)
