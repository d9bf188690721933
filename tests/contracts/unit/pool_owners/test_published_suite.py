# SPDX-License-Identifier: MIT
"""The 31 cases of the PoolOwners suite published in 2018-19, in its order, with its numbers.

There they shared one growing state; here each test replays the steps that led to it. a1 and a2 are
the creators, a3..a43 the contributors, a299 the wallet. Where a test asserts something better than
the original, its docstring says so.
"""

from __future__ import annotations

import boa
import pytest

from tests.contracts.unit.pool_owners.support import (
    ETH,
    ONE,
    World,
    account,
    deploy_link,
    deploy_mock,
    make_world,
    units,
)

A = [account(n) for n in range(46)]
HOLDERS = A[1:44]
LAST36 = A[8:44]


def percent(text: str) -> int:
    """37.5 % as the contract shows it: 100_000 = 100 %."""
    return units(text) // 10**15


def set_creators(world: World) -> None:
    world.grant(A[1], units(1500))
    world.grant(A[2], units(1500))


def open_to_all(world: World) -> None:
    set_creators(world)
    world.open_sale(*A[3:44])


def sell_first_fifty(world: World) -> None:
    open_to_all(world)
    world.owners.addContribution(A[3], units("0.2"), sender=world.admin)
    for contributor, wei in ((4, "16"), (5, "20"), (6, "13.6"), (3, "0.2")):
        world.contribute(A[contributor], units(wei))


def sell_everything(world: World) -> None:
    sell_first_fifty(world)
    world.contribute(A[7], units(50))
    for contributor in LAST36:
        world.contribute(contributor, units(25))


@pytest.fixture(scope="module")
def finished(_clock: None) -> World:
    """Case 15's state, made once; what a test does to it is undone."""
    world = make_world()
    sell_everything(world)
    world.finish()
    return world


def send_500_and_16(world: World) -> None:
    """Cases 20 and 21: a1 gives 500 to a3, a0 moves all of a4's 16 to a44."""
    world.owners.sendOwnership(A[3], units(500), sender=A[1])
    world.owners.increaseAllowance(A[0], units(16), sender=A[4])
    world.owners.sendOwnershipFrom(A[4], A[44], units(16), sender=A[0])


def assert_paid(world: World, amount: str, expected: list[str]) -> None:
    """Distributes `amount` LINK, claims for everyone in one batch, and compares a1, a2, a3 …"""
    holders = A[1 : 1 + len(expected)]
    before = world.link_of(holders)
    world.earn_link(units(amount))
    world.owners.batchClaim(world.link.address, [*HOLDERS, A[44]], sender=account(999))
    paid = [now - then for now, then in zip(world.link_of(holders), before, strict=True)]
    assert paid == [units(e) for e in expected]


def test_01_creators_hold_75_percent(world: World) -> None:
    set_creators(world)
    assert [world.owners.getOwnerPercentage(a) for a in A[1:3]] == [percent("37.5")] * 2


def test_02_all_contributing_accounts_can_be_whitelisted(world: World) -> None:
    for contributor in A[3:44]:
        world.owners.whitelistWallet(contributor, sender=world.admin)
    assert all(world.owners.whitelist(a) for a in A[3:44])


def test_03_no_contribution_when_not_whitelisted(world: World) -> None:
    open_to_all(world)
    with boa.reverts("owners: not whitelisted"):
        world.contribute(A[45], units(5))


def test_04_no_contribution_before_the_start(world: World) -> None:
    set_creators(world)
    world.owners.whitelistWallet(A[3], sender=world.admin)
    with boa.reverts("owners: sale has not started"):
        world.contribute(A[3], units(5))


def test_05_a_contribution_need_not_be_a_multiple_of_anything(world: World) -> None:
    """Better on purpose: only multiples of 0.04 were accepted; here any wei amount counts."""
    open_to_all(world)
    world.contribute(A[3], units("1.3"))
    world.contribute(A[4], 1)
    assert world.owners.balanceOf(A[3]) == units("1.3")
    assert world.owners.balanceOf(A[4]) == 1


def test_06_a_minimum_contribution_of_0_2_is_0_005_percent(world: World) -> None:
    open_to_all(world)
    world.owners.addContribution(A[3], units("0.2"), sender=world.admin)
    assert world.owners.getOwnerPercentage(A[3]) == percent("0.005")


def test_07_a_contribution_of_16_is_0_4_percent(world: World) -> None:
    open_to_all(world)
    world.contribute(A[4], units(16))
    assert world.owners.getOwnerPercentage(A[4]) == percent("0.4")


def test_08_a_contribution_of_20_is_0_5_percent(world: World) -> None:
    open_to_all(world)
    world.contribute(A[5], units(20))
    assert world.owners.getOwnerPercentage(A[5]) == percent("0.5")


