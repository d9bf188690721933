# SPDX-License-Identifier: MIT
"""The key-value data of logic: seven types, written by logic only (whitepaper 6.1.2)."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import Suite, actor, key
from tests.contracts.unit.pool_storage.support import ALICE, books

KINDS: dict[str, list[Any]] = {
    "Address": [ALICE, actor("somebody")],
    "Bool": [True],
    "Bytes32": [b"\xff" * 32, bytes(31) + b"\x01"],
    "Bytes": [b"\x01", bytes(range(256)) * 4],
    "Int": [-(2**255), -1, 2**255 - 1],
    "String": ["a", "x" * 1024],
    "Uint": [1, 2**256 - 1],
}
EMPTY: dict[str, Any] = {
    "Address": "0x" + "00" * 20,
    "Bool": False,
    "Bytes32": bytes(32),
    "Bytes": b"",
    "Int": 0,
    "String": "",
    "Uint": 0,
}
NAME = key("node.name")
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
def test_what_was_set_is_got_until_it_is_deleted(suite: Suite, logic: str, kind: str) -> None:
    get, set_, delete = (getattr(suite.store, f"{verb}{kind}") for verb in ("get", "set", "delete"))
    assert get(NAME) == EMPTY[kind]
    for value in KINDS[kind]:
        set_(NAME, value, sender=logic)
        assert get(NAME) == value
    delete(NAME, sender=logic)
    assert get(NAME) == EMPTY[kind]


@kinds
def test_only_logic_writes(suite: Suite, kind: str) -> None:
    who = suite.actors
    outsiders = [who.owner, who.operator, who.node_address, who.stranger, suite.factory.address]
    for outsider in (*outsiders, suite.store.address, suite.timelock.address):
        with boa.reverts("storage: only logic"):
            getattr(suite.store, f"set{kind}")(NAME, KINDS[kind][0], sender=outsider)
        with boa.reverts("storage: only logic"):
            getattr(suite.store, f"delete{kind}")(NAME, sender=outsider)


@kinds
def test_every_logic_contract_writes(suite: Suite, kind: str) -> None:
    for part in (suite.pool, suite.node, suite.node_factory, suite.staking):
        getattr(suite.store, f"set{kind}")(NAME, KINDS[kind][0], sender=part.address)
        getattr(suite.store, f"delete{kind}")(NAME, sender=part.address)


@kinds
def test_in_the_registry_logic_writes_nothing(suite: Suite, logic: str, kind: str) -> None:
    """Else any logic contract could name the next ones."""
    registry = suite.store_at(suite.factory.poolStorage())
    for writer in (logic, suite.pool.address, suite.actors.owner, suite.timelock.address):
        with boa.reverts("storage: only the factory"):
            getattr(registry, f"set{kind}")(NAME, KINDS[kind][0], sender=writer)
        with boa.reverts("storage: only the factory"):
            getattr(registry, f"delete{kind}")(NAME, sender=writer)


@kinds
def test_in_the_pools_data_logic_writes_and_the_factory_does_not(
    suite: Suite, logic: str, kind: str
) -> None:
    data = suite.store_at(suite.factory.poolData())
    getattr(data, f"set{kind}")(NAME, KINDS[kind][0], sender=logic)
    with boa.reverts("storage: only logic"):
        getattr(data, f"set{kind}")(NAME, KINDS[kind][0], sender=suite.factory.address)


def test_types_and_keys_do_not_touch_each_other(suite: Suite, logic: str) -> None:
    for kind, values in KINDS.items():
        getattr(suite.store, f"set{kind}")(NAME, values[0], sender=logic)
    for kind, values in KINDS.items():
        assert getattr(suite.store, f"get{kind}")(NAME) == values[0]
        assert getattr(suite.store, f"get{kind}")(key("node.other")) == EMPTY[kind]


def test_one_nodes_data_is_not_anothers(suite: Suite, logic: str) -> None:
    other = suite.create_node(actor("node 2"))
    suite.store.setUint(NAME, 7, sender=logic)
    assert other.getUint(NAME) == 0


@pytest.mark.parametrize("kind", ["Bytes", "String"])
def test_more_than_a_kibibyte_is_refused(suite: Suite, logic: str, kind: str) -> None:
    value = {"Bytes": b"\x01" * 1024, "String": "x" * 1024}[kind]
    data = getattr(suite.store, f"set{kind}").prepare_calldata(NAME, value)
    longer = data[:98] + (1025).to_bytes(2, "big") + data[100:] + b"x" * 32
    for payload, refused in ((data, False), (longer, True)):
        computation = boa.env.execute_code(
            to_address=suite.store.address, data=payload, sender=logic
        )
        assert computation.is_error is refused


def test_data_never_touches_the_ledger(suite: Suite, logic: str) -> None:
    suite.stake(ALICE, 10**19)
    before = books(suite.store)
    for number in range(64):
        slot = number.to_bytes(32, "big")
        suite.store.setUint(slot, 2**256 - 1, sender=logic)
        suite.store.setBytes32(slot, b"\xff" * 32, sender=logic)
    assert books(suite.store) == before
    assert suite.store.stakeOf(ALICE) == 10**19


def test_p4_logic_taken_out_of_the_registry_writes_no_more(suite: Suite, logic: str) -> None:
    suite.store.setUint(NAME, 7, sender=logic)
    data = suite.factory.setContract.prepare_calldata("Node", "0x" + "00" * 20, bytes(32))
    suite.by_timelock(suite.factory, data)
    with boa.reverts("storage: only logic"):
        suite.store.setUint(NAME, 8, sender=logic)
    assert suite.store.getUint(NAME) == 7
