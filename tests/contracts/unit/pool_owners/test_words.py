# SPDX-License-Identifier: MIT
"""Figures of PoolOwners that share a word: each is all of its bits, and none of its neighbours'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boa
import pytest

from tests.contracts.unit.pool_owners.support import ETH, ONE, WHOLE, World, account, units
from tests.contracts.unit.pool_owners.words import (
    HOLDER,
    TOKEN,
    TOTALS,
    Fields,
    Layout,
    Words,
    full,
)

NEW = account(55)
Show = Callable[[Any], int]

FIGURES: dict[str, tuple[str, Layout, str, Show]] = {
    "shares": ("holder", HOLDER, "shares", lambda owners: owners.balanceOf(NEW)),
    "published shares": ("holder", HOLDER, "shares", lambda owners: owners.getOwnerTokens(NEW)),
    "staked": ("holder", HOLDER, "staked", lambda owners: owners.stakeTotals(NEW)),
    "index": ("token", TOKEN, "index", lambda owners: owners.totalDistributed(NEW)),
    "reserved": ("token", TOKEN, "reserved", lambda owners: owners.reservedFor(NEW)),
    "minimum": ("token", TOKEN, "minimum", lambda owners: owners.distributionMinimum(NEW)),
    "whitelisted": ("token", TOKEN, "whitelisted", lambda owners: owners.tokenWhitelist(NEW)),
    "now": ("totals", TOTALS, "now", lambda owners: owners.getCurrentOwners()),
    "ever": ("totals", TOTALS, "ever", lambda owners: owners.ownersEver()),
}


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_is_its_own_bits_and_no_others(world: World, figure: str) -> None:
    kind, layout, field, show = FIGURES[figure]
    words, top = Words(world.owners), 1 << (dict(layout)[field] - 1)
    for value in (0, 1, top, 2 * top - 1):
        for fields in ({field: value}, full(layout, **{field: value})):
            if kind == "totals":
                words.write_totals(fields)
            else:
                getattr(words, f"write_{kind}")(NEW, fields)
            assert show(world.owners) == value


@pytest.mark.parametrize("tokens", [0, 1, 8])
def test_the_list_of_tokens_has_its_length_whatever_is_counted_beside(
    world: World, tokens: int
) -> None:
    Words(world.owners).write_totals(full(TOTALS, tokens=tokens))
    assert len(world.owners.getTokens()) == tokens


def test_what_is_owed_and_the_fraction_lie_beside_the_index(world: World) -> None:
    """Up to date, so that nothing is added; then one step of the index behind."""
    words, index = Words(world.owners), 2**94 - 2
    for owed, remainder in ((0, WHOLE - 1), (2**89, 0), (2**90 - 1, 1), (1, WHOLE - 1)):
        words.write_record(NEW, ETH, {"paid": index, "owed": owed, "remainder": remainder})
        for others in ({}, full(HOLDER)):
            words.write_holder(NEW, {**others, "shares": ONE})
            for beside in ({"whitelisted": 1}, full(TOKEN)):
                words.write_token(ETH, {**beside, "index": index})
                assert world.owners.claimable(NEW, ETH) == owed
                assert world.owners.remainderOf(NEW, ETH) == remainder
    words.write_token(ETH, full(TOKEN, index=index + 1))
    whole, rest = divmod(ONE + WHOLE - 1, WHOLE)
    assert (whole, world.owners.claimable(NEW, ETH)) == (1, 2)
    assert world.owners.remainderOf(NEW, ETH) == rest


def _holder(shares: int, staked: int, round_: int, listed: int = 1) -> Fields:
    return {"shares": shares, "staked": staked, "round": round_, "listed": listed}


@pytest.mark.parametrize("behind", ["sender", "receiver", "both", "neither"])
@pytest.mark.parametrize("listed", [0, 1])
def test_shares_move_with_everything_around_them_kept(
    world: World, behind: str, listed: int
) -> None:
    """Both are settled for each token first, whoever is behind; stakes and counts are their own."""
    owners, words, token = world.owners, Words(world.owners), world.link.address
    alice, bob, now = account(1), account(2), 2**63 + 5
    first = now - (behind in ("sender", "both"))
    second = now - (behind in ("receiver", "both"))
    words.write_totals({"round": now, "now": 2**31 + 7, "ever": 2**31 + 9, "tokens": 1})
    words.write_holder(alice, _holder(units(900), units(500), first))
    words.write_holder(bob, _holder(units(30), units(30), second, listed))
    for asset, index in ((ETH, 2**93 + WHOLE), (token, 7 * WHOLE)):
        words.write_token(asset, full(TOKEN, index=index, minimum=1))
        words.write_record(alice, asset, {"paid": index - 8 * (first < now), "owed": 2**89})
        words.write_record(bob, asset, {"paid": index - 4 * (second < now), "remainder": 7})
    with boa.reverts("owners: exceeds unstaked"):
        owners.transfer(bob, units(400) + 1, sender=alice)
    owners.transfer(bob, units(400), sender=alice)
    assert words.holder(alice) == _holder(units(500), units(500), now)
    assert words.holder(bob) == _holder(units(430), units(30), now)
    ever = 2**31 + 9 + (not listed)
    assert words.totals() == {"round": now, "now": 2**31 + 7, "ever": ever, "tokens": 1}
    for asset, index in ((ETH, 2**93 + WHOLE), (token, 7 * WHOLE)):
        gained, rest = divmod(units(900) * 8 * (first < now), WHOLE)
        found = {"paid": index, "owed": 2**89 + gained, "remainder": rest}
        assert words.record(alice, asset) == found
        gained, rest = divmod(units(30) * 4 * (second < now) + 7, WHOLE)
        assert words.record(bob, asset) == {"paid": index, "owed": gained, "remainder": rest}


def test_who_comes_and_who_goes_is_counted(world: World) -> None:
    """All of one's shares to one who held none: one comes, one goes, and the list grows once."""
    owners, words = world.owners, Words(world.owners)
    alice, bob, carol = account(1), account(2), account(3)
    beside = {"round": 2**64 - 1, "tokens": 1}
    words.write_totals({**beside, "now": 5, "ever": 9})
    words.write_holder(alice, _holder(units(3), 0, 2**64 - 1))
    owners.transfer(bob, units(1), sender=alice)
    assert words.totals() == {**beside, "now": 6, "ever": 10}
    owners.transfer(bob, units(2), sender=alice)
    assert words.totals() == {**beside, "now": 5, "ever": 10}
    owners.transfer(alice, units(3), sender=bob)
    assert words.totals() == {**beside, "now": 5, "ever": 10}
    owners.transfer(carol, 0, sender=alice)
    owners.transfer(alice, units(3), sender=alice)
    assert words.totals() == {**beside, "now": 5, "ever": 10}
    assert words.holder(carol) == _holder(0, 0, 0, 0)
    assert words.holder(alice) == _holder(units(3), 0, 2**64 - 1)


