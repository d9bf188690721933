# SPDX-License-Identifier: MIT
"""ABI text, logs and calldata."""

from decimal import Decimal
from typing import Any

import pytest
from eth_abi.abi import encode

from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError
from linkpool.oracle.runs.inputs import REQUEST

ADDRESS = "0x514910771AF9Ca656af840dff83E8264EcF986CA"


def test_the_request_event_has_chainlinks_topic() -> None:
    topic = "d8d7ecc4800d25fa53ce0372f13a416d98907a7ef3d8d3bdd79cf4fe75529c65"
    assert REQUEST.topic.hex() == topic


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        (
            "fulfillOracleRequest(bytes32 requestId, uint256 payment, address callbackAddress, "
            "bytes4 callbackFunctionId, uint256 expiration, bytes32 data)",
            "4ab0d190",
        ),
        (
            "fulfillOracleRequest2(bytes32 requestId, uint256 payment, address callbackAddress, "
            "bytes4 callbackFunctionId, uint256 expiration, bytes calldata data)",
            "6ae0bc76",
        ),
    ],
)
def test_calls_have_chainlinks_selectors(text: str, selector: str) -> None:
    assert abi.parse(text).topic[:4].hex() == selector


def test_a_log_is_decoded_by_name() -> None:
    signature = abi.parse("E(bytes32 indexed id, string indexed s, address a, uint n, bytes b)")
    data = encode(["address", "uint256", "bytes"], [ADDRESS, 7, b"xy"])
    found = abi.decode_log(signature, [signature.topic, b"\1" * 32, b"\2" * 32], data)
    assert found == {"id": b"\1" * 32, "s": b"\2" * 32, "a": ADDRESS, "n": 7, "b": b"xy"}


def test_a_log_of_another_event_or_shape_is_refused() -> None:
    signature = abi.parse("E(uint256 indexed a, uint256 b)")
    for topics, data in [
        ([signature.topic], bytes(32)),
        ([bytes(32), bytes(32)], bytes(32)),
        ([signature.topic, bytes(32)], bytes(31)),
    ]:
        with pytest.raises(TaskError):
            abi.decode_log(signature, topics, data)


@pytest.mark.parametrize(
    ("kind", "value", "plain"),
    [
        ("uint256", "12.99", 12),
        ("int8", Decimal("-1.5"), -1),
        ("uint256", 1e21, 10**21),
        ("bytes4", "0x01020304", b"\1\2\3\4"),
        ("bytes4", "abcd", b"abcd"),
        ("bytes", "0xff", b"\xff"),
        ("bytes", "plain", b"plain"),
        ("string", "0xff", "0xff"),
        ("bool", "true", True),
        ("address", bytes.fromhex(ADDRESS[2:]), ADDRESS),
        ("uint8[]", ["1", 2], [1, 2]),
        ("uint8[2][]", [[1, 2]], [[1, 2]]),
    ],
)
def test_values_become_their_type(kind: str, value: Any, plain: Any) -> None:
    signature = abi.parse(f"({kind} x)")
    assert abi.encode_call(signature, {"x": value}) == encode([kind], [plain])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("uint256", -1),
        ("uint256", 2**256),
        ("int8", 128),
        ("uint256", "NaN"),
        ("uint256", "1e999999999"),
        ("uint256", True),
        ("uint256", None),
        ("uint256", {"a": 1}),
        ("bytes4", "0x010203"),
        ("bytes4", "0xzz"),
        ("address", "0x12"),
        ("bool", "yes"),
        ("string", 5),
        ("uint8[2]", [1]),
        ("uint8[]", "12"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(kind: str, value: Any) -> None:
    """A negative number for an unsigned type too: a Chainlink node wraps it around."""
    with pytest.raises(TaskError):
        abi.encode_call(abi.parse(f"({kind} x)"), {"x": value})


def test_a_missing_value_is_named() -> None:
    with pytest.raises(TaskError, match="no value for y"):
        abi.encode_call(abi.parse("f(uint256 x, uint256 y)"), {"x": 1})


@pytest.mark.parametrize("text", ["f", "f(uint256)", "f(uint a, uint a)", "(float x)", "f(a b c)"])
def test_wrong_abi_text_is_refused(text: str) -> None:
    with pytest.raises(TaskError, match="abi"):
        abi.parse(text)
