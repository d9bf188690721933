# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa
import pytest

from tests.contracts.unit.pool_owners.support import World, account, make_world, share_out, units

ALICE, BOB = account(1), account(2)


@pytest.fixture(autouse=True)
def _no_transient_leftovers() -> None:
    """Transient storage does not outlive a transaction. (boa itself undoes fixtures and tests.)"""
    boa.env.evm.vm.state.clear_transient_storage()


@pytest.fixture
def world() -> World:
    """Nothing sold yet."""
    return make_world()


@pytest.fixture
def sold(world: World) -> World:
    """The sale is over: Alice holds 1500, Bob 1000, the rest receiver 1500."""
    share_out(world, [(ALICE, units(1500)), (BOB, units(1000))])
    return world


@pytest.fixture
def alice() -> str:
    return ALICE


@pytest.fixture
def bob() -> str:
    return BOB


@pytest.fixture
def stranger() -> str:
    return account(77)
