# SPDX-License-Identifier: MIT
"""jsonparse takes one value out of a document."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from tests.linkpool.oracle.tasks.single import done, refused

DOCUMENT = '{"a": [{"b": 1.10}, 10000000000000000000001, null], "t": "12.5", "": 3}'


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a,0,b", Decimal("1.1")),
        ("a,-3,b", Decimal("1.1")),
        ("a,1", 10000000000000000000001),
        ("a,2", None),
        ("t", "12.5"),
    ],
)
def test_jsonparse_finds_a_value(path: str, found: Any) -> None:
    assert done("jsonparse", DOCUMENT, path=path) == found


def test_jsonparse_takes_a_path_from_a_request_and_another_separator() -> None:
    asked = {"asked": {"path": ["a", 0, "b"]}}
    assert done("jsonparse", DOCUMENT, vars=asked, path="$(asked.path)") == Decimal("1.1")
    assert done("jsonparse", DOCUMENT, path="a/1", separator="/") > 10**22


def test_jsonparse_without_a_path_takes_it_all() -> None:
    assert done("jsonparse", "[1, 2.50]") == [1, Decimal("2.5")]
    assert done("jsonparse", b"7", path="") == 7


@pytest.mark.parametrize("path", ["x", "a,3", "a,-4", "a,b", "t,0", "a,0,b,c", "a," + "9" * 5_000])
def test_jsonparse_misses_a_value(path: str) -> None:
    assert "the answer has no" in refused("jsonparse", DOCUMENT, path=path)
    assert done("jsonparse", DOCUMENT, path=path, lax="true") is None


@pytest.mark.parametrize("text", ["", "{", "NaN", "1e999", "[" * 100_000, "1" * 5_000])
def test_jsonparse_refuses_what_is_no_json(text: str) -> None:
    assert refused("jsonparse", text).startswith("the answer is ")


def test_jsonparse_takes_one_pass_whatever_the_text() -> None:
    began = time.process_time()
    for text in ('"' + '\\"' * 16_000, '["' * 16_000, "{" * 32_000):
        assert refused("jsonparse", text).startswith("the answer is ")
    assert done("jsonparse", '{"[[": "\\"[[", "a": [[[1]]]}', path="a,0,0,0") == 1
    assert time.process_time() - began < 1
