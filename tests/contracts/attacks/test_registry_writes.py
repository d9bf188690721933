# SPDX-License-Identifier: MIT
"""Logic writes the registry, or key-value data that looks like a balance (P16)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import ALICE, hostile_logic, worth
from tests.contracts.suite import Contract, Suite, key, link, mock


@pytest.fixture
def rogue(staked: Suite) -> Contract:
    found = mock("logic_target")
    hostile_logic(staked, found)
    return found


@pytest.mark.parametrize("name", ["setAddress", "setBool", "setUint", "deleteAddress"])
def test_p16_logic_cannot_write_the_registry(staked: Suite, rogue: Contract, name: str) -> None:
    registry = staked.store_at(staked.factory.poolStorage())
    given = {"setAddress": (rogue.address,), "setBool": (True,), "setUint": (7,)}.get(name, ())
    data = getattr(registry, name).prepare_calldata(key("contract.Node"), *given)
    with boa.reverts("storage: only the factory"):
        rogue.act(registry.address, data)
    assert staked.factory.getContract("Node") == staked.node.address


def test_p16_key_value_data_is_no_ledger(staked: Suite, rogue: Contract) -> None:
    store = staked.store
    before = (worth(staked, ALICE), store.makersPercentage(), store.minimumPayment())
    for name in ("stake", "node.stake", "node.makersPercentage", "node.balance"):
        for account in (None, ALICE, rogue.address):
            data = store.setUint.prepare_calldata(key(name, account), link(10**6))
            rogue.act(store.address, data)
    assert before == (worth(staked, ALICE), store.makersPercentage(), store.minimumPayment())
    with boa.reverts("storage: nothing staked"):
        rogue.act(store.address, store.withdraw.prepare_calldata(1))


def test_p16_the_registry_takes_no_link(staked: Suite) -> None:
    registry = staked.store_at(staked.factory.poolStorage())
    staked.fund(ALICE, link(1))
    with boa.reverts():
        staked.link.transferAndCall(registry.address, link(1), b"", sender=ALICE)
    assert staked.link.balanceOf(registry.address) == 0
