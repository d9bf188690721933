# SPDX-License-Identifier: MIT
"""What a log weighs in the store, measured on its own tables."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import create_engine, insert

from linkpool.economics.scale import LOG_BYTES
from linkpool.store.tables import log_events, logs, metadata

LOGS = 4_000
# Topics and words of data: a request, its answer, a bid, an agreement's share of the two.
SHAPES = ((2, 10), (2, 0), (3, 4), (4, 3), (3, 2))


def word() -> str:
    return "0x" + os.urandom(32).hex()


def test_a_log_weighs_what_the_model_says(tmp_path: Path) -> None:
    """Within a tenth: pages are never quite full."""
    file = tmp_path / "state.db"
    engine = create_engine(f"sqlite:///{file}")
    metadata.create_all(engine)
    before = file.stat().st_size
    rows, events = [], []
    for i in range(LOGS):
        topics, words = SHAPES[i % len(SHAPES)]
        block = word()
        row = {"block_hash": block, "log_index": i % 100, "block": 20_000_000 + i // 20}
        events.append({"seq": i, "kind": "added", **row})
        named = {f"topic{n}": word() if n < topics else None for n in range(4)}
        rows.append(
            row | named | {"address": word()[:42], "data": os.urandom(32 * words), "tx": word()}
        )
    with engine.begin() as connection:
        connection.execute(insert(logs), rows)
        connection.execute(insert(log_events), events)
    engine.dispose()
    each = (file.stat().st_size - before) / LOGS
    assert abs(each / int(LOG_BYTES) - 1) < 0.1, each
