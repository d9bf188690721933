# SPDX-License-Identifier: MIT
"""A stake for somebody else: LINK.transferAndCall with stakeFor(address) and one word."""

from __future__ import annotations

import boa

from tests.contracts.suite import ALL, Suite, link, logs, travel
from tests.contracts.unit.pool_storage.support import ALICE, BOB, SMALLEST, send, stake_for


def test_the_stake_is_the_named_stakers(suite: Suite, stranger: str) -> None:
    send(suite, stranger, link(3), stake_for(ALICE))
    (event,) = logs(suite.link, "Staked")
    assert (event.staker, event.sender, event.amount) == (ALICE, stranger, link(3))
    assert suite.store.stakeOf(ALICE) == link(3)
    assert suite.store.stakeOf(stranger) == 0


def test_p1_only_the_named_staker_takes_it_out(suite: Suite, stranger: str) -> None:
    send(suite, stranger, link(3), stake_for(ALICE))
    travel(12)
    with boa.reverts("storage: nothing staked"):
        suite.store.withdraw(link(3), sender=stranger)
    assert suite.store.withdraw(ALL, sender=ALICE) == link(3)
    assert suite.link.balanceOf(ALICE) == link(3)


def test_p2_a_stranger_who_credits_a_juel_blocks_nobodys_exit(suite: Suite, stranger: str) -> None:
    """What would be left is below the smallest position: the juel leaves too."""
    suite.stake(ALICE, link(10))
    travel(12)
    send(suite, stranger, 1, stake_for(ALICE))
    assert suite.store.withdrawable(ALICE) == link(10) + 1
    assert suite.store.withdraw(link(10), sender=ALICE) == link(10) + 1
    assert suite.store.stakerCount() == 0


def test_p2_a_larger_credit_stays_alone(suite: Suite, stranger: str) -> None:
    suite.stake(ALICE, link(10))
    travel(12)
    send(suite, stranger, SMALLEST, stake_for(ALICE))
    assert suite.store.withdrawable(ALICE) == link(10)
    assert suite.store.withdraw(link(10), sender=ALICE) == link(10)
    assert suite.store.stakeOf(ALICE) == SMALLEST


def test_p8_what_was_credited_in_a_block_stays_in_it(suite: Suite, stranger: str) -> None:
    suite.stake(ALICE, link(10))
    travel(12)
    send(suite, stranger, link(4), stake_for(ALICE))
    with boa.reverts("storage: exceeds withdrawable"):
        suite.store.withdraw(link(10) + 1, sender=ALICE)
    assert suite.store.withdraw(ALL, sender=ALICE) == link(10)
    travel(12)
    assert suite.store.withdraw(ALL, sender=ALICE) == link(4)


def test_p8_credits_of_one_block_add_up(suite: Suite, stranger: str) -> None:
    suite.stake(ALICE, link(10))
    travel(12)
    for _ in range(3):
        send(suite, stranger, link(2), stake_for(ALICE))
    assert suite.store.stakeOf(ALICE) == link(16)
    # Credits are kept in units of 2**50 shares, which is 1.1 juels here.
    assert link(10) <= suite.store.withdrawable(ALICE) <= link(10) + 3


def test_a_stake_of_oneself_may_be_put_in_words_too(suite: Suite) -> None:
    send(suite, ALICE, link(3), stake_for(ALICE))
    assert suite.store.stakeOf(ALICE) == link(3)


def test_the_minimum_is_asked_of_the_position_not_of_the_payer(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    with boa.reverts("storage: below minimum stake"):
        send(suite, ALICE, link(1) - 1, stake_for(BOB))
    send(suite, BOB, 1, stake_for(ALICE))
    assert suite.store.stakeOf(ALICE) == link(3) + 1


def test_a_stake_through_the_entry_contract_is_the_callers(suite: Suite, staker: str) -> None:
    suite.fund(staker, link(2))
    suite.link.approve(suite.staking.address, link(2), sender=staker)
    suite.staking.stake(suite.actors.node_address, link(2), sender=staker)
    (event,) = logs(suite.staking, "Staked")
    assert (event.staker, event.sender) == (staker, suite.staking.address)
    assert suite.store.stakeOf(staker) == link(2)
