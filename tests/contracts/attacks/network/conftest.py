# SPDX-License-Identifier: MIT
"""The network with honest nodes, each with a staker; and the books after each attack."""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest

from tests.contracts.suite import Actors
from tests.contracts.unit.chainlink.support import OPEN, Network, deploy_network

NODES = 4


@pytest.fixture(scope="session")
def _arena(_clock: None, actors: Actors) -> Network:
    """Other tests' clock does not move: the wait for the whitelist is undone."""
    time, block = boa.env.timestamp, boa.env.evm.patch.block_number
    found = deploy_network(actors, NODES)
    boa.env.timestamp, boa.env.evm.patch.block_number = time, block
    return found


@pytest.fixture
def network(_arena: Network, _fresh_chain: None) -> Iterator[Network]:
    """Nodes that have staked LINK and no collateral yet; nothing is missing at the end."""
    boa.env.timestamp, boa.env.evm.patch.block_number = _arena.ready
    yield _arena
    owed = 0
    for id in range(1, _arena.agreements.agreementCount() + 1):
        agreement = _arena.agreements.agreement(id)
        if agreement.state == OPEN:
            owed += agreement.oracles * agreement.payment
    assert _arena.balance(_arena.agreements) >= owed
    deposits = [_arena.collateral(index) for index in range(NODES)]
    assert all(deposit.reserved <= deposit.balance for deposit in deposits)
    assert _arena.balance(_arena.penalties) >= sum(deposit.balance for deposit in deposits)


@pytest.fixture
def backed(network: Network) -> Network:
    """All nodes have a deposit under reference 1."""
    for index in range(NODES):
        network.deposit(index)
    return network
