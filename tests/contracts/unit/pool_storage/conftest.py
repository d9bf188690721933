# SPDX-License-Identifier: MIT
"""Fixtures of PoolStorage's tests; after each of them the books must balance to the juel."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.suite import (
    Actors,
    Contract,
    Suite,
    deploy_suite,
    link,
    mock,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.support import ALICE, BOB, M90, surplus


@pytest.fixture(autouse=True)
def _solvent(suite: Suite) -> Iterator[None]:
    """P3, with equality: nothing here is owed to nobody, nothing owed is missing."""
    yield
    assert surplus(suite.link, suite.store) == suite.store.pendingIncome()


@pytest.fixture
def store(suite: Suite) -> Contract:
    """The PoolStorage under test."""
    return suite.store


@pytest.fixture
def logic(suite: Suite) -> str:
    """An address that the registry marks as logic."""
    return str(suite.node.address)


@pytest.fixture
def puppet() -> Contract:
    """A consumer that does as it is told."""
    return mock("consumer_puppet")


@pytest.fixture(scope="session")
def _reckless(_clock: None, actors: Actors) -> Suite:
    return deploy_suite(actors, loss_cap=1_000_000, limit=M90)


@pytest.fixture
def reckless(_reckless: Suite, _fresh_chain: None) -> Iterator[Suite]:
    """A suite whose loss cap is 100 %."""
    yield _reckless
    assert surplus(_reckless.link, _reckless.store) >= 0


@pytest.fixture
def reckless_box(reckless: Suite) -> Contract:
    """A penalty contract on the reckless suite's whitelist."""
    found = mock("penalty_box", reckless.link.address)
    reckless.whitelist(found.address)
    return found


@pytest.fixture
def risked(suite: Suite, listed: Contract, operator: str) -> Suite:
    """Alice 60, Bob 40 LINK staked; 5 of them at the box under reference 1."""
    suite.stake(ALICE, link(60))
    suite.stake(BOB, link(40))
    travel(12)
    suite.store.sendPenalty(listed.address, link(5), word(1), sender=operator)
    return suite
