# SPDX-License-Identifier: MIT
from __future__ import annotations

import boa
import pytest
from eth_utils.crypto import keccak

from tests.contracts.suite import (
    DELAY,
    GRACE,
    ZERO,
    Contract,
    Core,
    Suite,
    code_hash,
    contract,
    key,
    logs,
    mock,
    travel,
    word,
)


@pytest.fixture
def successor(suite: Suite) -> Contract:
    """A Node to come after the one in use."""
    return contract("Node").deploy(suite.factory.address)


def _call(suite: Suite, name: str, new: str) -> bytes:
    return bytes(suite.factory.setContract.prepare_calldata(name, new, code_hash(new)))


def test_a_contract_in_place_is_found_by_name_and_is_logic(suite: Suite) -> None:
    registry = suite.store_at(suite.factory.poolStorage())
    address = suite.node.address
    assert suite.factory.getContract("Node") == address
    assert registry.getAddress(key("contract.Node")) == address
    assert registry.getBool(_logic_key(address))
    assert suite.factory.isLogic(address)
    assert suite.factory.isBarred(address)
    assert suite.factory.getContract("Nothing") == ZERO


def _logic_key(address: str) -> bytes:
    return keccak(b"logic." + bytes.fromhex(address[2:]))


def test_p4_a_contract_is_replaced_through_the_timelock_for_every_node(
    suite: Suite, successor: Contract
) -> None:
    old = suite.node.address
    suite.by_timelock(suite.factory, _call(suite, "Node", successor.address))
    (event,) = logs(suite.timelock, "ContractChanged")
    assert (event.name, event.old, event.new) == ("Node", old, successor.address)
    assert suite.factory.getContract("Node") == successor.address
    assert suite.factory.isLogic(successor.address)
    assert not suite.store_at(suite.factory.poolStorage()).getBool(_logic_key(old))


def test_p4_the_old_contract_is_powerless_at_once(suite: Suite, successor: Contract) -> None:
    suite.by_timelock(suite.factory, _call(suite, "Node", successor.address))
    assert not suite.factory.isLogic(suite.node.address)
    node_address, owner = suite.actors.node_address, suite.actors.owner
    with boa.reverts("storage: only logic"):
        suite.node.setEnabled(node_address, False, sender=owner)
    successor.setEnabled(node_address, False, sender=owner)
    assert not suite.store.policy().enabled


def test_p4_nobody_but_the_timelock_writes_the_registry(
    suite: Suite, successor: Contract, owner: str, stranger: str
) -> None:
    for outsider in (owner, stranger, suite.actors.deployer, suite.node.address):
        with boa.reverts("factory: caller is not timelock"):
            suite.factory.setContract(
                "Node", successor.address, code_hash(successor.address), sender=outsider
            )


def test_p4_an_upgrade_announced_before_the_owner_renounced_is_not_executed(
    suite: Suite, successor: Contract, owner: str
) -> None:
    data = _call(suite, "Node", successor.address)
    suite.timelock.announce(suite.factory.address, data, word(0), sender=owner)
    travel(DELAY)
    suite.timelock.renounce_ownership(sender=owner)
    with boa.reverts("timelock: no owner"):
        suite.timelock.execute(suite.factory.address, data, word(0))
    assert suite.factory.getContract("Node") == suite.node.address


def test_p4_an_upgrade_announced_and_kept_lapses(
    suite: Suite, successor: Contract, owner: str
) -> None:
    data = _call(suite, "Node", successor.address)
    suite.timelock.announce(suite.factory.address, data, word(0), sender=owner)
    travel(DELAY + GRACE + 1)
    with boa.reverts("timelock: lapsed"):
        suite.timelock.execute(suite.factory.address, data, word(0))


def test_a_kind_of_contract_unknown_today_can_be_added(suite: Suite) -> None:
    """Whitepaper 6.4.2 and 6.1.2.1: a new name needs no new factory."""
    auction = mock("logic_target")
    suite.by_timelock(suite.factory, _call(suite, "NodeAuction", auction.address))
    assert suite.factory.getContract("NodeAuction") == auction.address
    write = suite.store.setUint.prepare_calldata(key("auction.price"), 7)
    auction.act(suite.store.address, write)
    assert suite.store.getUint(key("auction.price")) == 7