def test_a_stake_takes_nothing_from_the_fields_beside_it(world: World) -> None:
    owners, words, alice = world.owners, Words(world.owners), account(1)
    words.write_holder(alice, _holder(2**72 - 1, 5, 2**64 - 1))
    free = 2**72 - 6
    with boa.reverts("owners: exceeds unstaked"):
        owners.stakeOwnership(NEW, free + 1, b"", sender=alice)
    owners.stakeOwnership(NEW, free, b"", sender=alice)
    assert words.holder(alice) == _holder(2**72 - 1, 2**72 - 1, 2**64 - 1)
    assert (owners.stakes(alice, NEW), owners.stakeTotals(alice)) == (free, 2**72 - 1)
    owners.removeOwnershipStake(NEW, free, b"", sender=alice)
    assert words.holder(alice) == _holder(2**72 - 1, 5, 2**64 - 1)


@pytest.mark.parametrize(
    ("index", "reserved", "income", "booked"),
    [
        (7, 5, 100, 100),
        (2**94 - 1 - 60, 5, 100, 60),
        (7, 2**90 - 1 - 50, 100, 50),
        (2**94 - 1 - 60, 2**90 - 1 - 50, 100, 50),
        (2**93, 2**89, 31, 31),
    ],
)
def test_income_is_booked_as_far_as_its_fields_are_wide(
    world: World, index: int, reserved: int, income: int, booked: int
) -> None:
    owners, words = world.owners, Words(world.owners)
    words.write_totals({"round": 2**63, "now": 3, "ever": 2**32 - 1, "tokens": 1})
    fields = {"index": index, "reserved": reserved, "minimum": 30, "whitelisted": 1}
    words.write_token(ETH, fields)
    for short in (0, 30):
        boa.env.set_balance(owners.address, reserved + short)
        with boa.reverts("owners: not above the minimum"):
            owners.distributeTokens(ETH)
    boa.env.set_balance(owners.address, reserved - 1)
    assert owners.pendingIncome(ETH) == 0
    with boa.reverts("owners: not above the minimum"):
        owners.distributeTokens(ETH)
    boa.env.set_balance(owners.address, reserved + income)
    owners.distributeTokens(ETH)
    assert words.token(ETH) == {**fields, "index": index + booked, "reserved": reserved + booked}
    assert words.totals()["round"] == 2**63 + 1
    (event,) = [it for it in owners.get_logs() if type(it).__name__ == "TokensDistributed"]
    assert (event.token, event.amount) == (ETH, booked)


