# SPDX-License-Identifier: MIT
"""docs/howto/upgrades.md is true: its commands run, and print what it says."""

from __future__ import annotations

from pathlib import Path

from linkpool.chain.anvil import free_port
from tests.flows.howto import ROOT, blocks, reader

PAGE = ROOT / "docs" / "howto" / "upgrades.md"
ANVIL = "node_modules/.bin/anvil"
PORT = "8547"


def test_an_upgrade_is_made_and_taken_back_by_hand(tmp_path: Path) -> None:
    every = blocks(PAGE)
    assert [block.kind for block in every] == ["sh stays", *["sh"] * 5]
    changes = {PORT: str(free_port()), ANVIL: str(ROOT / ANVIL)}
    with reader(tmp_path) as typing:
        for block in every:
            typing.type(block, changes)