def test_a_name_can_be_emptied_and_filled_again(suite: Suite) -> None:
    suite.by_timelock(suite.factory, _call(suite, "NodeStaking", ZERO))
    assert suite.factory.getContract("NodeStaking") == ZERO
    assert not suite.factory.isLogic(suite.staking.address)
    suite.by_timelock(suite.factory, _call(suite, "NodeStaking", suite.staking.address))
    assert suite.factory.isLogic(suite.staking.address)


# ---- What cannot be put in place; the deployer asks, with the same rules as the timelock ----


def _refused(core: Core, name: str, new: str, reason: str) -> None:
    with boa.reverts(reason):
        core.factory.setContract(name, new, code_hash(new), sender=core.actors.deployer)


def test_only_the_deployer_writes_the_registry_before_the_seal(
    unsealed: Core, owner: str, stranger: str
) -> None:
    new = mock("logic_target").address
    for outsider in (owner, stranger, unsealed.timelock.address):
        with boa.reverts("factory: caller is not deployer"):
            unsealed.factory.setContract("Node", new, code_hash(new), sender=outsider)


def test_there_is_no_registry_before_it_is_initialised(core: Core) -> None:
    _refused(core, "Node", mock("logic_target").address, "factory: not initialised")


def test_a_name_is_not_empty(unsealed: Core) -> None:
    _refused(unsealed, "", mock("logic_target").address, "factory: empty name")


def test_an_address_serves_under_one_name_only(unsealed: Core) -> None:
    """Else taking it out under one name would leave it powerless under the other."""
    new = mock("logic_target").address
    unsealed.factory.setContract("Node", new, code_hash(new), sender=unsealed.actors.deployer)
    _refused(unsealed, "NodeStaking", new, "factory: address is taken")
    _refused(unsealed, "Node", new, "factory: same contract")


def test_removing_what_is_not_there_is_refused(unsealed: Core) -> None:
    _refused(unsealed, "Node", ZERO, "factory: same contract")


@pytest.mark.parametrize("name", ["node", "Node ", " Node", "Node\0", "Nodé", "x" * 32])
def test_a_name_that_looks_like_another_is_another(unsealed: Core, name: str) -> None:
    new = mock("logic_target").address
    unsealed.factory.setContract(name, new, code_hash(new), sender=unsealed.actors.deployer)
    assert unsealed.factory.getContract(name) == new
    assert unsealed.factory.getContract("Node") == ZERO


def test_an_account_without_code_is_no_contract(unsealed: Core, stranger: str) -> None:
    _refused(unsealed, "Node", stranger, "factory: no code")


def test_an_account_with_delegated_code_is_no_contract(unsealed: Core, stranger: str) -> None:
    """EIP-7702: its key could change what it does at any time."""
    code = bytes.fromhex("ef0100") + bytes.fromhex(mock("logic_target").address[2:])
    boa.env.set_code(stranger, code)
    _refused(unsealed, "Node", stranger, "factory: delegated account")


def test_no_part_of_the_suite_becomes_logic(suite: Suite, box: Contract) -> None:
    suite.whitelist(box.address)
    taken = {
        "LINK": suite.link.address,
        "PoolOwners": suite.pool_owners.address,
        "timelock": suite.timelock.address,
        "factory": suite.factory.address,
        "implementation": suite.factory.implementation(),
        "registry": suite.factory.poolStorage(),
        "pool data": suite.factory.poolData(),
        "a PoolStorage": suite.store.address,
        "a node": suite.actors.node_address,
        "a destination": box.address,
    }
    for who, address in taken.items():
        with boa.reverts("factory: address is taken"):
            suite.factory.setContract(
                who, address, code_hash(address), sender=suite.timelock.address
            )


@pytest.mark.parametrize("other", [bytes(32), keccak(b""), keccak(b"another contract")])
def test_p4_a_contract_whose_code_is_not_what_was_announced_is_refused(
    suite: Suite, successor: Contract, other: bytes
) -> None:
    data = suite.factory.setContract.prepare_calldata("Node", successor.address, other)
    with boa.reverts("factory: other code"):
        suite.by_timelock(suite.factory, data)
    assert suite.factory.getContract("Node") == suite.node.address
    assert suite.factory.isLogic(suite.node.address)


def test_an_empty_name_has_no_code(suite: Suite) -> None:
    """One way only to say that a contract is taken out."""
    data = suite.factory.setContract.prepare_calldata("Node", ZERO, keccak(b""))
    with boa.reverts("factory: other code"):
        suite.by_timelock(suite.factory, data)
    assert suite.factory.isLogic(suite.node.address)
