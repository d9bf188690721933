# SPDX-License-Identifier: MIT
"""Which faults each operator plants."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutate.mutants import within
from tools.mutate.operators import OPERATORS
from tools.mutate.text import Document

CASES = [
    ("arithmetic", "x = a + b", ["x = a - b"]),
    ("arithmetic", "x = a >> b", ["x = a << b"]),
    ("arithmetic", "x = unsafe_sub(a, b)", ["x = unsafe_add(a, b)"]),
    ("arithmetic", "x += a", ["x -= a"]),
    ("arithmetic", "x = (a - b) // (c)", ["x = (a - b) * (c)", "x = (a + b) // (c)"]),
    ("order", "x = a - b", ["x = b - a"]),
    ("order", "x = a + b", []),
    ("order", "self.f(a, b, c)", ["self.f(b, a, c)", "self.f(a, c, b)"]),
    ("order", "x = min(a, b)", []),
    ("order", "log E(a=b, c=d)", ["log E(a=d, c=b)"]),
    ("operand", "x = min(a, b)", ["x = (a)", "x = (b)"]),
    ("operand", "x = a and b", ["x = (a)", "x = (b)"]),
    ("operand", "x = a & 1", ["x = (a)"]),
    ("comparison", "x = a < b", ["x = a <= b", "x = a >= b"]),
    ("comparison", "x = a >= b", ["x = a > b", "x = a < b"]),
    ("comparison", "x = a == b", ["x = a != b"]),
    ("logic", "x = a or b", ["x = a and b"]),
    ("logic", "x = not a", ["x = (a)"]),
    ("logic", "x = True", ["x = False"]),
    ("logic", "x = extcall a.b(skip_contract_check=True)", []),
    ("condition", "assert a", ["assert not (a)"]),
    ("condition", "assert a == b", []),
    ("number", "x = 1_000", ["x = 1001", "x = 999"]),
    ("number", "x = 0", ["x = 1"]),
    ("deletion", "self.x = a", ["pass"]),
    ("deletion", "assert a", ["pass"]),
    ("deletion", "self._check()", ["pass"]),
    ("deletion", "log E(a=b)", ["pass"]),
    ("deletion", "y: uint256 = a", ["y: uint256 = empty(uint256)"]),
    ("result", "return a", ["return empty(uint256)", "return unsafe_add(a, 1)"]),
    ("result", "return 7", []),
    ("caller", "x = msg.sender", ["x = tx.origin"]),
]


@pytest.mark.parametrize(("operator", "before", "after"), CASES)
def test_an_operator_plants_its_faults_in_a_statement(
    operator: str, before: str, after: list[str]
) -> None:
    frame = "@external\ndef f() -> uint256:\n    {}\n"
    document = Document(Path("f.vy"), frame.format(before))
    (statement,) = document.tree.body[0].body
    changes = [
        document.changed(change.span, change.text)
        for node in within(statement)
        for change in OPERATORS[operator](document, node)
    ]
    assert changes == [frame.format(text) for text in after]


def test_a_branch_is_taken_always_never_and_when_it_should_not_be() -> None:
    text = "@external\ndef f():\n    if self.a:\n        self.b = 1\n"
    document = Document(Path("f.vy"), text)
    found = OPERATORS["condition"](document, document.tree.body[0].body[0])
    assert [change.text for change in found] == ["True", "False", "not (self.a)"]


def test_each_result_of_several_is_changed_by_itself() -> None:
    text = "@external\ndef f() -> (uint256, bool):\n    return a, b\n"
    document = Document(Path("f.vy"), text)
    found = OPERATORS["result"](document, document.tree.body[0].body[0])
    changed = [document.changed(it.span, it.text).splitlines()[-1].strip() for it in found]
    assert changed == [
        "return empty(uint256), b",
        "return unsafe_add(a, 1), b",
        "return a, True",
        "return a, False",
    ]


def test_what_guards_a_function_is_taken_away() -> None:
    text = "@view\n@external\n@nonreentrant\ndef f():\n    pass\n"
    document = Document(Path("f.vy"), text)
    found = OPERATORS["decorator"](document, document.tree.body[0])
    assert [document.text[it.span.start : it.span.end] for it in found] == ["view", "nonreentrant"]
