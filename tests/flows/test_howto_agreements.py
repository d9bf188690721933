# SPDX-License-Identifier: MIT
"""docs/howto/agreements.md is true: its commands run, and print what it says."""

from __future__ import annotations

from pathlib import Path

from linkpool.chain.anvil import free_port
from tests.flows.howto import ROOT, blocks, reader

PAGE = ROOT / "docs" / "howto" / "agreements.md"
ANVIL = "node_modules/.bin/anvil"
PORTS = ("8546", "8095")


def test_three_nodes_of_one_s_own_bid_answer_and_are_paid(tmp_path: Path) -> None:
    every = blocks(PAGE)
    assert [block.kind for block in every].count("sh stays") == 3
    changes = {port: str(free_port()) for port in PORTS}
    changes |= {ANVIL: str(ROOT / ANVIL)}
    with reader(tmp_path, LINKPOOL_API_PORT="0") as typing:
        for block in every:
            typing.type(block, changes)
