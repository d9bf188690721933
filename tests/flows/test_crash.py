# SPDX-License-Identifier: MIT
"""P13 under `kill -9`: a few kills here, two hundred in `make chaos`."""

from __future__ import annotations

from pathlib import Path

from bench.oracle.crash import crash

KILLS = 8
SEED = "kill"


def test_requests_are_answered_once_however_often_the_node_is_killed(tmp_path: Path) -> None:
    """P13: nothing missed, nothing doubled, and the database agrees with the chain."""
    done = crash(tmp_path, kills=KILLS, seed=SEED)
    assert done.wrong == []
    assert done.requests > KILLS
    assert done.answered == done.requests
