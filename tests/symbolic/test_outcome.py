# SPDX-License-Identifier: MIT
"""What becomes of a claim that takes too long."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from tests.symbolic.outcome import UNFINISHED, Claim


def test_a_claim_ends_where_the_first_alarm_was_lost() -> None:
    """An exception that is raised while Python deletes an object goes nowhere."""
    lost = 0

    def check() -> Iterator[object]:
        nonlocal lost
        while True:
            try:
                signal.pause()
            except TimeoutError:
                lost += 1
                if lost == 2:
                    raise
            yield None

    found = Claim("waits", check).judged(0.01)
    assert (found.verdict, lost) == (UNFINISHED, 2)
