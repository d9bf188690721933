# SPDX-License-Identifier: MIT
"""The ChainLink network, deployed once a session; after each test its books must balance."""

from __future__ import annotations

from collections.abc import Iterator

import boa
import pytest

from tests.contracts.suite import Actors
from tests.contracts.unit.chainlink.support import OPEN, Network, deploy_network

NODES = 4


@pytest.fixture(scope="session")
def _network(_clock: None, actors: Actors) -> Network:
    """Other tests' clock does not move: the wait for the whitelist is undone."""
    time, block = boa.env.timestamp, boa.env.evm.patch.block_number
    found = deploy_network(actors, NODES)
    boa.env.timestamp, boa.env.evm.patch.block_number = time, block
    return found


@pytest.fixture
def network(_network: Network, _fresh_chain: None) -> Iterator[Network]:
    """The network with nodes that have staked LINK and no collateral yet."""
    boa.env.timestamp, boa.env.evm.patch.block_number = _network.ready
    yield _network
    solvent(_network)


@pytest.fixture
def backed(network: Network) -> Network:
    """All nodes have a deposit under reference 1."""
    for index in range(NODES):
        network.deposit(index)
    return network


def solvent(network: Network) -> None:
    """Who holds LINK for others holds all of it, to the juel."""
    owed = 0
    for id in range(1, network.agreements.agreementCount() + 1):
        agreement = network.agreements.agreement(id)
        if agreement.state == OPEN:
            owed += agreement.oracles * agreement.payment
    assert network.balance(network.agreements) >= owed
    deposits = [network.collateral(index) for index in range(len(network.stores))]
    assert all(deposit.reserved <= deposit.balance for deposit in deposits)
    assert network.balance(network.penalties) >= sum(deposit.balance for deposit in deposits)
