# SPDX-License-Identifier: MIT
"""docs/howto/audit.md is true: its commands run, and print what it says."""

from __future__ import annotations

from pathlib import Path

from linkpool.chain.anvil import free_port
from tests.flows.howto import ROOT, blocks, reader

PAGE = ROOT / "docs" / "howto" / "audit.md"
ANVIL = "node_modules/.bin/anvil"


def test_a_pool_is_audited_and_broken(tmp_path: Path) -> None:
    every = blocks(PAGE)
    assert [block.kind for block in every].count("sh") == 3
    changes = {"8547": str(free_port()), ANVIL: str(ROOT / ANVIL)}
    with reader(tmp_path) as typing:
        for block in every:
            typing.type(block, changes)
