# SPDX-License-Identifier: MIT
"""Numbers out of other people's documents."""

from decimal import Decimal
from typing import Any

import pytest

from linkpool.adapters.errors import AdapterError
from linkpool.adapters.reading import at, document, number


def test_a_path_leads_through_maps_and_lists() -> None:
    content = document('{"a": [{"b": 1.50}, {"b": "x"}], "": 3}')
    assert at(content, "a,0,b") == Decimal("1.5")
    assert at(content, "a,-1,b") == "x"
    assert at(content, "") == content


@pytest.mark.parametrize("path", ["b", "a,2", "a,-3", "a,x", "a,0,b,c", "a,,b", "a," + "9" * 5_000])
def test_a_path_that_leads_nowhere_is_named(path: str) -> None:
    with pytest.raises(AdapterError, match="the answer has no"):
        at({"a": [{"b": 1}, 2]}, path)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (Decimal("1.10"), Decimal("1.10")),
        ("  2412.07 ", Decimal("2412.07")),
        ("-1e-3", Decimal("-0.001")),
        (".5", Decimal("0.5")),
        (0, 0),
    ],
)
def test_numbers_are_read_exactly(value: Any, expected: Decimal) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "NaN",
        "Infinity",
        "1,5",
        "0x10",
        "1_0",
        "١",
        [],
        {},
        "9" * 70,
        "1e999",
        10**80,
    ],
)
def test_what_is_no_sensible_number_is_refused(value: Any) -> None:
    with pytest.raises(AdapterError, match="number"):
        number(value)


@pytest.mark.parametrize("text", ["", "{", "<html>", "[" * 200, "NaN", "9" * 5_000])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(AdapterError, match="not JSON"):
        document(text)
