# SPDX-License-Identifier: MIT
"""docs/howto/first-answer.md is true: its commands run, and print what it says."""

from __future__ import annotations

from pathlib import Path

from linkpool.chain.anvil import free_port
from tests.flows.howto import ROOT, blocks, reader
from tests.flows.processes import process

PAGE = ROOT / "docs" / "howto" / "first-answer.md"


def test_a_node_of_one_s_own_answers_within_the_page(tmp_path: Path) -> None:
    every = blocks(PAGE)
    assert [block.kind for block in every].count("sh stays") == 2
    changes = {":8080": f":{(port := free_port())}", " 8080 ": f" {port} "}
    with process("up", "--port", "0", "--json", "--every", "2", folder=tmp_path) as up:
        view = next(view for view in up.views() if len(view["nodes"]) == 3)
        more = {"LINKPOOL_RPC": view["rpc"], "LINKPOOL_API_PORT": "0"}
        with reader(tmp_path, **more) as typing:
            for block in every:
                typing.type(block, changes | {"--times 100": f"--times 100 --rpc {view['rpc']}"})
