# SPDX-License-Identifier: MIT
"""Runs of a state machine that a number repeats."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import seed, settings
from hypothesis.internal.conjecture import providers
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def repeated(machine: type[RuleBasedStateMachine], number: int, chosen: settings) -> None:
    """The same examples for the same number, whatever else this process has imported: hypothesis
    would draw constants from that.
    """
    with patch.object(providers, "_get_local_constants", providers.Constants):
        run_state_machine_as_test(seed(number)(machine), settings=chosen)
