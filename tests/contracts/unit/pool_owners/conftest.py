# SPDX-License-Identifier: MIT
from __future__ import annotations

import pytest
from boa.util.abi import Address

from tests.contracts.unit.pool_owners.support import World, account, make_world, share_out, units

ALICE, BOB = account(1), account(2)


@pytest.fixture
def world(_clock: None) -> World:
    """Nothing sold yet."""
    return make_world()


@pytest.fixture
def sold(world: World) -> World:
    """The sale is over: Alice holds 1500, Bob 1000, the rest receiver 1500."""
    share_out(world, [(ALICE, units(1500)), (BOB, units(1000))])
    return world


@pytest.fixture
def alice() -> Address:
    return ALICE


@pytest.fixture
def bob() -> Address:
    return BOB


@pytest.fixture
def stranger() -> Address:
    return account(77)
