# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa
import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from tests.contracts.suite import (
    LOSS_CAP,
    PENALTY_LIFE,
    ZERO,
    Contract,
    Core,
    Suite,
    actor,
    contract,
    deploy_core,
    initialise,
    key,
    link,
    word,
)


def _implementation(core: Core) -> str:
    code = contract("PoolStorage").deploy(core.factory.address, LOSS_CAP, PENALTY_LIFE)
    return str(code.address)


def test_the_factory_knows_the_constants_of_the_suite(core: Core) -> None:
    factory = core.factory
    assert factory.link() == core.link.address
    assert factory.poolOwners() == core.pool_owners.address
    assert factory.timelock() == core.timelock.address
    assert factory.owner() == core.actors.owner
    assert factory.delay() == core.timelock.delay()
    assert (factory.implementation(), factory.poolStorage(), factory.poolData()) == (ZERO,) * 3
    assert not factory.isSealed()


def test_a_factory_needs_real_neighbours(core: Core, stranger: str) -> None:
    makes = contract("PoolStorageFactory")
    with boa.reverts("factory: no LINK"):
        makes.deploy(stranger, core.pool_owners.address, core.timelock.address)
    with boa.reverts("factory: no PoolOwners"):
        makes.deploy(core.link.address, stranger, core.timelock.address)


def test_initialising_makes_two_instances_without_a_node(core: Core) -> None:
    initialise(core)
    registry, data = core.factory.poolStorage(), core.factory.poolData()
    assert registry != data
    for instance in (registry, data):
        assert core.store_at(instance).nodeAddress() == ZERO
        assert core.store_at(instance).factory() == core.factory.address
    assert core.factory.storageCount() == 0


def test_only_the_deployer_initialises_and_once(core: Core, stranger: str) -> None:
    code = _implementation(core)
    for outsider in (stranger, core.actors.owner):
        with boa.reverts("factory: caller is not deployer"):
            core.factory.initialise(code, sender=outsider)
    core.factory.initialise(code, sender=core.actors.deployer)
    with boa.reverts("factory: already initialised"):
        core.factory.initialise(_implementation(core), sender=core.actors.deployer)


def test_the_code_must_be_made_for_this_factory(core: Core) -> None:
    other = deploy_core(core.actors)
    with boa.reverts("factory: another factory's code"):
        core.factory.initialise(_implementation(other), sender=core.actors.deployer)


def test_the_code_cannot_be_a_part_of_the_suite_already(core: Core) -> None:
    with boa.reverts("factory: address is taken"):
        core.factory.initialise(core.link.address, sender=core.actors.deployer)


def test_nobody_initialises_the_clones_or_the_code_again(suite: Suite, stranger: str) -> None:
    """A clone taken over by a stranger would be a PoolStorage in a stranger's hands."""
    factory = suite.factory
    terms = (stranger, stranger, stranger, False, 1, 1, 1, 1, 1, 1)
    for instance in (factory.poolStorage(), factory.poolData(), factory.implementation()):
        with boa.reverts("storage: only the factory"):
            suite.store_at(instance).initialise(terms, sender=stranger)


def test_p16_the_registry_is_written_by_the_factory_only(suite: Suite, owner: str) -> None:
    """A logic contract that could write there would make itself any other contract."""
    registry = suite.store_at(suite.factory.poolStorage())
    slot = key("contract.Node")
    for outsider in (
        suite.node.address,
        suite.pool.address,
        suite.timelock.address,
        suite.actors.deployer,
        owner,
    ):
        with boa.reverts("storage: only the factory"):
            registry.setAddress(slot, outsider, sender=outsider)
        with boa.reverts("storage: only the factory"):
            registry.deleteAddress(slot, sender=outsider)
    assert registry.getAddress(slot) == suite.node.address


def test_p16_the_pools_own_data_is_written_by_logic_only(suite: Suite, stranger: str) -> None:
    data = suite.store_at(suite.factory.poolData())
    data.setUint(key("anything"), 7, sender=suite.pool.address)
    assert data.getUint(key("anything")) == 7
    with boa.reverts("storage: only logic"):
        data.setUint(key("anything"), 8, sender=stranger)


@pytest.mark.parametrize("instance", ["poolStorage", "poolData"])
def test_p16_the_instances_without_a_node_take_no_stake_request_or_penalty(
    suite: Suite, box: Contract, instance: str
) -> None:
    store = suite.store_at(getattr(suite.factory, instance)())
    staker = suite.actors.staker
    suite.whitelist(box.address)
    suite.fund(staker, link(10))
    stake_for = keccak(text="stakeFor(address)")[:4] + bytes(12) + bytes.fromhex(staker[2:])
    for payload in (b"", stake_for, _request()):
        with boa.reverts("storage: node is disabled"):
            suite.link.transferAndCall(store.address, link(1), payload, sender=staker)
    with boa.reverts("storage: no node here"):
        store.sendPenalty(box.address, 1, word(1), sender=suite.node.address)
    with boa.reverts("storage: no node here"):
        store.setPolicy((True, False, False, link(10), 1), sender=suite.node.address)
    assert suite.link.balanceOf(staker) == link(10)


def _request() -> bytes:
    """A Chainlink oracleRequest as LINK carries it."""
    types = ("address", "uint256", "bytes32", "address", "bytes4", "uint256", "uint256", "bytes")
    values = (ZERO, 0, word(1), actor("staker"), b"\1\2\3\4", 1, 1, b"")
    return keccak(text=f"oracleRequest({','.join(types)})")[:4] + encode(types, values)


@pytest.mark.parametrize("instance", ["poolStorage", "poolData"])
def test_link_sent_to_an_instance_without_a_node_is_the_owners(suite: Suite, instance: str) -> None:
    """By plain transfer, by mistake: it is income without a staker."""
    store = suite.store_at(getattr(suite.factory, instance)())
    suite.fund(store.address, link(3))
    store.distribute(sender=suite.actors.stranger)
    assert suite.link.balanceOf(suite.pool_owners.address) == link(3)
