# SPDX-License-Identifier: MIT
"""withdraw(): straight from custody, nothing replaceable asked (whitepaper 6.1.2.2, Figure 8)."""

from __future__ import annotations

from fractions import Fraction

import boa
import pytest

from tests.contracts.suite import ALL, Contract, Suite, actor, link, logs, travel, word
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    BOB,
    CAROL,
    SHARES_PER_JUEL,
    SMALLEST,
    books,
    earn,
    send,
    stake_and_wait,
    stake_for,
)


def test_a_part_leaves_the_rest(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    assert suite.store.withdraw(link(4), sender=staker) == link(4)
    (event,) = logs(suite.store, "Withdrawal")
    assert (event.node, event.staker, event.amount) == (
        suite.actors.node_address,
        staker,
        link(4),
    )
    assert suite.link.balanceOf(staker) == link(4)
    assert suite.store.stakeOf(staker) == link(6)
    assert suite.store.sharesOf(staker) == link(6) * SHARES_PER_JUEL
    assert suite.store.stakerCount() == 1


def test_all_leaves_nothing(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    assert suite.store.withdraw(ALL, sender=staker) == link(10)
    found = books(suite.store)
    assert (found.staked, found.shares, found.stakers) == (0, 0, 0)
    assert suite.link.balanceOf(suite.store.address) == 0


def test_the_stake_by_its_own_figure_is_all_too(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    suite.store.withdraw(link(10), sender=staker)
    assert suite.store.stakerCount() == 0


def test_more_than_staked_is_refused(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    for amount in (link(10) + 1, ALL - 1):
        with boa.reverts("storage: exceeds withdrawable"):
            suite.store.withdraw(amount, sender=staker)


def test_a_withdrawal_of_nothing_is_refused(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    with boa.reverts("storage: zero withdrawal"):
        suite.store.withdraw(0, sender=staker)


def test_who_staked_nothing_takes_nothing(suite: Suite, staker: str, stranger: str) -> None:
    stake_and_wait(suite, staker, link(10))
    for amount in (1, ALL):
        with boa.reverts("storage: nothing staked"):
            suite.store.withdraw(amount, sender=stranger)


def test_p8_a_stake_cannot_leave_in_its_block(suite: Suite, staker: str) -> None:
    suite.stake(staker, link(10))
    assert suite.store.withdrawable(staker) == 0
    with boa.reverts("storage: exceeds withdrawable"):
        suite.store.withdraw(link(10), sender=staker)
    with boa.reverts("storage: credited in this block"):
        suite.store.withdraw(ALL, sender=staker)


def test_p8_income_cannot_be_sniped_by_a_stake_of_its_block(suite: Suite) -> None:
    """Who stakes after LINK arrived has no part in it; who staked before cannot be out at once."""
    suite.stake(ALICE, link(10))
    earn(suite, link(4))
    suite.stake(BOB, link(1000))
    travel(12)
    assert suite.store.withdraw(ALL, sender=BOB) in (link(1000) - 1, link(1000))
    assert suite.store.withdraw(ALL, sender=ALICE) >= link(13)


def test_p8_income_that_waits_is_credited_before_a_withdrawal(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    earn(suite, link(4))
    assert suite.store.stakeOf(staker) == link(10)
    assert suite.store.withdrawable(staker) == link(13)
    assert suite.store.withdraw(ALL, sender=staker) == link(13)
    assert suite.store.ownersDue() == link(1)


def test_p6_each_is_paid_the_exact_share_or_a_juel_less(suite: Suite) -> None:
    """Stakes of 1, 2 and 4 parts, income of 10**18 + 1 juels a quarter of which is the owners'."""
    for account, parts in ((ALICE, 1), (BOB, 2), (CAROL, 4)):
        suite.stake(account, link(parts))
    travel(12)
    earn(suite, link(1) + 1)
    profit = link(1) + 1 - (link(1) + 1) // 4
    for account, parts in ((ALICE, 1), (BOB, 2), (CAROL, 4)):
        exact = link(parts) + Fraction(profit * parts, 7)
        assert -1 < suite.store.withdraw(ALL, sender=account) - exact <= 1
    assert suite.store.totalStaked() == 0


def test_p6_burning_rounds_up_so_that_nobody_gains_by_many_withdrawals(
    suite: Suite, logic: str
) -> None:
    """At a sixth of a juel a share: rounded down, each juel would cost 6 shares and not 7."""
    suite.store.setPolicy((True, False, False, 2**90 - 1, 0), sender=logic)
    suite.stake(ALICE, 2 * SMALLEST)
    earn(suite, 4 * 10**26)
    suite.stake(BOB, 2 * 10**26)
    travel(12)
    before, others = suite.store.stakeOf(ALICE), suite.store.stakeOf(BOB)
    for _ in range(100):
        assert suite.store.withdraw(1, sender=ALICE) == 1
    assert suite.store.stakeOf(ALICE) + 100 <= before
    assert suite.store.stakeOf(BOB) >= others


def test_what_would_leave_less_than_the_smallest_position_takes_all(
    suite: Suite, staker: str
) -> None:
    stake_and_wait(suite, staker, link(10))
    paid = suite.store.withdraw(link(10) - SMALLEST + 1, sender=staker)
    assert paid == link(10)
    assert suite.store.stakerCount() == 0


def test_exactly_the_smallest_position_may_stay(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    assert suite.store.withdraw(link(10) - SMALLEST, sender=staker) == link(10) - SMALLEST
    assert suite.store.sharesOf(staker) == 10**27
    assert suite.store.withdraw(1, sender=staker) == SMALLEST
    assert suite.store.sharesOf(staker) == 0


def test_a_single_juel_may_leave(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    assert suite.store.withdraw(1, sender=staker) == 1
    assert suite.store.stakeOf(staker) == link(10) - 1


def test_the_count_falls_exactly_when_ones_own_stake_is_zero(suite: Suite) -> None:
    """Figure 8 of the paper asks whether the node's total is zero: a bug."""
    suite.stake(ALICE, link(2))
    suite.stake(BOB, link(2))
    travel(12)
    suite.store.withdraw(link(1), sender=ALICE)
    assert suite.store.stakerCount() == 2
    suite.store.withdraw(link(1), sender=ALICE)
    assert suite.store.stakerCount() == 1
    suite.store.withdraw(ALL, sender=BOB)
    assert suite.store.stakerCount() == 0


def test_what_rounding_leaves_of_the_last_staker_goes_to_the_owners(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    suite.stake(BOB, link(4))
    travel(12)
    earn(suite, 5)
    for account in (ALICE, BOB):
        suite.store.withdraw(ALL, sender=account)
    found = books(suite.store)
    assert (found.staked, found.shares, found.pending) == (0, 0, 0)
    left = suite.link.balanceOf(suite.store.address)
    assert left == found.owners <= 5


def test_p2_a_withdrawal_asks_nothing_replaceable(suite: Suite, staker: str, owner: str) -> None:
    """Disabled, private, limit 0, every logic contract gone and all keys renounced."""
    stake_and_wait(suite, staker, link(10))
    everything = (False, True, True, 0, link(1_000))
    suite.store.setPolicy(everything, sender=suite.node.address)
    for name in ("LinkPool", "Node", "NodeStaking", "NodeFactory"):
        data = suite.factory.setContract.prepare_calldata(name, "0x" + "00" * 20, bytes(32))
        suite.by_timelock(suite.factory, data)
    suite.timelock.renounce_ownership(sender=owner)
    assert suite.store.withdraw(link(4), sender=staker) == link(4)
    assert suite.store.withdraw(ALL, sender=staker) == link(6)


def test_p17_a_stakers_way_out_is_open_after_years(suite: Suite, staker: str) -> None:
    suite.stake(staker, link(10))
    travel(20 * 365 * 86_400)
    assert suite.store.withdraw(ALL, sender=staker) == link(10)


def test_p7_a_withdrawal_is_no_dearer_with_a_hundred_stakers(suite: Suite, staker: str) -> None:
    stake_and_wait(suite, staker, link(10))
    gas = []
    for round_ in range(3):
        if round_ == 2:
            for i in range(100):
                send(suite, actor("payer"), link(1), stake_for(actor(f"s {i}")))
        suite.store.withdraw(link(1), sender=staker)
        gas.append(suite.store.call_trace().gas_used)
    assert abs(gas[2] - gas[1]) < 200


def test_p9_who_leaves_during_a_penalty_keeps_their_part_of_it_as_a_claim(
    suite: Suite, listed: Contract, operator: str
) -> None:
    suite.stake(ALICE, link(60))
    suite.stake(BOB, link(40))
    travel(12)
    suite.store.sendPenalty(listed.address, link(5), word(1), sender=operator)
    assert suite.store.withdrawable(ALICE) == link(57)
    assert suite.store.withdraw(ALL, sender=ALICE) == link(57)
    (opened,) = logs(suite.store, "ExitClaimOpened")
    assert (opened.staker, opened.id, opened.amount) == (ALICE, 1, link(3))
    found = books(suite.store)
    assert (found.staked, found.claims, found.stakers_at_risk) == (link(40), link(3), link(2))
    assert found.at_risk == link(5)


@pytest.mark.parametrize("part", [1, 2, 3])
def test_p9_leaving_in_halves_claims_as_much_as_leaving_at_once(
    suite: Suite, listed: Contract, operator: str, part: int
) -> None:
    suite.stake(ALICE, link(60))
    suite.stake(BOB, link(40))
    travel(12)
    suite.store.sendPenalty(listed.address, link(5), word(1), sender=operator)
    paid = sum(suite.store.withdraw(link(57) // 2**i, sender=ALICE) for i in range(1, part + 1))
    paid += suite.store.withdraw(ALL, sender=ALICE)
    assert link(57) - part <= paid <= link(57)
    claim = suite.store.exitClaimOf(ALICE, [1])[0]
    assert link(3) - part <= claim <= link(3)


def test_p9_with_everything_at_risk_a_full_withdrawal_pays_nothing_and_claims_all(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    stake_and_wait(reckless, ALICE, link(10))
    reckless.store.sendPenalty(reckless_box.address, link(10), word(1), sender=operator)
    with boa.reverts("storage: exceeds withdrawable"):
        reckless.store.withdraw(1, sender=ALICE)
    assert reckless.store.withdraw(ALL, sender=ALICE) == 0
    assert tuple(reckless.store.exitClaimOf(ALICE, [1])) == (link(10), 0)
    found = books(reckless.store)
    assert (found.staked, found.stakers, found.claims) == (0, 0, link(10))
