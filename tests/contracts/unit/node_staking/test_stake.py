# SPDX-License-Identifier: MIT
"""stake(): LINK that the staker allowed NodeStaking to move."""

from __future__ import annotations

import boa

from tests.contracts.suite import Suite, actor, link


def _allowed(suite: Suite, staker: str, juels: int) -> None:
    suite.fund(staker, juels)
    suite.link.approve(suite.staking.address, juels, sender=staker)


def test_a_stake_is_credited_to_who_paid_it(suite: Suite, staker: str, node_address: str) -> None:
    _allowed(suite, staker, link(5))
    suite.staking.stake(node_address, link(5), sender=staker)
    assert suite.store.stakeOf(staker) == link(5)
    assert suite.link.balanceOf(suite.store.address) == link(5)


def test_nothing_stays_behind(suite: Suite, staker: str, node_address: str) -> None:
    """No LINK at NodeStaking, no allowance to it, none from it."""
    _allowed(suite, staker, link(5))
    suite.staking.stake(node_address, link(5), sender=staker)
    assert suite.link.balanceOf(suite.staking.address) == 0
    assert suite.link.allowance(staker, suite.staking.address) == 0
    assert suite.link.allowance(suite.staking.address, suite.store.address) == 0


def test_an_allowance_left_open_serves_its_owner_only(
    suite: Suite, staker: str, stranger: str, node_address: str
) -> None:
    _allowed(suite, staker, link(5))
    suite.fund(stranger, link(5))
    with boa.reverts("staking: exceeds allowance"):
        suite.staking.stake(node_address, link(5), sender=stranger)
    assert suite.link.balanceOf(staker) == link(5)


def test_zero_is_refused(suite: Suite, staker: str, node_address: str) -> None:
    with boa.reverts("staking: zero amount"):
        suite.staking.stake(node_address, 0, sender=staker)


def test_more_than_the_staker_has_is_refused(suite: Suite, staker: str, node_address: str) -> None:
    suite.fund(staker, link(5))
    suite.link.approve(suite.staking.address, link(6), sender=staker)
    with boa.reverts("staking: exceeds balance"):
        suite.staking.stake(node_address, link(5) + 1, sender=staker)


def test_more_than_the_staker_allowed_is_refused(
    suite: Suite, staker: str, node_address: str
) -> None:
    suite.fund(staker, link(6))
    suite.link.approve(suite.staking.address, link(5), sender=staker)
    with boa.reverts("staking: exceeds allowance"):
        suite.staking.stake(node_address, link(5) + 1, sender=staker)


def test_an_unknown_node_takes_nothing(suite: Suite, staker: str) -> None:
    _allowed(suite, staker, link(5))
    with boa.reverts("factory: unknown node"):
        suite.staking.stake(actor("nobody"), link(5), sender=staker)
    assert suite.link.balanceOf(staker) == link(5)


def test_what_the_node_refuses_comes_back_with_its_reason(
    suite: Suite, staker: str, node_address: str, owner: str
) -> None:
    suite.node.setEnabled(node_address, False, sender=owner)
    _allowed(suite, staker, link(5))
    with boa.reverts("storage: node is disabled"):
        suite.staking.stake(node_address, link(5), sender=staker)
    assert suite.link.balanceOf(staker) == link(5)


def test_a_contract_taken_out_of_the_registry_still_only_credits(
    suite: Suite, staker: str, node_address: str
) -> None:
    """NodeStaking needs no power of its own: anybody may stake for anybody."""
    suite.factory.setContract(
        "NodeStaking", "0x" + "00" * 20, bytes(32), sender=suite.timelock.address
    )
    _allowed(suite, staker, link(5))
    suite.staking.stake(node_address, link(5), sender=staker)
    assert suite.store.stakeOf(staker) == link(5)
