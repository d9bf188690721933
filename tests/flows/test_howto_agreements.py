# SPDX-License-Identifier: MIT
"""docs/howto/agreements.md is true: its commands run, and print what it says."""

from __future__ import annotations

from pathlib import Path

import httpx

from linkpool.chain.anvil import free_port
from tests.flows.howto import ROOT, Block, Reader, blocks, reader

PAGE = ROOT / "docs" / "howto" / "agreements.md"
ANVIL = "node_modules/.bin/anvil"
PORTS = ("8546", "8095")
TIMES = "--bids-until 15s --answers-until 40s"
LONGER = "--bids-until 600s --answers-until 900s"


def let_bidding_end(typing: Reader, url: str) -> None:
    """Once all three have bid, however long a slow machine needs for it."""
    typing.type(Block("sh until", "linkpool agreement list --json", '"bids": 3,'), {})
    for method, *params in (("evm_increaseTime", 600), ("evm_mine",)):
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        assert "error" not in httpx.post(url, json=asked, trust_env=False).json()


def test_three_nodes_of_one_s_own_bid_answer_and_are_paid(tmp_path: Path) -> None:
    every = blocks(PAGE)
    kinds = [block.kind for block in every]
    assert (kinds.count("sh stays"), kinds.count("sh until")) == (3, 1)
    assert sum(TIMES in block.commands for block in every) == 1
    changes = {port: str(free_port()) for port in PORTS}
    url = f"http://127.0.0.1:{changes[PORTS[0]]}"
    changes |= {ANVIL: str(ROOT / ANVIL), TIMES: LONGER}
    with reader(tmp_path, LINKPOOL_API_PORT="0") as typing:
        for block in every:
            if block.kind == "sh until":
                let_bidding_end(typing, url)
            typing.type(block, changes)
