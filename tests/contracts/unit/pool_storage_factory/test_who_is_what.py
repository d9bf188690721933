# SPDX-License-Identifier: MIT
"""The role of every address of the suite: it has its own, and no other one with it."""

from __future__ import annotations

import boa
import pytest
from eth_utils.address import to_checksum_address

from tests.contracts.suite import (
    DELAY,
    GRACE,
    ZERO,
    Contract,
    Core,
    Suite,
    actor,
    code_hash,
    travel,
)


def _roles(suite: Core, account: str) -> tuple[bool, bool, bool, bool]:
    """Barred, logic, a node's PoolStorage, a node."""
    try:
        node = suite.factory.getStorageInstance(account) != ZERO
    except boa.BoaError:
        node = False
    factory = suite.factory
    return factory.isBarred(account), factory.isLogic(account), factory.isStorage(account), node


def test_each_address_has_its_own_role_only(suite: Suite, box: Contract) -> None:
    suite.whitelist(box.address)
    factory, who = suite.factory, suite.actors
    core = [ZERO, suite.link, suite.pool_owners, suite.timelock, factory]
    core += [factory.implementation(), factory.poolStorage(), factory.poolData()]
    for part in core:
        address = part if isinstance(part, str) else part.address
        assert _roles(suite, address) == (True, False, False, False)
    for logic in (suite.pool, suite.node, suite.node_factory, suite.staking):
        assert _roles(suite, logic.address) == (True, True, False, False)
    assert _roles(suite, suite.store.address) == (True, False, True, False)
    assert _roles(suite, who.node_address) == (True, False, False, True)
    assert _roles(suite, box.address) == (True, False, False, False)
    for person in (who.owner, who.deployer, who.operator, who.staker, who.stranger):
        assert _roles(suite, person) == (False, False, False, False)


def test_a_destination_that_is_removed_stays_barred_and_may_come_back(
    suite: Suite, box: Contract
) -> None:
    """It may hold LINK of stakers: it is never a staker or a consumer again."""
    suite.whitelist(box.address)
    suite.factory.removeDestination(box.address, sender=suite.actors.owner)
    assert _roles(suite, box.address) == (True, False, False, False)
    suite.whitelist(box.address)
    assert suite.factory.isDestination(box.address)


def test_logic_taken_out_has_no_role_left(suite: Suite) -> None:
    suite.by_timelock(
        suite.factory, suite.factory.setContract.prepare_calldata("Node", ZERO, bytes(32))
    )
    assert _roles(suite, suite.node.address) == (False, False, False, False)


@pytest.mark.parametrize("number", [1, 2**159, 2**160 - 1])
def test_a_node_is_found_whatever_its_address(suite: Suite, number: int) -> None:
    node = to_checksum_address(f"0x{number:040x}")
    store = suite.create_node(node)
    assert suite.factory.getStorageInstance(node) == store.address
    assert _roles(suite, node) == (True, False, False, True)
    assert _roles(suite, store.address) == (True, False, True, False)


def test_code_of_any_length_that_is_no_delegation_may_serve(unsealed: Core) -> None:
    """23 bytes are a delegation only with its mark before them (EIP-7702)."""
    deployer = unsealed.actors.deployer
    for code in (b"\x00", b"\x00" * 2, b"\x00" * 23, b"\xef\x01\x01" + b"\x00" * 20):
        place = actor(code.hex())
        boa.env.set_code(place, code)
        unsealed.factory.setContract(code.hex()[:32], place, code_hash(place), sender=deployer)
        assert unsealed.factory.isLogic(place)


def test_code_of_a_hundred_and_twenty_eight_bytes_may_be_a_destination(
    suite: Suite, box: Contract
) -> None:
    """One byte less can only forward; what it answers is looked at after that."""
    place = actor("short code")
    for size, reason in ((127, "factory: proxy"), (128, "factory: not for this LINK")):
        boa.env.set_code(place, b"\x00" * size)
        with boa.reverts(reason):
            suite.factory.announceDestination(place, sender=suite.actors.owner)


def test_a_destination_is_shown_with_its_times_while_it_waits_only(
    suite: Suite, box: Contract
) -> None:
    """And no penalty leaves for an address that nobody has ever seen, which has no code at all."""
    factory, owner = suite.factory, suite.actors.owner
    unseen, hash_ = actor("never seen"), code_hash(box.address)
    assert tuple(factory.destination(unseen)) == (unseen, 0, bytes(32), 0, 0)
    assert not factory.isDestination(unseen)
    factory.announceDestination(box.address, sender=owner)
    ready = boa.env.timestamp + DELAY
    waiting = (box.address, 1, hash_, ready, ready + GRACE)
    assert tuple(factory.destination(box.address)) == waiting
    assert tuple(factory.destinationAt(0)) == waiting
    travel(DELAY)
    factory.activateDestination(box.address)
    assert tuple(factory.destination(box.address)) == (box.address, 2, hash_, 0, 0)
    factory.removeDestination(box.address, sender=owner)
    assert tuple(factory.destination(box.address)) == (box.address, 0, bytes(32), 0, 0)
    with boa.reverts("factory: index out of range"):
        factory.destinationAt(1)
