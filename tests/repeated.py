# SPDX-License-Identifier: MIT
"""Runs of a state machine that a number repeats."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import seed, settings
from hypothesis.internal.cache import LRUCache
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def repeated(machine: type[RuleBasedStateMachine], number: int, chosen: settings) -> None:
    """The same examples for the same number, whatever else this process has imported or run:
    hypothesis would draw constants from the modules it finds, and keeps those it once found.
    """
    with (
        patch.object(providers, "_get_local_constants", Constants),
        patch.object(providers, "CONSTANTS_CACHE", LRUCache(1024)),
    ):
        run_state_machine_as_test(seed(number)(machine), settings=chosen)
