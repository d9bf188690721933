# SPDX-License-Identifier: MIT
"""A machine's number repeats its run, whatever the process did before."""

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import RuleBasedStateMachine, rule
from pytest import MonkeyPatch

from tests.repeated import repeated

CHOSEN = settings(
    max_examples=30, stateful_step_count=10, database=None, deadline=None, phases=[Phase.generate]
)
INTEGERS = st.integers(0, 2**256 - 1)


def drawn(number: int) -> list[int]:
    """Every integer that a machine is given."""
    given_to_it: list[int] = []

    class Machine(RuleBasedStateMachine):
        @rule(value=INTEGERS)
        def take(self, value: int) -> None:
            given_to_it.append(value)

    repeated(Machine, number, CHOSEN)
    return given_to_it


def test_what_ran_before_changes_nothing(monkeypatch: MonkeyPatch) -> None:
    alone = drawn(7)
    # What hypothesis finds in a process that has imported much, and then keeps.
    found = Constants()
    for number in range(1_000_001, 1_000_400):
        found.integers.add(number)
    monkeypatch.setattr(providers, "CONSTANTS_CACHE", LRUCache(1024))
    monkeypatch.setattr(providers, "_get_local_constants", lambda: found)

    @settings(max_examples=200, database=None, deadline=None)
    @given(INTEGERS)
    def another(value: int) -> None:
        assert value >= 0

    another()
    assert len(alone) > 100
    assert drawn(7) == alone
    assert drawn(8) != alone
