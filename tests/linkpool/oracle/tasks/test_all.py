# SPDX-License-Identifier: MIT
"""What holds for every kind of task."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import pytest

from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks import KINDS, RULES
from tests.linkpool.oracle.tasks.single import LINK, LOST, done, refused


def test_a_failed_input_fails_the_task() -> None:
    assert refused("multiply", LOST, times="1") == "source is gone"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_knows_what_it_needs(kind: str) -> None:
    assert set(RULES[kind].required) <= RULES[kind].known


HOSTILE: list[Any] = [
    None,
    True,
    -1,
    1 << 400_000,
    float("inf"),
    float("nan"),
    Decimal("1e400"),
    "",
    "0x",
    "0x0",
    "\ud800",
    "\x00",
    "9" * 65_536,
    "[" * 65_536,
    '{"a":' * 20_000,
    "ß" * 20_000,
    b"",
    b"\xff" * 65_536,
    [],
    [[]] * 1_000,
    {},
    {1: {b"x": None}},
    TaskError("x"),
]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"http", "bridge"}))
def test_nothing_a_requester_sends_raises_more_than_a_task_error(kind: str) -> None:
    """Each attribute in turn, and the input, is something unpleasant; and none of it takes long."""
    names = [*KINDS[kind].required.split(), *KINDS[kind].optional.split()]
    usual = {"abi": "f(uint256 a, (bytes b)[] c)", "to": LINK, "contract": LINK, "data": "$(x)"}
    began = time.process_time()
    for value in HOSTILE:
        for name in names:
            given = {one: usual.get(one, "1") for one in KINDS[kind].required.split()}
            given[name] = "$(x)"
            try:
                done(kind, value, vars={"x": value}, **given)
            except TaskError as error:
                assert len(str(error)) < 100_000
    assert time.process_time() - began < 5
