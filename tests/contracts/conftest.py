# SPDX-License-Identifier: MIT
"""Fixtures of every contract test: the suite is deployed once, each test starts from it."""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest

from tests.contracts.networks import _network, backed, network
from tests.contracts.suite import (
    START,
    Actors,
    Contract,
    Core,
    Suite,
    deploy_core,
    deploy_suite,
    initialise,
    mock,
)

__all__ = ["_network", "backed", "network"]


def pytest_configure(config: pytest.Config) -> None:
    """titanoboa warns of every clone, whose code is not that of its source."""
    config.addinivalue_line("filterwarnings", "ignore:casted bytecode does not match")


@pytest.fixture(scope="session")
def _clock() -> None:
    """A fixed clock: a failing test fails tomorrow too."""
    boa.env.timestamp = START


@pytest.fixture(autouse=True)
def _fresh_chain() -> Iterator[None]:
    """What a test does is undone; transient storage does not outlive a transaction."""
    with boa.env.anchor():
        boa.env.evm.vm.state.clear_transient_storage()
        yield


@pytest.fixture(scope="session")
def actors() -> Actors:
    return Actors()


@pytest.fixture(scope="session")
def _deployed(_clock: None, actors: Actors) -> Suite:
    return deploy_suite(actors)


@pytest.fixture
def suite(_deployed: Suite, _fresh_chain: None) -> Suite:
    """The whole sealed suite with one node."""
    return _deployed


@pytest.fixture
def core(_clock: None, _fresh_chain: None, actors: Actors) -> Core:
    """The factory as its constructor leaves it."""
    return deploy_core(actors)


@pytest.fixture
def unsealed(core: Core) -> Core:
    """The factory initialised and not yet sealed."""
    initialise(core)
    return core


@pytest.fixture
def owner(actors: Actors) -> str:
    return actors.owner


@pytest.fixture
def operator(actors: Actors) -> str:
    return actors.operator


@pytest.fixture
def node_address(actors: Actors) -> str:
    return actors.node_address


@pytest.fixture
def creator(actors: Actors) -> str:
    return actors.creator


@pytest.fixture
def staker(actors: Actors) -> str:
    return actors.staker


@pytest.fixture
def stranger(actors: Actors) -> str:
    return actors.stranger


@pytest.fixture
def box(suite: Suite) -> Contract:
    """A penalty contract that does as it is told; not on the whitelist yet."""
    return mock("penalty_box", suite.link.address)


@pytest.fixture
def listed(suite: Suite, box: Contract) -> Contract:
    """The box on the whitelist."""
    suite.whitelist(box.address)
    return box
