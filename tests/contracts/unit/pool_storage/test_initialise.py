# SPDX-License-Identifier: MIT
"""initialise(): once, by the factory, in the transaction that makes a clone."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import DELAY, LOSS_CAP, ZERO, Core, Suite, actor, contract, link
from tests.contracts.unit.pool_storage.support import M90, Books, books

NODE, OPERATOR = actor("a node"), actor("an operator")
TERMS: dict[str, Any] = {
    "nodeAddress": NODE,
    "operator": OPERATOR,
    "operationsWallet": actor("a wallet"),
    "isPrivate": True,
    "limit": link(20_000),
    "minimumStake": link(2),
    "minimumPayment": link("0.3"),
    "operationalCost": link("0.2"),
    "costCeiling": 700_000,
    "makersPercentage": 123_456,
}


def _create(suite: Suite, **changes: Any) -> Any:
    """A storage through the factory, asked for by NodeFactory."""
    terms = tuple((TERMS | changes).values())
    address = suite.factory.createStorage(terms, sender=suite.node_factory.address)
    return suite.store_at(address)


def test_a_clone_starts_with_its_terms(suite: Suite) -> None:
    store = _create(suite)
    assert store.nodeAddress() == NODE
    assert store.operator() == OPERATOR
    assert store.operationsWallet() == actor("a wallet")
    assert tuple(store.policy()) == (True, True, False, link(20_000), link(2))
    assert (store.minimumPayment(), store.operationalCost()) == (link("0.3"), link("0.2"))
    assert (store.costCeiling(), store.makersPercentage()) == (700_000, 123_456)
    assert store.factory() == suite.factory.address
    assert store.proposedOperator() == ZERO


def test_its_books_are_empty(suite: Suite) -> None:
    assert books(_create(suite)) == Books(
        staked=0,
        shares=0,
        stakers=0,
        at_risk=0,
        stakers_at_risk=0,
        claims=0,
        escrow=0,
        owners=0,
        pledged=0,
        operations=0,
        pending=0,
    )


def test_nobody_initialises_twice(suite: Suite) -> None:
    terms = tuple(TERMS.values())
    for store in (suite.store, suite.store_at(suite.factory.implementation())):
        with boa.reverts("storage: already initialised"):
            store.initialise(terms, sender=suite.factory.address)


def test_nobody_but_the_factory_initialises(suite: Suite) -> None:
    who = suite.actors
    for outsider in (who.owner, who.deployer, who.operator, who.stranger, suite.node.address):
        for store in (suite.store, suite.store_at(suite.factory.poolData())):
            with boa.reverts("storage: only the factory"):
                store.initialise(tuple(TERMS.values()), sender=outsider)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"operationsWallet": ZERO}, "not a wallet"),
        ({"limit": M90 + 1}, "limit too large"),
        ({"minimumStake": 2**87}, "minimum too large"),
        ({"minimumPayment": 2**76}, "price too large"),
        ({"operationalCost": 2**76}, "price too large"),
        ({"costCeiling": 1_000_001}, "ceiling over 100 %"),
        ({"makersPercentage": 500_001}, "makers over limit"),
    ],
)
def test_terms_beyond_their_limits_are_refused(
    suite: Suite, changes: dict[str, Any], reason: str
) -> None:
    with boa.reverts(f"storage: {reason}"):
        _create(suite, **changes)


def test_the_widest_terms_fit_without_touching_each_other(suite: Suite) -> None:
    store = _create(
        suite,
        limit=M90,
        minimumStake=2**87 - 1,
        minimumPayment=2**76 - 1,
        operationalCost=2**76 - 1,
        costCeiling=1_000_000,
        makersPercentage=500_000,
    )
    assert tuple(store.policy()) == (True, True, False, M90, 2**87 - 1)
    assert store.minimumPayment() == store.operationalCost() == 2**76 - 1
    assert (store.costCeiling(), store.makersPercentage()) == (1_000_000, 500_000)
    assert (store.nodeAddress(), store.escrowed(), store.operationsDue()) == (NODE, 0, 0)


def test_p4_the_code_is_not_deployed_with_a_penalty_life_of_the_delay(core: Core) -> None:
    code = contract("PoolStorage")
    for loss_cap, life in ((LOSS_CAP, DELAY), (LOSS_CAP, 0), (1_000_001, DELAY - 1)):
        with boa.reverts():
            code.deploy(core.factory.address, loss_cap, life)
    assert code.deploy(core.factory.address, 1_000_000, DELAY - 1).factory() == core.factory.address


def test_p16_the_world_of_a_storage_is_immutable(suite: Suite, logic: str) -> None:
    """No function of its interface takes LINK, the factory, PoolOwners or the timelock."""
    for name in ("setLink", "setFactory", "setPoolOwners", "setTimelock", "setToken"):
        assert not hasattr(suite.store, name)
    code = boa.env.get_code(suite.factory.implementation())
    world = (suite.link, suite.factory, suite.pool_owners, suite.timelock)
    assert all(bytes.fromhex(part.address[2:]) in code for part in world)
