# SPDX-License-Identifier: MIT
"""Announcements kept for years, to be used when nobody looks any more (P4)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DAY, DELAY, GRACE, Contract, Suite, code_hash, mock, travel

YEARS = 3 * 365 * DAY


@pytest.mark.parametrize("late", [GRACE + 1, YEARS])
def test_p4_a_higher_percentage_lapses(suite: Suite, late: int) -> None:
    node, owner = suite.actors.node_address, suite.actors.owner
    suite.node.setMakersPercentage(node, 500_000, sender=owner)
    travel(DELAY + late)
    with boa.reverts("storage: nothing to activate"):
        suite.store.activateTerm(0)
    assert suite.store.makersPercentage() == 250_000


@pytest.mark.parametrize("late", [GRACE + 1, YEARS])
def test_p4_another_wallet_lapses(suite: Suite, late: int) -> None:
    node, owner = suite.actors.node_address, suite.actors.owner
    suite.node.setOperationsWallet(node, suite.actors.stranger, sender=owner)
    travel(DELAY + late)
    with boa.reverts("storage: nothing to activate"):
        suite.store.activateTerm(2)


@pytest.mark.parametrize("late", [GRACE + 1, YEARS])
def test_p4_a_destination_lapses(suite: Suite, box: Contract, late: int) -> None:
    suite.factory.announceDestination(box.address, sender=suite.actors.owner)
    travel(DELAY + late)
    with boa.reverts("factory: announcement lapsed"):
        suite.factory.activateDestination(box.address)


@pytest.mark.parametrize("late", [GRACE + 1, YEARS])
def test_p4_new_logic_lapses(suite: Suite, late: int) -> None:
    rogue = mock("logic_target")
    data = suite.factory.setContract.prepare_calldata(
        "Node", rogue.address, code_hash(rogue.address)
    )
    suite.timelock.announce(suite.factory.address, data, bytes(32), sender=suite.actors.owner)
    travel(DELAY + late)
    with boa.reverts("timelock: lapsed"):
        suite.timelock.execute(suite.factory.address, data, bytes(32))


def test_p4_an_announcement_waits_anew_when_it_is_changed(suite: Suite) -> None:
    """Announce 26 % early, swap it for 50 % on the last day: not without another delay."""
    node, owner = suite.actors.node_address, suite.actors.owner
    suite.node.setMakersPercentage(node, 260_000, sender=owner)
    travel(DELAY - 1)
    suite.node.setMakersPercentage(node, 500_000, sender=owner)
    travel(2)
    with boa.reverts("storage: not ready"):
        suite.store.activateTerm(0)


def test_p4_nothing_pending_works_without_an_owner(suite: Suite, box: Contract) -> None:
    node, owner = suite.actors.node_address, suite.actors.owner
    suite.node.setMakersPercentage(node, 500_000, sender=owner)
    suite.factory.announceDestination(box.address, sender=owner)
    travel(DELAY)
    suite.timelock.renounce_ownership(sender=owner)
    with boa.reverts("storage: owner renounced"):
        suite.store.activateTerm(0)
    with boa.reverts("factory: no owner"):
        suite.factory.activateDestination(box.address)


def test_p4_everybody_is_out_before_a_penalty_by_new_powers(staked: Suite) -> None:
    """The longest life of a penalty is shorter than the delay."""
    box = mock("penalty_box", staked.link.address)
    staked.whitelist(box.address)
    record = staked.store.sendPenalty(box.address, 10**18, bytes(32), sender=staked.actors.operator)
    assert staked.store.penaltyById(record).deadline - boa.env.timestamp < DELAY
