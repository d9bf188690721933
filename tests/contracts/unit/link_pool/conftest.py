# SPDX-License-Identifier: MIT
from __future__ import annotations

import pytest

from tests.contracts.suite import DELAY, Suite, actor, travel
from tests.contracts.unit.link_pool.figures import DAILY, LIMIT


@pytest.fixture
def listed(suite: Suite) -> str:
    """An operator whom the creator may name."""
    company = actor("listed operator")
    suite.pool.announceOperator(company, sender=suite.actors.owner)
    travel(DELAY)
    suite.pool.activateOperator(company)
    return company


@pytest.fixture
def keeper(suite: Suite, listed: str) -> str:
    """A creator with three nodes a day of 500 LINK, and an operator to name."""
    suite.pool.setCreator(suite.actors.creator, DAILY, sender=suite.actors.owner)
    suite.pool.setCreatorLimit(LIMIT, sender=suite.actors.owner)
    return suite.actors.creator