def test_09_a_contribution_of_13_6_is_0_34_percent(world: World) -> None:
    open_to_all(world)
    world.contribute(A[6], units("13.6"))
    assert world.owners.getOwnerPercentage(A[6]) == percent("0.34")
    assert world.owners.balanceOf(A[6]) == units("13.6")


def test_10_a_contributor_can_contribute_again(world: World) -> None:
    open_to_all(world)
    world.owners.addContribution(A[3], units("0.2"), sender=world.admin)
    world.contribute(A[3], units("0.2"))
    assert world.owners.getOwnerPercentage(A[3]) == percent("0.01")


def test_11_total_contributed_grows_with_each_contribution(world: World) -> None:
    sell_first_fifty(world)
    assert world.owners.totalContributed() == units(50)


def test_12_contributions_up_to_1000_reach_the_wallet(world: World) -> None:
    """0.2 of the 1000 came by addContribution, so 999.8 ETH reach the wallet."""
    sell_everything(world)
    assert world.owners.totalContributed() == units(1000)
    assert boa.env.get_balance(world.wallet) == units("999.8")
    assert world.owners.balanceOf(world.owners.address) == 0


def test_13_a_token_that_is_not_whitelisted_is_not_distributed(world: World) -> None:
    sell_everything(world)
    dodgy = deploy_link(world.admin)
    dodgy.transfer(world.owners.address, units(100), sender=world.admin)
    with boa.reverts("owners: token not whitelisted"):
        world.owners.distributeTokens(dodgy.address, sender=A[1])


def test_14_no_contribution_beyond_the_hard_cap(world: World) -> None:
    """Published: "Your contribution would cause the total to exceed the hardcap"."""
    sell_everything(world)
    with boa.reverts("owners: exceeds hard cap"):
        world.contribute(A[3], units(5))


def test_15_finished_shares_are_locked(finished: World) -> None:
    """Published: "Can't manually set shares, it's locked"."""
    with boa.reverts("owners: shares are locked"):
        finished.grant(A[1], units(1000))


def test_16_100_link_reach_43_owners_in_proportion(finished: World) -> None:
    rest = ["0.625"] * 36
    assert_paid(finished, "100", ["37.5", "37.5", "0.01", "0.4", "0.5", "0.34", "1.25", *rest])


def test_17_5000_link_reach_43_owners_in_proportion(finished: World) -> None:
    rest = ["31.25"] * 36
    assert_paid(finished, "5000", ["1875", "1875", "0.5", "20", "25", "17", "62.5", *rest])


def test_18_90_eth_reach_43_owners_in_proportion(finished: World) -> None:
    before = [boa.env.get_balance(a) for a in HOLDERS]
    boa.env.set_balance(A[40], boa.env.get_balance(A[40]) + units(90))
    before[39] += units(90)
    finished.owners.__default__(value=units(90), sender=A[40])
    before[39] -= units(90)
    finished.owners.distributeTokens(ETH, sender=A[1])
    finished.owners.batchClaim(ETH, HOLDERS, sender=A[1])
    paid = [boa.env.get_balance(a) - was for a, was in zip(HOLDERS, before, strict=True)]
    first = ["33.75", "33.75", "0.009", "0.36", "0.45", "0.306", "1.125"]
    assert paid == [units(e) for e in first + ["0.5625"] * 36]


def test_19_any_amount_can_be_sent(finished: World) -> None:
    """Better on purpose: 0.06, no multiple of 0.04, was refused."""
    finished.owners.sendOwnership(A[3], units("0.06"), sender=A[1])
    assert finished.owners.balanceOf(A[3]) == units("0.46")


def test_20_12_5_percent_can_be_sent(finished: World) -> None:
    finished.owners.sendOwnership(A[3], units(500), sender=A[1])
    assert finished.owners.getOwnerPercentage(A[1]) == percent("25")
    assert finished.owners.getOwnerPercentage(A[3]) == percent("12.51")
    assert finished.owners.getCurrentOwners() == 43


def test_21_a_whole_share_can_be_sent_by_an_approved_account(finished: World) -> None:
    finished.owners.increaseAllowance(A[0], units(16), sender=A[4])
    assert finished.owners.allowance(A[4], A[0]) == units(16)
    finished.owners.sendOwnershipFrom(A[4], A[44], units(16), sender=A[0])
    assert finished.owners.allowance(A[4], A[0]) == 0
    assert finished.owners.getOwnerPercentage(A[44]) == percent("0.4")
    assert finished.owners.getOwnerPercentage(A[4]) == 0
    assert finished.owners.getCurrentOwners() == 43


def test_22_5000_1234567_link_are_exact(finished: World) -> None:
    """There is no distribution lock to be cleared: what is distributed is simply paid."""
    send_500_and_16(finished)
    first = ["1250.030864175", "1875.0462962625", "625.51544443317", "0", "25.0006172835"]
    more = ["17.00041975278", "62.50154320875", *["31.250771604375"] * 36]
    assert_paid(finished, "5000.1234567", first + more)
    assert finished.owners.reservedFor(finished.link.address) == 0


