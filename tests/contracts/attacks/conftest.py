# SPDX-License-Identifier: MIT
"""Two stakers on a node, and a penalty contract that is a destination."""

from __future__ import annotations

import pytest

from tests.contracts.attacks.support import ALICE, BOB, next_block
from tests.contracts.suite import Contract, Suite, deploy_suite, link, mock


@pytest.fixture
def staked(suite: Suite) -> Suite:
    """Alice with 100 LINK, Bob with 300, a block ago."""
    suite.stake(ALICE, link(100))
    suite.stake(BOB, link(300))
    next_block()
    return suite


@pytest.fixture
def uncapped(_clock: None, _fresh_chain: None) -> Suite:
    """A suite in which everything can be lost: LOSS_CAP is 100 %."""
    return deploy_suite(loss_cap=1_000_000, limit=10**27)


@pytest.fixture
def uncapped_box(uncapped: Suite) -> Contract:
    box = mock("penalty_box", uncapped.link.address)
    uncapped.whitelist(box.address)
    return box
