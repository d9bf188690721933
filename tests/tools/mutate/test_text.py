# SPDX-License-Identifier: MIT
"""Positions in a source are those of the text, also where the compiler counts wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from vyper.ast import nodes as vy

from tools.mutate.text import Document

TEXT = """
@external
def f(amount: uint256) -> uint256:
    owed: uint256 = amount * staticcall TOKEN.rate() // 2
    assert extcall TOKEN.transfer(msg.sender, owed)
    if (owed + 1) * 2 > amount:
        owed = 0
    return owed
"""


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (vy.StaticCall, ["staticcall TOKEN.rate()"]),
        (vy.ExtCall, ["extcall TOKEN.transfer(msg.sender, owed)"]),
        (vy.Compare, ["(owed + 1) * 2 > amount"]),
        (vy.Return, ["return owed"]),
        (vy.Assert, ["assert extcall TOKEN.transfer(msg.sender, owed)"]),
    ],
)
def test_a_node_has_its_own_text(kind: type, expected: list[str]) -> None:
    document = Document(Path("f.vy"), TEXT)
    assert [document.of(node) for node in document.tree.get_descendants(kind)] == expected


def test_a_change_touches_nothing_else() -> None:
    document = Document(Path("f.vy"), TEXT)
    (compared,) = document.tree.get_descendants(vy.Compare)
    span = document.span(compared)
    assert span is not None
    assert document.changed(span, "False") == TEXT.replace("(owed + 1) * 2 > amount", "False")


def test_a_declarations_lines_begin_with_its_decorators() -> None:
    document = Document(Path("f.vy"), TEXT)
    start, end = document.lines_of(document.tree.body[0])
    assert document.text[start:end] == TEXT[1:]
