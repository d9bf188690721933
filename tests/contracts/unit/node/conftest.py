# SPDX-License-Identifier: MIT
from __future__ import annotations

import pytest

from tests.contracts.suite import Suite, link, travel


@pytest.fixture
def staked(suite: Suite) -> Suite:
    """The staker has 10 LINK on the node, since a block ago."""
    suite.stake(suite.actors.staker, link(10))
    travel(12)
    return suite
