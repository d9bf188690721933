# SPDX-License-Identifier: MIT
"""A pool that went back to an older contract is audited like any other."""

from __future__ import annotations

from linkpool.chain.suite import Suite
from linkpool.deployment import Manifest
from tests.flows.planting import audit, deviations
from tests.flows.program import Program


def put(pool: Program, place: str) -> None:
    pool.sign("upgrade", "announce", "Node", place)
    pool.anvil.advance(3_600)
    pool.sign("upgrade", "execute", "Node", place)


def test_the_way_back_leaves_a_verdict(pool: Program) -> None:
    async def serving(suite: Suite) -> str:
        return suite.node.address

    older = pool.suite(serving)
    pool.sign("upgrade", "deploy", "Node")
    newer = Manifest.load(pool.manifest()).candidates["Node"].address
    put(pool, newer)
    assert deviations(audit(pool)) == set()
    put(pool, older)
    assert pool.suite(serving) == older
    assert Manifest.load(pool.manifest()).contracts["Node"].tx is None
    assert deviations(audit(pool)) == set()
