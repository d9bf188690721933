# SPDX-License-Identifier: MIT
"""memo, merge, lookup, length, conditional, hexadecimal and base64."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.linkpool.oracle.tasks.single import done, refused


def test_memo() -> None:
    assert done("memo", 5) == 5
    assert done("memo", 5, value='[1.50, "x"]') == [Decimal("1.50"), "x"]
    assert done("memo", vars={"x": b"\1"}, value=' {"a": $(x)} ') == {"a": b"\1"}
    assert done("memo", value=" plain text ") == "plain text"
    assert "not JSON" in refused("memo", value="plain $(x) text")
    assert "needs 'value'" in refused("memo")


def test_merge_prefers_the_right() -> None:
    assert done("merge", {"a": 1, "b": 2}, right='{"b": null, "c": 3}') == {
        "a": 1,
        "b": None,
        "c": 3,
    }
    both = {"l": '{"a": 1}', "r": {"a": 2}}
    assert done("merge", vars=both, left="$(l)", right="$(r)") == {"a": 2}
    assert refused("merge", [], right="{}") == "left: expected a map"
    assert "right: not JSON" in refused("merge", {}, vars={"r": "{"}, right="$(r)")


def test_lookup() -> None:
    assert done("lookup", {"a": 1}, key="a") == 1
    assert done("lookup", {"a": 1}, key="b") is None
    assert refused("lookup", [1], key="0") == "input: expected a map"


def test_length_counts_bytes() -> None:
    assert done("length", "größe") == 7
    assert done("length", "0x0102") == 2
    assert done("length", "0xzz") == 4
    assert done("length", b"abc") == 3
    assert done("length", [1, 2]) == 2
    assert "not bytes" in refused("length", 5)


def test_conditional() -> None:
    assert done("conditional", True) is True
    assert done("conditional", vars={"x": "true"}, data="$(x)") is True
    for no in (False, "false", None):
        assert refused("conditional", no) == "the condition is not satisfied"
    assert "neither true nor false" in refused("conditional", "perhaps")


def test_letters() -> None:
    assert (done("lowercase", "ÄbC"), done("uppercase", b"abc")) == ("äbc", "ABC")
    assert "not text" in refused("uppercase", 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("xyz", "0x78797a"),
        (b"\x01\xff", "0x01ff"),
        (255, "0xff"),
        (Decimal("255.0"), "0xff"),
        (0, "0x0"),
        ("", ""),
        (b"", ""),
        (2**300, f"{2**300:#x}"),
    ],
)
def test_hexencode(value: Any, text: str) -> None:
    assert done("hexencode", value) == text


@pytest.mark.parametrize("value", [-1, Decimal("1.5"), True, None, [1]])
def test_hexencode_refuses_the_rest(value: Any) -> None:
    assert refused("hexencode", value).startswith("input: ")


def test_hexencode_has_a_largest_number() -> None:
    assert "expected text, bytes or a whole number" in refused("hexencode", 1 << 600_000)


def test_hexdecode_needs_its_prefix() -> None:
    assert done("hexdecode", "0x0AfF") == b"\x0a\xff"
    assert done("hexdecode", input="0x") == b""
    assert refused("hexdecode", "0aff") == "input: expected 0x at the beginning"
    assert refused("hexdecode", "0x0") == "input: not hexadecimal"


def test_base64() -> None:
    assert done("base64encode", "Hello, playground") == "SGVsbG8sIHBsYXlncm91bmQ="
    assert done("base64encode", b"\xff") == "/w=="
    assert done("base64decode", "SGVsbG8sIHBsYXlncm91bmQ=") == b"Hello, playground"
    for wrong in ("SGVsbG8", "*", "ä"):
        assert refused("base64decode", wrong) == "input: not base64"
