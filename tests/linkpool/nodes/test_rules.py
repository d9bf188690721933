# SPDX-License-Identifier: MIT
"""More for the pool waits, less works at once (P4)."""

from __future__ import annotations

import pytest

from linkpool.nodes.rules import Term, waits


@pytest.mark.parametrize(
    ("term", "raising", "lowering"),
    [
        ("makers", True, False),
        ("ceiling", True, False),
        ("wallet", True, True),
        ("cost", False, False),
        ("payment", False, False),
        ("minimum", False, False),
    ],
)
def test_waits(term: Term, raising: bool, lowering: bool) -> None:
    assert waits(term, old=1, new=2) is raising
    assert waits(term, old=2, new=1) is lowering
