# SPDX-License-Identifier: MIT
"""release(): a staker's own withdrawal asked for through logic; and switching it off."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ALL, Suite, link, logs, travel
from tests.contracts.unit.pool_storage.support import ALICE, stake_and_wait


@pytest.mark.parametrize("name", ["pool", "node_factory", "node", "staking"])
def test_p1_logic_pays_the_staker_and_nobody_else(suite: Suite, name: str) -> None:
    stake_and_wait(suite, ALICE, link(10))
    logic = getattr(suite, name).address
    assert suite.store.release(ALICE, link(4), sender=logic) == link(4)
    assert suite.link.balanceOf(ALICE) == link(4)
    assert suite.link.balanceOf(logic) == 0
    (event,) = logs(suite.store, "Withdrawal")
    assert (event.staker, event.amount) == (ALICE, link(4))


def test_only_logic_releases(suite: Suite) -> None:
    stake_and_wait(suite, ALICE, link(10))
    who = suite.actors
    for outsider in (ALICE, who.owner, who.operator, who.node_address, who.stranger):
        with boa.reverts("storage: only logic"):
            suite.store.release(ALICE, link(1), sender=outsider)
    for outsider in (suite.factory, suite.timelock, suite.pool_owners, suite.link, suite.store):
        with boa.reverts("storage: only logic"):
            suite.store.release(ALICE, link(1), sender=outsider.address)


def test_logic_that_was_replaced_releases_no_more(suite: Suite) -> None:
    stake_and_wait(suite, ALICE, link(10))
    data = suite.factory.setContract.prepare_calldata("Node", "0x" + "00" * 20, bytes(32))
    suite.by_timelock(suite.factory, data)
    with boa.reverts("storage: only logic"):
        suite.store.release(ALICE, link(1), sender=suite.node.address)


def test_a_staker_switches_it_off_and_on(suite: Suite, logic: str) -> None:
    stake_and_wait(suite, ALICE, link(10))
    suite.store.setReleaseAllowed(False, sender=ALICE)
    (event,) = logs(suite.store, "ReleaseAllowed")
    assert (event.staker, event.allowed) == (ALICE, False)
    with boa.reverts("storage: release switched off"):
        suite.store.release(ALICE, link(1), sender=logic)
    with boa.reverts("storage: release switched off"):
        suite.node.withdrawStake(suite.actors.node_address, link(1), sender=ALICE)
    assert suite.store.withdraw(link(1), sender=ALICE) == link(1)
    suite.store.setReleaseAllowed(True, sender=ALICE)
    assert suite.store.release(ALICE, ALL, sender=logic) == link(9)


def test_one_stakers_switch_is_not_anothers(suite: Suite, logic: str, stranger: str) -> None:
    stake_and_wait(suite, ALICE, link(10))
    suite.store.setReleaseAllowed(False, sender=stranger)
    assert suite.store.release(ALICE, link(1), sender=logic) == link(1)


def test_a_release_keeps_the_rules_of_a_withdrawal(suite: Suite, logic: str) -> None:
    suite.stake(ALICE, link(10))
    with boa.reverts("storage: credited in this block"):
        suite.store.release(ALICE, ALL, sender=logic)
    travel(12)
    with boa.reverts("storage: exceeds withdrawable"):
        suite.store.release(ALICE, link(10) + 1, sender=logic)
    with boa.reverts("storage: zero withdrawal"):
        suite.store.release(ALICE, 0, sender=logic)
    with boa.reverts("storage: nothing staked"):
        suite.store.release(logic, 1, sender=logic)


def test_the_pools_own_instances_obey_no_logic(suite: Suite, logic: str) -> None:
    for address in (suite.factory.poolStorage(), suite.factory.poolData()):
        with boa.reverts("storage: no node here"):
            suite.store_at(address).release(ALICE, 1, sender=logic)
