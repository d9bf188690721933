# SPDX-License-Identifier: MIT
"""Where a field ends, a stake is smallest, or nothing is left: both sides of each boundary."""

from __future__ import annotations

from random import Random

import boa
import pytest

from tests.contracts.suite import ALL, PPM, Contract, Suite, actor, link, logs, travel, word
from tests.contracts.unit.pool_storage.support import (
    ALICE,
    BOB,
    SMALLEST,
    earn,
    send,
    stake_and_wait,
    stake_for,
)
from tests.contracts.unit.pool_storage.words import (
    FIRST_SHARES,
    M90,
    SMALLEST_SHARES,
    Words,
    full,
    held,
    install,
)


def test_income_is_credited_up_to_the_width_of_the_total_and_the_rest_waits(suite: Suite) -> None:
    """So that settling cannot fail (P2); what does not fit is credited when there is room."""
    sent = 9 * 10**26
    before = full(Random(6), staked=M90 - 5, at_risk=0, shares=M90 * 3, sent=sent)
    before["held"] = held(before, 0)
    words = install(suite, before, 100)
    assert suite.store.pendingIncome() == 5
    suite.store.distribute()
    assert words.read()["staked"] == M90 - 5 * before["makers"] // PPM


def test_were_link_ever_missing_nothing_would_be_booked(suite: Suite) -> None:
    """No call can make it so (P3); a withdrawal by others must not fail for it either."""
    with boa.env.anchor():
        before = full(Random(7), at_risk=0)
        words = install(suite, before, 0)
        for missing in (1, link(50_000)):
            words.write("dues", {**before, "held": before["held"] + missing})
            assert suite.store.pendingIncome() == 0
        words.write_position(ALICE, before["epoch"], {"shares": before["shares"] // 9})
        assert suite.store.withdraw(link(1), sender=ALICE) == link(1)
        assert words.read()["owners"] == before["owners"]


def test_the_smallest_position_may_stay_and_a_share_less_may_not(suite: Suite) -> None:
    before = full(Random(8), at_risk=0, overdue=0, shares=0)
    before["shares"] = before["staked"] * FIRST_SHARES
    words = install(suite, before, 0)
    for above, stays in ((SMALLEST_SHARES, True), (SMALLEST_SHARES - 1, False)):
        own = {"shares": link(1) * FIRST_SHARES + above, "block": 3}
        words.write_position(ALICE, before["epoch"], own)
        with boa.env.anchor():
            suite.store.withdraw(link(1), sender=ALICE)
            assert suite.store.sharesOf(ALICE) == (above if stays else 0)
    # Nor does a stake make less: the first one of 10**27 shares.
    words.write_position(ALICE, before["epoch"], {})
    with boa.reverts("storage: stake too small"):
        send(suite, ALICE, SMALLEST - 1)
    send(suite, ALICE, SMALLEST)
    assert suite.store.sharesOf(ALICE) == SMALLEST_SHARES


def test_all_shares_of_a_node_fill_their_width_and_no_more(suite: Suite) -> None:
    """Each juel buys the same shares: three times as many juels are three times the shares."""
    third = (2**140 - 1) // 3
    for shares, fits in ((third, True), (third + 1, False)):
        with boa.env.anchor():
            before = full(Random(9), staked=link(100), overdue=0, at_risk=0, sent=link(5))
            before["shares"] = shares
            words = install(suite, before, 0)
            if not fits:
                with boa.reverts("storage: too many shares"):
                    send(suite, ALICE, link(200))
                continue
            send(suite, ALICE, link(200))
            assert words.read()["shares"] == 2**140 - 1
            assert suite.store.sharesOf(ALICE) == 2 * third


@pytest.mark.parametrize("credit", [SMALLEST // 10, SMALLEST - 1])
def test_a_credit_too_small_to_stay_may_be_asked_for_with_the_rest(
    suite: Suite, credit: int
) -> None:
    """A stranger's credit in the block of an exit neither stays behind nor makes it fail (P2)."""
    stake_and_wait(suite, ALICE, link(10))
    send(suite, BOB, credit, stake_for(ALICE))
    with boa.env.anchor(), boa.reverts("storage: exceeds withdrawable"):
        suite.store.withdraw(link(10) + credit + 1, sender=ALICE)
    for asked in (link(10) + credit, link(10) + 1, link(10), ALL):
        with boa.env.anchor():
            assert suite.store.withdraw(asked, sender=ALICE) == link(10) + credit
            assert suite.store.sharesOf(ALICE) == 0


def test_a_position_is_not_all_because_all_that_can_leave_was_asked_for(suite: Suite) -> None:
    """A credit of this block that is no smaller than a position stays, and its shares with it."""
    stake_and_wait(suite, ALICE, link(10))
    send(suite, BOB, link(2), stake_for(ALICE))
    most = suite.store.withdrawable(ALICE)
    assert link(10) <= most <= link(10) + 2
    assert suite.store.withdraw(ALL, sender=ALICE) == most
    left = suite.store.sharesOf(ALICE)
    assert link(2) * FIRST_SHARES - 2**51 < left <= link(2) * FIRST_SHARES
    with boa.reverts("storage: credited in this block"):
        suite.store.withdraw(ALL, sender=ALICE)
    travel(12)
    assert suite.store.withdraw(ALL, sender=ALICE) == link(12) - most


def test_with_everything_at_risk_who_leaves_takes_claims_only(suite: Suite) -> None:
    """What was credited in the same block too: nothing of it is paid."""
    for credit in (0, 2**60):
        with boa.env.anchor():
            present = link(30)
            before = full(
                Random(10), places=1, staked=present, at_risk=present, sent=present, overdue=0
            )
            words = install(suite, before, 0)
            words.write_record(5, 0, {"exposure": present, "present": present})
            block = boa.env.evm.patch.block_number % 2**26
            own = {"shares": before["shares"] // 3, "credit": credit, "block": block}
            words.write_position(ALICE, before["epoch"], own)
            assert suite.store.withdrawable(ALICE) == 0
            for asked in (1, ALL - 1):
                with boa.reverts("storage: exceeds withdrawable"):
                    suite.store.withdraw(asked, sender=ALICE)
            assert suite.store.withdraw(ALL, sender=ALICE) == 0
            face = own["shares"] * present // before["shares"]
            assert tuple(suite.store.exitClaimOf(ALICE, [5])) == (face, 0)
            assert words.read()["shares"] == before["shares"] - own["shares"]


def test_income_of_a_node_without_stakers_is_the_owners_though_a_total_is_left(
    suite: Suite,
) -> None:
    """Shares without a total are void, a total without shares is nobody's: no staker is paid."""
    for figures in ({"staked": 0, "shares": 10**28, "stakers": 3}, {"staked": 0, "shares": 2**139}):
        with boa.env.anchor():
            before = full(Random(11), at_risk=0, sent=link(9), overdue=1) | figures
            words = install(suite, before, link(4))
            suite.store.distribute()
            assert words.read()["staked"] == 0
            assert suite.link.balanceOf(suite.pool_owners.address) == before["owners"] + link(4)
    for stakers in (1, 2**26 - 1):
        with boa.env.anchor():
            before = full(
                Random(11), staked=2**89 + 1, shares=0, stakers=stakers, at_risk=0, sent=9
            )
            words = install(suite, before, link(4))
            suite.store.distribute()
            assert words.read()["staked"] == 2**89 + 1
            assert suite.link.balanceOf(suite.pool_owners.address) == before["owners"] + link(4)
    # A share is enough, of whichever bit.
    for shares in (2**139, 10**27, 1):
        with boa.env.anchor():
            before = full(Random(12), at_risk=0, sent=link(9), stakers=1) | {"shares": shares}
            words = install(suite, before, link(4))
            suite.store.distribute()
            stakers = link(4) - link(4) * before["makers"] // PPM
            assert words.read()["staked"] == before["staked"] + stakers


@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_juel_costs_its_shares_rounded_up(suite: Suite, above: int) -> None:
    """10**9 shares: not one more where it comes out even, one where anything is left (P6)."""
    before = full(Random(13), overdue=0, at_risk=0, sent=5)
    before["shares"] = 10**9 * before["staked"] + above
    words = install(suite, before, 0)
    words.write_position(ALICE, before["epoch"], {"shares": before["shares"] // 2, "block": 3})
    suite.store.withdraw(1, sender=ALICE)
    assert words.read()["shares"] == before["shares"] - 10**9 - (above > 0)


@pytest.mark.parametrize("given_up", [0, 1, 2])
def test_who_leaves_gives_up_a_part_rounded_down(suite: Suite, given_up: int) -> None:
    """A ninth of what is awaited: of 9 juels one, of 8 none (P10)."""
    before = full(Random(14), at_risk=0, sent=5)
    before["shares"], before["waiting"] = 9 * 10**33, 9 * given_up + 8
    words = install(suite, before, 0)
    words.write_position(ALICE, before["epoch"], {"shares": 10**33, "block": 3})
    suite.store.withdraw(ALL, sender=ALICE)
    assert words.read()["waiting"] == before["waiting"] - given_up


@pytest.mark.parametrize("shares", [10**27, 2**139, 2**140 - 1])
def test_a_position_is_one_in_whichever_block_it_was_made(suite: Suite, shares: int) -> None:
    """Also where its other fields are 0: in every block whose number is a multiple of 2**26."""
    before = full(Random(15), at_risk=0, sent=5, overdue=0, staked=2**88)
    before["shares"] = 2**140 - 1
    words = install(suite, before, 0)
    words.write_position(ALICE, before["epoch"], {"shares": shares})
    worth = shares * 2**88 // before["shares"]
    assert suite.store.withdrawable(ALICE) == worth > 0
    assert suite.store.withdraw(ALL, sender=ALICE) == worth


@pytest.mark.parametrize("stakers", [1, 2, 2**26 - 1])
def test_a_total_that_no_share_owns_is_the_owners_but_for_what_is_at_risk(
    suite: Suite, listed: Contract, operator: str, stakers: int
) -> None:
    """No call leaves one behind; when a record is closed it would be found all the same."""
    store, words = suite.store, Words(suite.store)
    suite.stake(ALICE, link(200))
    store.sendPenalty(listed.address, link(3), word(1), sender=operator)
    store.sendPenalty(listed.address, link(1), word(2), sender=operator)
    before = words.read()
    for shares, owned in ((0, link(196)), (2**139, 0), (1, 0)):
        with boa.env.anchor():
            words.write("totals", {"staked": link(200), "shares": shares, "stakers": stakers})
            listed.giveBackFinal(store.address, 0, word(1))
            after = words.read()
            assert after["owners"] == before["owners"] + owned
            assert after["staked"] == link(197) - owned
            assert after["at_risk"] == link(1)


def test_what_is_not_due_moves_no_link_at_all(suite: Suite) -> None:
    """Not even a transfer of nothing, which every tool would show."""
    suite.stake(ALICE, link(3))
    suite.store.distribute()
    assert [type(log).__name__ for log in suite.store.get_logs()] == ["Distributed"]
    earn(suite, 4)
    suite.store.distribute()
    moved = [it for it in suite.link.get_logs() if type(it).__name__ == "Transfer"]
    assert suite.link.balanceOf(suite.pool_owners.address) == 1
    assert len(logs(suite.store, "Distributed")) == 1
    assert len(moved) <= 1


def test_the_books_of_the_pools_own_instances_and_of_the_code_start_alike(suite: Suite) -> None:
    """Nothing is owed there, and they cannot be initialised again, by nobody."""
    zero = "0x" + "00" * 20
    terms = (zero, zero, zero, False, 0, 0, 0, 0, 0, 0)
    for place in (
        suite.factory.poolStorage(),
        suite.factory.poolData(),
        suite.factory.implementation(),
        suite.store.address,
    ):
        store = suite.store_at(place)
        figures = Words(store).read()
        assert (figures["held"], figures["used"]) == (2**92, 1)
        with boa.reverts("storage: already initialised"):
            store.initialise(terms, sender=suite.factory.address)
        with boa.reverts("storage: only the factory"):
            store.initialise(terms, sender=actor("anybody"))
