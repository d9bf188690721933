# SPDX-License-Identifier: MIT
"""An oracle that is no PoolStorage; the network itself is `tests.contracts.networks`'s."""

from __future__ import annotations

import pytest

from tests.contracts.suite import Contract, mock
from tests.contracts.unit.chainlink.support import Network


@pytest.fixture
def hostile(network: Network) -> Contract:
    return mock("hostile_oracle", network.link.address)
