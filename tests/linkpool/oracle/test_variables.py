# SPDX-License-Identifier: MIT
"""References between tasks."""

from decimal import Decimal

import pytest

from linkpool.oracle.errors import TaskError
from linkpool.oracle.variables import document, value

KNOWN = {
    "a": {"b": [10**30, {"c": b"\x01"}], "text": '", "evil": "', "dotted-key": 1},
    "bad": TaskError("no answer"),
}


def test_a_whole_reference_keeps_its_type() -> None:
    assert value("$(a.b.0)", KNOWN) == 10**30
    assert value(" $( a.b.1.c ) ", KNOWN) == b"\x01"
    assert value("plain $(a)", KNOWN) == "plain $(a)"


def test_json_takes_values_and_never_text() -> None:
    """What a requester sends cannot add a member to the document."""
    found = document('{"x": $(a.text), "y": [$(a.b.1), "$(a.b.0)"], "z": 0.1}', KNOWN)
    assert found == {"x": '", "evil": "', "y": [{"c": b"\x01"}, 10**30], "z": Decimal("0.1")}


def test_a_reference_inside_longer_text_stays_text() -> None:
    assert document('{"x": "say $(a.text) \\" $(a)"}', KNOWN) == {"x": 'say $(a.text) " $(a)'}


@pytest.mark.parametrize("text", ["$(nothing)", "$(a.b.2)", "$(a.b.-1)", "$(a.b.0.x)", "$(bad)"])
def test_a_dead_end_fails_with_its_path(text: str) -> None:
    with pytest.raises(TaskError) as error:
        value(text, KNOWN)
    assert text in str(error.value)


def test_broken_json_fails() -> None:
    with pytest.raises(TaskError, match="not JSON"):
        document('{"x": }', KNOWN)


def test_deep_json_fails() -> None:
    with pytest.raises(TaskError, match="nested deeper"):
        document("[" * 5_000 + "]" * 5_000, KNOWN)
