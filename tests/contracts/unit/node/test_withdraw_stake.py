# SPDX-License-Identifier: MIT
"""withdrawStake(): whitepaper 6.1.2.2, Figure 8."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ALL, ZERO, Suite, actor, link, logs, mock, travel


def test_a_part_of_a_stake_is_paid_to_its_staker(
    staked: Suite, staker: str, node_address: str
) -> None:
    paid = staked.node.withdrawStake(node_address, link(4), sender=staker)
    (event,) = logs(staked.node, "Withdrawal")
    assert (event.node, event.staker, event.amount) == (node_address, staker, link(4))
    assert paid == link(4) == staked.link.balanceOf(staker)
    assert staked.store.stakeOf(staker) == link(6)


def test_all_of_a_stake_is_paid_to_its_staker(
    staked: Suite, staker: str, node_address: str
) -> None:
    assert staked.node.withdrawStake(node_address, ALL, sender=staker) == link(10)
    assert staked.link.balanceOf(staker) == link(10)
    assert staked.store.stakerCount() == 0


def test_p1_who_has_no_stake_is_paid_nothing(
    staked: Suite, stranger: str, node_address: str, owner: str, operator: str
) -> None:
    """Owner and operator neither: only the caller's own stake is paid, to the caller."""
    for outsider in (stranger, owner, operator, node_address):
        with boa.reverts("storage: nothing staked"):
            staked.node.withdrawStake(node_address, link(1), sender=outsider)
    assert staked.store.totalStaked() == link(10)


def test_p1_the_recipient_is_nobodys_choice(staked: Suite, stranger: str) -> None:
    """Two stakers, each is paid from his own whatever the other does."""
    staked.stake(stranger, link(3))
    travel(12)
    node_address = staked.actors.node_address
    staked.node.withdrawStake(node_address, ALL, sender=stranger)
    assert staked.link.balanceOf(stranger) == link(3)
    assert staked.store.stakeOf(staked.actors.staker) == link(10)


@pytest.mark.parametrize("juels", [link(10) + 1, ALL - 1])
def test_more_than_staked_is_refused(
    staked: Suite, staker: str, node_address: str, juels: int
) -> None:
    with boa.reverts("storage: exceeds withdrawable"):
        staked.node.withdrawStake(node_address, juels, sender=staker)


def test_an_unknown_node_pays_nothing(staked: Suite, staker: str) -> None:
    with boa.reverts("factory: unknown node"):
        staked.node.withdrawStake(actor("nobody"), link(1), sender=staker)


def test_a_stake_on_one_node_is_not_paid_by_another(staked: Suite, staker: str) -> None:
    other = actor("second node")
    store = staked.create_node(other)
    staked.stake(staked.actors.stranger, link(10), store)
    travel(12)
    with boa.reverts("storage: nothing staked"):
        staked.node.withdrawStake(other, link(1), sender=staker)


def test_without_node_the_staker_withdraws_straight(
    staked: Suite, staker: str, node_address: str
) -> None:
    staked.factory.setContract("Node", ZERO, bytes(32), sender=staked.timelock.address)
    with boa.reverts("storage: only logic"):
        staked.node.withdrawStake(node_address, link(1), sender=staker)
    assert staked.store.withdraw(ALL, sender=staker) == link(10)


def test_p1_a_contract_that_calls_for_somebody_is_paid_its_own_only(
    staked: Suite, node_address: str
) -> None:
    helper = mock("logic_target")
    call = staked.node.withdrawStake.prepare_calldata(node_address, link(1))
    with boa.reverts():  # "storage: nothing staked", passed on by the helper
        helper.act(staked.node.address, call, sender=staked.actors.staker)
    assert staked.link.balanceOf(helper.address) == 0
    assert staked.store.stakeOf(staked.actors.staker) == link(10)
