# SPDX-License-Identifier: MIT
"""A local chain that was started again keeps its blocks and none of its old state."""

from __future__ import annotations

from pathlib import Path

from linkpool.chain.anvil import Anvil
from linkpool.deployment import Manifest
from tests.flows.planting import audit, deviations, liar
from tests.flows.program import Program


def test_a_restarted_chain_can_be_audited_by_its_link_pool_alone(tmp_path: Path) -> None:
    """The transactions that made the contracts are looked for in its blocks."""
    kept = tmp_path / "chain.json"
    with Anvil.start(tick=1, state=kept) as chain:
        Program.at(tmp_path, chain).sign("deploy")
    with Anvil.start(tick=1, state=kept) as chain:
        again = Program.at(tmp_path, chain)
        pool = Manifest.load(again.manifest()).address("LinkPool")
        assert deviations(audit(again, "--link-pool", pool)) == set()
        with liar(chain.url, lambda method, _, told: None if "Receipt" in method else told) as url:
            given = again("audit", "--rpc", url, "--link-pool", pool)
    assert given.code == 14
    assert "no verdict: 9 checks could not be judged, the first creation, LINK: " in given.err
    assert "give the --manifest, which names it, or an RPC that keeps old state" in given.err
