# SPDX-License-Identifier: MIT
from __future__ import annotations

import pytest

from tests.contracts.suite import DELAY, Actors, Contract, contract, mock


@pytest.fixture
def timelock(_fresh_chain: None, _clock: None, actors: Actors) -> Contract:
    return contract("Timelock").deploy(actors.owner, DELAY, sender=actors.deployer)


@pytest.fixture
def target(_fresh_chain: None, _clock: None) -> Contract:
    """Something to call."""
    return mock("logic_target")


@pytest.fixture
def poke(target: Contract) -> bytes:
    """The call poke(7)."""
    return bytes(target.poke.prepare_calldata(7))
