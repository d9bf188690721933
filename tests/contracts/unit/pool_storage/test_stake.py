# SPDX-License-Identifier: MIT
"""A stake straight into PoolStorage: LINK.transferAndCall with empty data (whitepaper 6.1.3.2)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import PPM, Contract, Suite, link, logs, travel
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    BOB,
    M90,
    SHARES_PER_JUEL,
    SMALLEST,
    Books,
    books,
    earn,
    send,
    stake_for,
)


def _limits(suite: Suite, *, limit: int = M90, minimum: int = 0) -> None:
    policy = (True, False, False, limit, minimum)
    suite.store.setPolicy(policy, sender=suite.node.address)


def test_the_first_stake_gets_a_million_milliard_shares_for_each_juel(
    suite: Suite, staker: str
) -> None:
    suite.stake(staker, link(5))
    (event,) = logs(suite.link, "Staked")
    expected = (staker, staker, link(5), link(5) * SHARES_PER_JUEL)
    assert (event.staker, event.sender, event.amount, event.shares) == expected
    assert suite.store.sharesOf(staker) == link(5) * SHARES_PER_JUEL
    assert suite.store.stakeOf(staker) == link(5)
    assert suite.link.balanceOf(suite.store.address) == link(5)


def test_a_second_stake_adds_to_the_position(suite: Suite, staker: str) -> None:
    suite.stake(staker, link(5))
    suite.stake(staker, 1)
    assert suite.store.stakeOf(staker) == link(5) + 1
    assert suite.store.stakerCount() == 1


def test_the_books_after_two_stakers(suite: Suite) -> None:
    suite.stake(ALICE, link(5))
    suite.stake(BOB, link(2))
    assert books(suite.store) == Books(
        staked=link(7),
        shares=link(7) * SHARES_PER_JUEL,
        stakers=2,
        at_risk=0,
        stakers_at_risk=0,
        claims=0,
        escrow=0,
        owners=0,
        pledged=0,
        operations=0,
        pending=0,
    )


def test_p8_income_that_waited_belongs_to_those_who_were_there(suite: Suite) -> None:
    suite.stake(ALICE, link(3))
    earn(suite, link(4))
    suite.stake(BOB, link(6))
    assert suite.store.stakeOf(ALICE) == link(6)
    assert suite.store.stakeOf(BOB) == link(6)
    assert suite.store.ownersDue() == link(1)
    (settled,) = logs(suite.link, "Settled")
    assert (settled.income, settled.owners, settled.stakers) == (link(4), link(1), link(3))


def test_p6_shares_are_minted_down_and_the_remainder_stays_with_the_stakers(
    suite: Suite,
) -> None:
    """A share is worth 1.75 times its first price: 10**18 juels are no whole number of shares."""
    suite.stake(ALICE, link(3))
    earn(suite, link(3))
    suite.stake(BOB, link(1))
    old, shares = link("5.25"), link(3) * SHARES_PER_JUEL
    minted = link(1) * shares // old
    assert (link(1) * shares) % old != 0
    assert suite.store.sharesOf(BOB) == minted
    assert suite.store.stakeOf(BOB) == minted * link("6.25") // (shares + minted) == link(1) - 1
    assert suite.store.stakeOf(ALICE) == link("5.25")


def test_a_stake_of_nothing_is_refused(suite: Suite, staker: str) -> None:
    with boa.reverts("storage: zero stake"):
        send(suite, staker, 0)


def test_a_new_position_needs_the_minimum_and_an_old_one_does_not(
    suite: Suite, staker: str
) -> None:
    with boa.reverts("storage: below minimum stake"):
        send(suite, staker, link(1) - 1)
    send(suite, staker, link(1))
    send(suite, staker, 1)
    assert suite.store.stakeOf(staker) == link(1) + 1


def test_who_left_altogether_starts_anew_with_the_minimum(suite: Suite, staker: str) -> None:
    suite.stake(staker, link(1))
    travel(12)
    suite.store.withdraw(link(1), sender=staker)
    with boa.reverts("storage: below minimum stake"):
        send(suite, staker, 1)


def test_the_limit_is_the_stakers_total_to_the_juel(suite: Suite, staker: str) -> None:
    _limits(suite, limit=link(10))
    suite.stake(ALICE, link(9))
    with boa.reverts("storage: over the stake limit"):
        send(suite, staker, link(1) + 1)
    send(suite, staker, link(1))
    with boa.reverts("storage: over the stake limit"):
        send(suite, staker, 1)
    assert suite.store.totalStaked() == link(10)


def test_credited_income_counts_towards_the_limit_and_is_never_refused(
    suite: Suite, staker: str
) -> None:
    _limits(suite, limit=link(10))
    suite.stake(ALICE, link(10))
    earn(suite, link(4))
    suite.store.distribute()
    assert suite.store.totalStaked() == link(13)
    with boa.reverts("storage: over the stake limit"):
        send(suite, staker, link(1))


def test_without_a_minimum_the_smallest_position_is_a_millionth_of_a_link(
    suite: Suite, staker: str
) -> None:
    _limits(suite)
    with boa.reverts("storage: stake too small"):
        send(suite, staker, SMALLEST - 1)
    send(suite, staker, SMALLEST)
    assert suite.store.sharesOf(staker) == 10**27
    assert suite.store.stakeOf(staker) == SMALLEST


def test_a_sole_stakers_donation_makes_the_smallest_stake_larger(suite: Suite, staker: str) -> None:
    """10**9 LINK to the smallest position: a share is worth 0.75 juels, none ever above one."""
    _limits(suite)
    send(suite, ALICE, SMALLEST)
    supply = suite.link.balanceOf(suite.actors.bank)
    earn(suite, supply - link(10))
    with boa.reverts("storage: stake too small"):
        send(suite, staker, link(1))
    suite.store.distribute()
    assert suite.store.stakeOf(ALICE) <= suite.store.sharesOf(ALICE)
    profit = supply - link(10)
    assert suite.store.stakeOf(ALICE) == SMALLEST + profit - profit * 250_000 // PPM


def test_the_whole_supply_but_a_juel_can_be_staked_and_the_last_juel_added(
    suite: Suite, staker: str
) -> None:
    _limits(suite)
    supply = 10**27
    assert suite.link.balanceOf(suite.actors.bank) == supply
    send(suite, staker, supply - 1)
    send(suite, staker, 1)
    assert suite.store.stakeOf(staker) == supply
    assert suite.store.sharesOf(staker) == supply * SHARES_PER_JUEL
    travel(12)
    assert suite.store.withdraw(2**256 - 1, sender=staker) == supply


def test_a_disabled_node_takes_no_stake(suite: Suite, staker: str, owner: str) -> None:
    suite.node.setEnabled(suite.actors.node_address, False, sender=owner)
    with boa.reverts("storage: node is disabled"):
        send(suite, staker, link(2))


def test_a_private_node_takes_those_allowed(suite: Suite, logic: str) -> None:
    suite.store.setPolicy((True, True, False, M90, 0), sender=logic)
    suite.store.setStakerAllowed(ALICE, True, sender=logic)
    send(suite, ALICE, link(1))
    with boa.reverts("storage: staker is not allowed"):
        send(suite, BOB, link(1))
    with boa.reverts("storage: staker is not allowed"):
        send(suite, ALICE, link(1), stake_for(BOB))


@pytest.mark.parametrize("part", ["store", "factory", "node", "pool_owners", "timelock", "staking"])
def test_no_contract_of_the_suite_is_a_staker(suite: Suite, part: str, staker: str) -> None:
    with boa.reverts("storage: not a staker"):
        send(suite, staker, link(2), stake_for(getattr(suite, part).address))


def test_neither_nobody_nor_link_nor_a_node_is_a_staker(suite: Suite, staker: str) -> None:
    nobody = "0x" + "00" * 20
    for account in (nobody, suite.link.address, suite.actors.node_address):
        with boa.reverts("storage: not a staker"):
            send(suite, staker, link(2), stake_for(account))


def test_a_penalty_destination_is_no_staker(suite: Suite, listed: Contract) -> None:
    with boa.reverts("storage: not a staker"):
        send(suite, listed.address, link(2))


@pytest.mark.parametrize(
    "data",
    [b"\x00", b"\x4b\xf6\x92\x06", stake_for(ALICE)[:-1], stake_for(ALICE) + b"\x00", bytes(36)],
    ids=["a byte", "a selector alone", "a byte short", "a byte long", "another selector"],
)
def test_unknown_data_is_refused(suite: Suite, staker: str, data: bytes) -> None:
    with boa.reverts("storage: unknown payload"):
        send(suite, staker, link(2), data)


def test_a_dirty_address_is_refused(suite: Suite, staker: str) -> None:
    dirty = stake_for(ALICE)[:4] + b"\x01" + stake_for(ALICE)[5:]
    with boa.reverts():  # by the decoder, without a reason
        send(suite, staker, link(2), dirty)
    assert suite.store.totalStaked() == 0


def test_only_link_may_say_that_link_arrived(suite: Suite, staker: str) -> None:
    earn(suite, link(9))
    for liar in (staker, suite.actors.operator, suite.node.address, suite.actors.node_address):
        with boa.reverts("storage: only LINK"):
            suite.store.onTokenTransfer(staker, link(9), b"", sender=liar)


def test_the_pools_own_instances_take_nothing(suite: Suite, staker: str) -> None:
    for address in (suite.factory.poolStorage(), suite.factory.poolData()):
        with boa.reverts("storage: node is disabled"):
            send(suite, staker, link(2), store=suite.store_at(address))


def test_nor_does_the_implementation(suite: Suite, staker: str) -> None:
    with boa.reverts("storage: node is disabled"):
        send(suite, staker, link(2), store=suite.store_at(suite.factory.implementation()))


def test_p7_a_stake_is_no_dearer_with_a_hundred_stakers(suite: Suite) -> None:
    gas = []
    for i in range(100):
        suite.stake(boa.env.generate_address(), link(1))
        if i in (1, 99):
            gas.append(suite.link.call_trace().gas_used)
    assert abs(gas[1] - gas[0]) < 200
