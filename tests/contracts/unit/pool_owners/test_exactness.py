# SPDX-License-Identifier: MIT
"""Money in is money owed or paid, to the last fraction, for fresh accounts and at the extremes."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from tests.contracts.unit.pool_owners.support import (
    ETH,
    LINK_SUPPLY,
    ONE,
    WHOLE,
    World,
    account,
    share_out,
    units,
)


def assert_identity(world: World, token: str, paid: int, holders: list[str]) -> None:
    """(paid + claimable) * T + fractions == T * distributed, in integers."""
    owners = world.owners
    owed = sum(owners.claimable(h, token) for h in holders)
    fractions = sum(owners.remainderOf(h, token) for h in holders)
    assert (paid + owed) * WHOLE + fractions == WHOLE * owners.totalDistributed(token)


def test_shares_through_100_fresh_accounts_claim_no_juel_more(
    sold: World, alice: str, bob: str
) -> None:
    """Each new holder starts at today's index: nobody claims a history twice."""
    link = sold.link.address
    sold.earn_link(units(400))
    sold.earn_eth(units(400))
    chain = [alice, *(account(2000 + n) for n in range(100))]
    for sender, receiver in pairwise(chain):
        sold.owners.transfer(receiver, units(1500), sender=sender)
        assert sold.owners.claimable(receiver, link) == 0
    assert sold.owners.batchClaim(link, chain, sender=bob) == units(150)
    assert sold.owners.batchClaim(ETH, chain, sender=bob) == units(150)
    assert sold.link.balanceOf(alice) == units(150)
    sold.earn_link(units(400))
    assert sold.owners.batchClaim(link, chain, sender=bob) == units(150)
    assert sold.link.balanceOf(chain[-1]) == units(150)


def test_claiming_between_the_hops_changes_nothing(sold: World, alice: str) -> None:
    """As above, each account claiming before it passes the shares on, twice over the same ones."""
    sold.earn_link(units(400))
    hops = [account(2000 + n) for n in range(5)]
    chain = [alice, *hops, *hops, alice]
    paid = 0
    for sender, receiver in pairwise(chain):
        paid += sold.owners.batchClaim(sold.link.address, [sender], sender=sender)
        sold.owners.transfer(receiver, units(1500), sender=sender)
    assert paid == units(150)


def test_a_round_trip_between_two_holders_creates_nothing(
    sold: World, alice: str, bob: str
) -> None:
    link, everyone = sold.link.address, [alice, bob, sold.rest]
    for hop in range(20):
        sold.earn_link(units(1) + hop + 1)
        sender, receiver = (alice, bob) if hop % 2 else (bob, alice)
        sold.owners.transfer(receiver, units(7) // 3 + hop, sender=sender)
        assert_identity(sold, link, 0, everyone)


@pytest.mark.parametrize("juels", [1, 2, 3999, 10**27 - 1])
def test_extreme_rewards_are_exact(sold: World, alice: str, bob: str, juels: int) -> None:
    """From 1 juel to all LINK there is, less what the test needs elsewhere."""
    link, everyone = sold.link.address, [alice, bob, sold.rest]
    sold.owners.setDistributionMinimum(link, 0, sender=sold.admin)
    sold.earn_link(juels)
    expected = [juels * s // 4000 for s in (1500, 1000, 1500)]
    assert [sold.owners.claimable(h, link) for h in everyone] == expected
    assert_identity(sold, link, 0, everyone)
    paid = sold.owners.batchClaim(link, everyone, sender=alice)
    assert paid == sum(expected)
    assert_identity(sold, link, paid, everyone)


def test_all_link_there_is_can_go_round_and_round(world: World, alice: str) -> None:
    """One holder of everything: 10**27 juels ten times, nothing overflows, nothing is lost."""
    world.grant(alice, units(3000))
    world.owners.addContribution(alice, units(1000), sender=world.admin)
    world.link.transfer(alice, LINK_SUPPLY, sender=world.admin)
    for _ in range(10):
        world.link.transfer(world.owners.address, LINK_SUPPLY, sender=alice)
        world.owners.distributeTokens(world.link.address, sender=alice)
        assert world.owners.claim(world.link.address, sender=alice) == LINK_SUPPLY


def test_a_thousand_holders_of_odd_shares_are_paid_exactly(world: World) -> None:
    """Three rounds of odd amounts: each has the floor of his exact due, the rest is carried."""
    shares = [ONE + 7919 * n * n + 13 for n in range(1000)]
    holders = [account(3000 + n) for n in range(1000)]
    share_out(world, list(zip(holders, shares, strict=True)))
    everyone = [*holders, world.rest]
    link, paid, earned = world.link.address, 0, 0
    for juels in (units("842.123456789"), ONE + 1, units(5000) + 7):
        world.earn_link(juels)
        earned += juels
        paid += world.owners.batchClaim(link, everyone[:200])
    for start in range(200, 1001, 200):
        paid += world.owners.batchClaim(link, everyone[start : start + 200])
    due = [int(Fraction(earned * share, WHOLE)) for share in shares]
    assert world.link_of(holders) == due
    assert_identity(world, link, paid, everyone)
    assert world.link.balanceOf(world.owners.address) == earned - paid < 1001


def test_the_order_of_claims_does_not_matter(world: World) -> None:
    holders = [account(4000 + n) for n in range(12)]
    share_out(world, [(h, ONE // 3 + 17 * n) for n, h in enumerate(holders)])
    for first, second in ((holders[:6], holders[6:]), (holders[6:], holders[:6])):
        before = world.link_of(holders)
        world.earn_link(units(4000))
        world.owners.batchClaim(world.link.address, first[::-1], sender=holders[0])
        for holder in second:
            world.owners.claimFor(holder, world.link.address, sender=holders[0])
        paid = [now - was for now, was in zip(world.link_of(holders), before, strict=True)]
        assert all(abs(p - (ONE // 3 + 17 * n)) <= 1 for n, p in enumerate(paid))
