# SPDX-License-Identifier: MIT
"""What was asked while the node was down; ten thousand requests of it in `make chaos`."""

from __future__ import annotations

from pathlib import Path

from bench.oracle.backlog import backlog

REQUESTS = 300


def test_everything_asked_while_the_node_was_down_is_answered_once(tmp_path: Path) -> None:
    """P13."""
    done = backlog(tmp_path, requests=REQUESTS)
    assert done.wrong == []
    assert (done.requests, done.answered) == (REQUESTS, REQUESTS)
