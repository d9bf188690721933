# SPDX-License-Identifier: MIT
"""P13 under `kill -9`: a few kills here, two hundred in `make chaos`."""

from __future__ import annotations

from pathlib import Path

from bench.oracle.crash import crash
from tests.linkpool.databases import Postgresql

KILLS = 8
SEED = "kill"


def test_requests_are_answered_once_however_often_the_node_is_killed(tmp_path: Path) -> None:
    """P13: nothing missed, nothing doubled, and the database agrees with the chain."""
    done = crash(tmp_path, kills=KILLS, seed=SEED)
    assert done.wrong == []
    assert done.answered == done.requests
    assert done.kills > done.while_starting  # some hit a node that served


def test_the_same_on_postgresql(tmp_path: Path, postgresql: Postgresql) -> None:
    """P13: the lease of the process that was killed keeps nobody waiting on its own machine."""
    database = postgresql.create("template0")
    done = crash(tmp_path, kills=KILLS // 2, seed=SEED, database=database)
    assert done.wrong == []
    assert done.answered == done.requests
    assert done.kills > done.while_starting  # some hit a node that served
