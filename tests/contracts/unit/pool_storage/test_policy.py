# SPDX-License-Identifier: MIT
"""setPolicy() and setStakerAllowed(): who may stake, and how much; never a way out."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ALL, Contract, Suite, code_hash, link, logs, mock, travel
from tests.contracts.unit.pool_storage.support import ALICE, BOB, M90, ask, send

M87 = 2**87 - 1


def test_policy_is_written_and_read_as_a_whole(suite: Suite, logic: str) -> None:
    for policy in (
        (True, True, True, M90, M87),
        (False, False, False, 0, 0),
        (True, False, True, 1, 2),
        (False, True, False, link(5), link(1)),
    ):
        suite.store.setPolicy(policy, sender=logic)
        (event,) = logs(suite.store, "PolicyChanged")
        written = (event.enabled, event.isPrivate, event.askNode, event.limit, event.minimumStake)
        assert written == policy == tuple(suite.store.policy())
        assert suite.store.minimumPayment() == link("0.1")


@pytest.mark.parametrize(
    ("limit", "minimum", "reason"),
    [(M90 + 1, 0, "limit too large"), (0, M87 + 1, "minimum too large"), (ALL, ALL, "limit")],
)
def test_what_does_not_fit_is_refused_and_never_cut(
    suite: Suite, logic: str, limit: int, minimum: int, reason: str
) -> None:
    before = tuple(suite.store.policy())
    with boa.reverts(f"storage: {reason}" if " " in reason else "storage: limit too large"):
        suite.store.setPolicy((True, False, False, limit, minimum), sender=logic)
    assert tuple(suite.store.policy()) == before


def test_only_logic_writes_it(suite: Suite) -> None:
    who = suite.actors
    for outsider in (who.owner, who.operator, who.node_address, who.stranger, ALICE):
        with boa.reverts("storage: only logic"):
            suite.store.setPolicy((True, False, False, 1, 1), sender=outsider)
        with boa.reverts("storage: only logic"):
            suite.store.setStakerAllowed(outsider, True, sender=outsider)


def test_a_staker_is_allowed_and_taken_off(suite: Suite, logic: str) -> None:
    suite.store.setPolicy((True, True, False, M90, 0), sender=logic)
    for allowed in (True, False, True):
        suite.store.setStakerAllowed(ALICE, allowed, sender=logic)
        (event,) = logs(suite.store, "StakerAllowed")
        assert (event.staker, event.allowed) == (ALICE, allowed)
        assert suite.store.stakerAllowed(ALICE) is allowed
    assert not suite.store.stakerAllowed(BOB)
    send(suite, ALICE, link(1))


@pytest.mark.parametrize(
    "policy",
    [(False, False, False, 0, 0), (True, True, True, 0, M87), (False, True, False, 1, M87)],
)
def test_p2_no_policy_restricts_a_withdrawal(
    suite: Suite, logic: str, policy: tuple[bool, bool, bool, int, int]
) -> None:
    suite.stake(ALICE, link(10))
    travel(12)
    suite.store.setPolicy(policy, sender=logic)
    suite.store.setStakerAllowed(ALICE, False, sender=logic)
    assert suite.store.withdraw(link(9), sender=ALICE) == link(9)
    assert suite.store.withdraw(ALL, sender=ALICE) == link(1)


def test_a_limit_below_the_stake_refuses_stakes_and_income_is_still_credited(
    suite: Suite, logic: str
) -> None:
    suite.stake(ALICE, link(10))
    suite.store.setPolicy((True, False, False, link(5), 0), sender=logic)
    suite.fund(suite.store.address, link(4))
    suite.store.distribute()
    assert suite.store.totalStaked() == link(13)
    with boa.reverts("storage: over the stake limit"):
        suite.stake(ALICE, 1)


@pytest.fixture
def picky(suite: Suite, logic: str) -> Contract:
    """Asked before a stake; in Node's place."""
    node = mock("pool_storage_picky_node")
    data = suite.factory.setContract.prepare_calldata("Node", node.address, code_hash(node.address))
    suite.by_timelock(suite.factory, data)
    suite.store.setPolicy((True, False, True, M90, 0), sender=node.address)
    return node


def test_a_node_that_is_asked_can_refuse_a_stake(suite: Suite, picky: Contract) -> None:
    picky.refuse(ALICE)
    with boa.reverts("storage: refused by Node"):
        send(suite, ALICE, link(2))
    send(suite, BOB, link(2))
    assert suite.store.stakeOf(BOB) == link(2)


def test_a_node_that_is_asked_can_only_refuse(suite: Suite, picky: Contract) -> None:
    """A yes makes no refusal of PoolStorage's own good."""
    suite.store.setPolicy((True, True, True, M90, 0), sender=picky.address)
    with boa.reverts("storage: staker is not allowed"):
        send(suite, BOB, link(2))
    suite.store.setPolicy((False, False, True, M90, 0), sender=picky.address)
    with boa.reverts("storage: node is disabled"):
        send(suite, BOB, link(2))


def test_p2_a_node_that_reverts_when_asked_stops_stakes_and_nothing_else(
    suite: Suite, picky: Contract
) -> None:
    send(suite, ALICE, link(5))
    travel(12)
    picky.breakDown()
    with boa.reverts():
        send(suite, BOB, link(2))
    assert suite.store.withdraw(ALL, sender=ALICE) == link(5)
    ask(suite, BOB)
    suite.store.distribute()
