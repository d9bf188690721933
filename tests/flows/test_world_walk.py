# SPDX-License-Identifier: MIT
"""The model of the network beside the contracts on anvil: 1,000 random steps, to the juel."""

from __future__ import annotations

from contextlib import closing

from linkpool.chain.anvil import Anvil
from tests.contracts.stateful.build import build
from tests.contracts.stateful.run import USUAL_CAP
from tests.contracts.suite import START
from tests.flows.anvil_world import AnvilWorld
from tests.linkpool.economics.world.walk import Walk

STEPS = 1_000
REACHED = ("answered", "closed with a loss", "late return", "resolved overdue", "claims paid")


def test_model_and_contracts_on_anvil_are_equal_to_the_juel() -> None:
    with Anvil.start(begun=START) as anvil, closing(AnvilWorld(anvil)) as world:
        walk = Walk(build(world, loss_cap=USUAL_CAP), seed=1, peek=world.peek_all)
        for _ in range(STEPS):
            walk.step()
    assert sum(walk.seen[name] for name in walk.ways) == STEPS
    assert {what for what in REACHED if not walk.seen[what]} == set()