def test_23_an_owner_who_left_and_came_back_is_paid(finished: World) -> None:
    """Better on purpose: shares also move between a distribution and its claims."""
    send_500_and_16(finished)
    finished.owners.sendOwnership(A[4], units(8), sender=A[44])
    assert finished.owners.getCurrentOwners() == 44
    finished.earn_link(units(100))
    finished.owners.sendOwnership(A[4], units(8), sender=A[44])
    before = finished.link_of([A[4], A[44]])
    finished.owners.batchClaim(finished.link.address, [*HOLDERS, A[44]], sender=A[1])
    paid = [now - was for now, was in zip(finished.link_of([A[4], A[44]]), before, strict=True)]
    assert paid == [units("0.2"), units("0.2")]
    assert finished.link.balanceOf(finished.owners.address) == 0


def test_24_ownership_can_be_staked(finished: World) -> None:
    receiver = deploy_mock("owners_receiver")
    finished.owners.stakeOwnership(receiver.address, ONE, b"", sender=A[1])
    assert (receiver.heard(), receiver.sender(), receiver.amount()) == ("stake", A[1], ONE)
    assert finished.owners.stakes(A[1], receiver.address) == ONE
    assert finished.owners.stakeTotals(A[1]) == ONE


def test_25_an_ownership_stake_can_be_removed(finished: World) -> None:
    """Better on purpose: the original told the receiver but never took it off `stakes`."""
    receiver = deploy_mock("owners_receiver")
    finished.owners.stakeOwnership(receiver.address, ONE, b"", sender=A[1])
    finished.owners.removeOwnershipStake(receiver.address, ONE, b"", sender=A[1])
    assert (receiver.heard(), receiver.sender(), receiver.amount()) == ("removal", A[1], ONE)
    assert finished.owners.stakes(A[1], receiver.address) == 0
    assert finished.owners.stakeTotals(A[1]) == 0


@pytest.fixture
def staked_twice(finished: World) -> tuple[World, str]:
    receiver = deploy_mock("owners_receiver").address
    finished.owners.stakeOwnership(receiver, ONE, b"", sender=A[1])
    finished.owners.stakeOwnership(receiver, ONE, b"", sender=A[1])
    return finished, receiver


def test_26_ownership_can_be_staked_several_times(staked_twice: tuple[World, str]) -> None:
    world, receiver = staked_twice
    assert world.owners.stakes(A[1], receiver) == world.owners.stakeTotals(A[1]) == 2 * ONE


def test_27_stakes_can_be_removed_in_increments(staked_twice: tuple[World, str]) -> None:
    world, receiver = staked_twice
    for left in (ONE, 0):
        world.owners.removeOwnershipStake(receiver, ONE, b"", sender=A[1])
        assert world.owners.stakes(A[1], receiver) == world.owners.stakeTotals(A[1]) == left


def test_28_sending_for_others_needs_an_allowance(finished: World) -> None:
    """Published: "Sender is not approved to send ownership of that amount"."""
    send_500_and_16(finished)
    with boa.reverts("owners: exceeds allowance"):
        finished.owners.sendOwnershipFrom(A[44], A[4], units(16), sender=A[0])


def test_29_nothing_is_distributed_below_the_minimum(finished: World) -> None:
    """Published: "Amount in the contract isn't above the minimum distribution limit"."""
    link = finished.link.address
    finished.owners.setDistributionMinimum(link, units(1000), sender=finished.admin)
    for arriving in (500, 500):
        finished.link.transfer(finished.owners.address, units(arriving), sender=finished.admin)
        with boa.reverts("owners: not above the minimum"):
            finished.owners.distributeTokens(finished.link.address, sender=A[1])
    finished.link.transfer(finished.owners.address, 1, sender=finished.admin)
    finished.owners.distributeTokens(finished.link.address, sender=A[1])
    assert finished.owners.totalDistributed(finished.link.address) == units(1000) + 1


def test_30_contributors_cannot_set_shares(finished: World) -> None:
    """Published: "Sender not authorised"."""
    with boa.reverts("owners: not the owner"):
        finished.owners.setOwnerShare(A[1], units(5), sender=A[1])


def test_31_staked_ownership_does_not_move(finished: World) -> None:
    """Published: "The amount to send exceeds the addresses balance"."""
    receiver = deploy_mock("owners_receiver")
    balance = finished.owners.getOwnerTokens(A[5])
    finished.owners.stakeOwnership(receiver.address, units(5), b"", sender=A[5])
    with boa.reverts("owners: exceeds unstaked"):
        finished.owners.sendOwnership(A[6], balance, sender=A[5])
    finished.owners.sendOwnership(A[6], balance - units(5), sender=A[5])
    assert finished.owners.balanceOf(A[5]) == units(5)
