# SPDX-License-Identifier: MIT
"""Lists, percentages, and that a view never costs more than its page."""

from __future__ import annotations

from tests.contracts.unit.pool_owners.support import ETH, ONE, WHOLE, World, account, units


def test_percentages_are_thousandths_rounded_down(world: World, alice: str) -> None:
    world.grant(alice, units("0.04"))
    assert world.owners.getOwnerPercentage(alice) == 1
    world.grant(alice, units("0.04") - 1)
    assert world.owners.getOwnerPercentage(alice) == 1
    world.grant(alice, 1)
    assert world.owners.getOwnerPercentage(alice) == 2


def test_owners_are_counted_while_they_hold_something(sold: World, alice: str, bob: str) -> None:
    assert sold.owners.getCurrentOwners() == 3
    sold.owners.transfer(account(4), 1, sender=alice)
    assert sold.owners.getCurrentOwners() == 4
    sold.owners.transfer(bob, units(1500) - 1, sender=alice)
    assert sold.owners.getCurrentOwners() == 3
    sold.owners.transfer(alice, units(2500) - 1, sender=bob)
    assert sold.owners.getCurrentOwners() == 3


def test_everyone_who_ever_held_a_share_is_listed_once(sold: World, alice: str, bob: str) -> None:
    """In order of arrival, with what they hold now; the sale account is not among them."""
    new = account(4)
    sold.owners.transfer(new, ONE, sender=alice)
    sold.owners.transfer(bob, ONE, sender=new)
    sold.owners.transfer(new, ONE, sender=bob)
    sold.owners.transfer(bob, ONE, sender=new)
    accounts, shares = sold.owners.getOwners(0, 100)
    assert list(accounts) == [alice, bob, sold.rest, new]
    assert list(shares) == [units(1499), units(1001), units(1500), 0]
    assert sum(shares) == WHOLE
    assert sold.owners.ownersEver() == 4


def test_pages_cover_the_list_and_never_exceed_100(world: World) -> None:
    holders = [account(900 + n) for n in range(130)]
    for holder in holders:
        world.grant(holder, ONE)
    pages = [world.owners.getOwners(offset, 60)[0] for offset in (0, 60, 120)]
    assert [a for page in pages for a in page] == holders
    assert len(world.owners.getOwners(0, 2**256 - 1)[0]) == 100
    assert list(world.owners.getOwners(129, 5)[0]) == [holders[129]]
    for offset in (130, 2**256 - 1):
        assert [list(part) for part in world.owners.getOwners(offset, 5)] == [[], []]
    assert [list(part) for part in world.owners.getOwners(0, 0)] == [[], []]


def test_claimable_and_pending_tell_booked_from_arrived(sold: World, alice: str) -> None:
    link = sold.link.address
    sold.link.transfer(sold.owners.address, units(400), sender=sold.admin)
    assert (sold.owners.claimable(alice, link), sold.owners.pendingIncome(link)) == (0, units(400))
    sold.owners.distributeTokens(link)
    assert sold.owners.claimable(alice, link) == units(150)
    assert sold.owners.pendingIncome(link) == 0
    assert sold.owners.reservedFor(link) == sold.owners.totalDistributed(link) == units(400)
    sold.owners.claim(link, sender=alice)
    assert sold.owners.reservedFor(link) == units(250)
    assert sold.owners.totalDistributed(link) == units(400)
    assert sold.owners.claimable(alice, ETH) == sold.owners.remainderOf(alice, ETH) == 0


def test_a_fraction_is_carried_to_the_next_income(sold: World, alice: str) -> None:
    """1 juel three times is 9/8 for 37.5 %: one whole juel, one eighth kept."""
    sold.owners.setDistributionMinimum(sold.link.address, 0, sender=sold.admin)
    for claimable in (0, 0, 1):
        sold.earn_link(1)
        assert sold.owners.claimable(alice, sold.link.address) == claimable
    assert sold.owners.remainderOf(alice, sold.link.address) == WHOLE // 8
