# SPDX-License-Identifier: MIT
"""Values of tasks survive a database."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpool.oracle.errors import TaskError, TryLater
from linkpool.oracle.results import PendingBridge
from linkpool.oracle.values import dumps, loads

leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(2**300), 2**300)
    | st.floats(allow_nan=False)
    | st.decimals(allow_nan=False)
    | st.text()
    | st.binary()
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.just("$int"), inner)
        | st.dictionaries(st.integers() | st.binary(), inner)
    ),
    max_leaves=8,
)


@given(values)
def test_what_is_written_is_read_back(value: Any) -> None:
    found = loads(dumps(value))
    assert found == value
    assert type(found) is type(value)


def test_numbers_that_other_readers_would_round_are_text() -> None:
    written = dumps([2**53, 2**53 - 1, Decimal("1.50"), b"\1", 10**10_000])
    assert written.startswith(
        '[{"$int":"0x20000000000000"},9007199254740991,{"$decimal":"1.50"},{"$bytes":"01"},'
    )
    assert json.loads(written)
    assert loads(written)[-1] == 10**10_000


def test_errors_come_back_as_what_they_were() -> None:
    for error in (TaskError("no answer"), TryLater("no RPC")):
        found = loads(dumps({"fetch": error}))["fetch"]
        assert (type(found), str(found)) == (type(error), str(error))


def test_a_suspension_is_no_value() -> None:
    with pytest.raises(TypeError, match="PendingBridge"):
        dumps(PendingBridge("prices"))