@pytest.mark.parametrize("field", ["index", "reserved"])
def test_what_is_full_books_no_more(world: World, field: str) -> None:
    words = Words(world.owners)
    words.write_token(ETH, {"whitelisted": 1, field: full(TOKEN)[field]})
    boa.env.set_balance(world.owners.address, 2**91)
    with boa.reverts("owners: index is full"):
        world.owners.distributeTokens(ETH)


def test_a_claim_takes_all_that_is_owed_and_the_fraction_stays(world: World) -> None:
    owners, words, alice = world.owners, Words(world.owners), account(1)
    words.write_holder(alice, _holder(units(1000), units(7), 3))
    token = {"index": 2**93 + 1, "reserved": 2**89 + 9, "minimum": 2**71 - 1, "whitelisted": 1}
    words.write_token(ETH, token)
    words.write_record(alice, ETH, {"paid": 2**93 - 9, "owed": 2**80, "remainder": WHOLE - 3})
    boa.env.set_balance(owners.address, 2**90)
    gained, rest = divmod(units(1000) * 10 + WHOLE - 3, WHOLE)
    owed = 2**80 + gained
    assert owners.claimFor(alice, ETH, sender=account(9)) == owed
    assert boa.env.get_balance(alice) == owed
    assert words.record(alice, ETH) == {"paid": 2**93 + 1, "owed": 0, "remainder": rest}
    assert words.token(ETH) == {**token, "reserved": 2**89 + 9 - owed}
    assert words.holder(alice) == _holder(units(1000), units(7), 3)


def test_a_payment_that_fails_is_given_back_whole(world: World) -> None:
    owners, words, alice = world.owners, Words(world.owners), account(1)
    link = world.link.address
    words.write_holder(alice, _holder(units(1000), 0, 3))
    token = {"index": 2**93 + 1, "reserved": 2**89 + 9, "minimum": 2**71 - 1, "whitelisted": 1}
    words.write_token(link, token)
    words.write_record(alice, link, {"paid": 2**93 - 9, "owed": 2**80, "remainder": 5})
    gained, rest = divmod(units(1000) * 10 + 5, WHOLE)
    assert owners.batchClaim(link, [alice, alice], sender=account(9)) == 0
    found = {"paid": 2**93 + 1, "owed": 2**80 + gained, "remainder": rest}
    assert words.record(alice, link) == found
    assert words.token(link) == token


def test_a_minimum_changes_and_nothing_beside_it(world: World) -> None:
    words = Words(world.owners)
    for old in (0, 2**70, 2**71 - 1):
        words.write_token(ETH, full(TOKEN, minimum=old))
        world.owners.setDistributionMinimum(ETH, 17, sender=world.admin)
        assert words.token(ETH) == full(TOKEN, minimum=17)
        event = world.owners.get_logs()[-1]
        assert (event.token, event.old, event.new) == (ETH, old, 17)


def test_a_new_token_starts_with_its_minimum_and_nothing_else(world: World) -> None:
    words = Words(world.owners)
    words.write_totals({"round": 2**64 - 1, "now": 2**32 - 1, "ever": 2**32 - 1, "tokens": 1})
    token = world.add_token(minimum=units(9))
    assert words.token(token.address) == {
        **{"index": 0, "reserved": 0},
        **{"minimum": units(9), "whitelisted": 1},
    }
    assert words.totals() == full(TOTALS, tokens=2)
    assert list(world.owners.getTokens()) == [world.link.address, token.address]
