# SPDX-License-Identifier: MIT
"""CBOR against the vectors of RFC 8949 and against itself."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkpool.oracle.cbor import decode, decode_request, encode, encode_request
from linkpool.oracle.errors import TaskError

VECTORS: list[tuple[str, Any]] = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("1903e8", 1000),
    ("1bffffffffffffffff", 2**64 - 1),
    ("c249010000000000000000", 2**64),
    ("3bffffffffffffffff", -(2**64)),
    ("c349010000000000000000", -(2**64) - 1),
    ("f90000", 0.0),
    ("fa47c35000", 100000.0),
    ("fb3ff199999999999a", 1.1),
    ("f4", False),
    ("f5", True),
    ("f6", None),
    ("f7", None),
    ("4401020304", b"\x01\x02\x03\x04"),
    ("6449455446", "IETF"),
    ("62c3bc", "ü"),
    ("83010203", [1, 2, 3]),
    ("a201020304", {1: 2, 3: 4}),
    ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
    ("7f657374726561646d696e67ff", "streaming"),
    ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
    ("bf6346756ef563416d7421ff", {"Fun": True, "Amt": -2}),
]


@pytest.mark.parametrize(("text", "value"), VECTORS)
def test_the_vectors_of_the_standard_are_read(text: str, value: Any) -> None:
    assert decode(bytes.fromhex(text)) == value


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**260), 2**260)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@given(values)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert decode(encode(value)) == value


@settings(max_examples=25)
@given(st.dictionaries(st.text(min_size=1), values, min_size=1))
def test_a_request_is_a_map_without_its_first_and_last_byte(fields: dict[str, Any]) -> None:
    assert decode_request(encode_request(fields)) == fields


def test_no_data_is_an_empty_map() -> None:
    assert decode_request(b"") == {}


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever a requester sends ends in a map or in a TaskError, never in another exception."""
    try:
        assert isinstance(decode_request(data), dict)
    except TaskError:
        pass


@pytest.mark.parametrize("text", ["1b00", "c14101", "f8ff", "1f", "9f01", "62ff", "8" + "1" * 81])
def test_broken_items_are_refused(text: str) -> None:
    with pytest.raises(TaskError):
        decode(bytes.fromhex(text))
