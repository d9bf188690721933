# SPDX-License-Identifier: MIT
"""Returns under a used reference, twice final, too large, in pieces, elsewhere (P8, P9, P10)."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.support import (
    ALICE,
    BOB,
    CAROL,
    next_block,
    out,
    overdue,
    penalty,
    worth,
)
from tests.contracts.suite import Contract, Suite, actor, link, mock, word


def test_p9_a_reference_is_never_used_again(staked: Suite, listed: Contract) -> None:
    penalty(staked, listed, link(1), 1)
    with boa.reverts("storage: reference already used"):
        penalty(staked, listed, link(1), 1)
    listed.giveBack(staked.store.address, link(1), word(1))
    with boa.reverts("storage: reference already used"):
        penalty(staked, listed, link(1), 1)


def test_p10_final_twice_books_once(staked: Suite, listed: Contract) -> None:
    penalty(staked, listed, link(4), 1)
    listed.giveBackFinal(staked.store.address, link(1), word(1))
    total = staked.store.totalStaked()
    allowance = staked.store.lossAllowance()
    listed.giveBackFinal(staked.store.address, 0, word(1))
    assert (staked.store.totalStaked(), staked.store.lossAllowance()) == (total, allowance)
    with boa.reverts("storage: no such open penalty"):
        staked.store.resolveOverdue(listed.address, word(1))


@pytest.mark.parametrize("late", [False, True])
def test_p10_what_is_above_the_record_is_profit(
    staked: Suite, listed: Contract, late: bool
) -> None:
    """More than was sent is income, split like any other; the record is closed once."""
    penalty(staked, listed, link(4), 1)
    staked.fund(listed.address, link(8))
    if late:
        overdue(staked, listed, 1)
    listed.giveBack(staked.store.address, link(12), word(1))
    assert staked.store.totalStaked() == link(400)
    assert staked.store.pendingIncome() == link(8)
    assert staked.store.distribute() == (link(2), 0)
    assert worth(staked, ALICE) + worth(staked, BOB) >= link(406) - 1


def test_p10_a_return_to_another_storage_is_refused(staked: Suite, listed: Contract) -> None:
    other = staked.create_node(actor("other node"))
    penalty(staked, listed, link(4), 1)
    with boa.reverts():
        listed.giveBack(other.address, link(4), word(1))
    with boa.reverts():
        listed.giveBackFinal(other.address, link(4), word(1))
    assert staked.link.balanceOf(other.address) == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01" * 31,
        word(2),
        word(1) + word(0),
        word(1) + word(2),
        word(1) + word(1) + b"\0",
        bytes.fromhex("4bf69206") + word(5),
    ],
)
def test_p10_a_return_that_says_something_else_is_refused(
    staked: Suite, listed: Contract, data: bytes
) -> None:
    penalty(staked, listed, link(4), 1)
    with boa.reverts():
        listed.giveBackRaw(staked.store.address, link(1), data)
    assert staked.store.penaltyById(1).returned == 0


@pytest.mark.parametrize("leaves", [False, True])
def test_p10_juel_by_juel_comes_to_the_same(staked: Suite, listed: Contract, leaves: bool) -> None:
    """Seven pieces of a juel, some of nothing, and a last word: as seven juels at once."""
    outcomes = []
    for pieces in ([7], [1, 0, 1, 1, 1, 0, 1, 1, 1]):
        with boa.env.anchor():
            penalty(staked, listed, 1_001, 1)
            if leaves:
                next_block()
                out(staked, BOB)
            for juels in pieces:
                listed.giveBack(staked.store.address, juels, word(1))
            listed.giveBackFinal(staked.store.address, 0, word(1))
            kept = staked.store.penaltyById(1)
            claim = tuple(staked.store.exitClaimOf(BOB, [1]))
            outcomes.append((kept, claim, worth(staked, ALICE), staked.store.totalStaked()))
            assert (kept.state, kept.returned, kept.amount) == (2, 7, 1_001)
    assert outcomes[0] == outcomes[1]


def test_p10_what_follows_a_closed_record_is_counted_once(staked: Suite, listed: Contract) -> None:
    """Final, then late in pieces, then more than was ever sent: the stakers are whole, no more."""
    penalty(staked, listed, link(4), 1)
    staked.fund(listed.address, link(5))
    listed.giveBackFinal(staked.store.address, link(1), word(1))
    for returned in (link(1), link(2), link(4)):
        missing = link(4) - returned
        assert staked.store.penaltyById(1).returned == returned
        assert staked.store.penalty(listed.address, word(1)) == staked.store.penaltyById(1)
        assert staked.store.totalStaked() == link(400) - missing
        listed.giveBack(staked.store.address, 1 if returned == link(4) else returned, word(1))
    listed.giveBackFinal(staked.store.address, link(1), word(1))
    # The juel too many is income, booked by the next return; that one's LINK is still pending.
    assert staked.store.totalStaked() == link(400) + 1
    assert staked.store.pendingIncome() == link(1)
    assert (staked.store.atRisk(), staked.store.stakersAtRisk()) == (0, 0)


def test_p8_a_stake_in_the_block_of_a_return_gains_nothing(staked: Suite, listed: Contract) -> None:
    """Whatever comes back in that block, the newcomer takes out no more than came in."""
    penalty(staked, listed, link(4), 1)
    for _ in range(2):
        staked.stake(CAROL, link(100))
        listed.giveBack(staked.store.address, link(2), word(1))
    assert worth(staked, CAROL) <= link(200)
    next_block()
    assert out(staked, CAROL) <= link(200)


def test_p10_a_return_after_a_false_final_costs_no_staker_anything(
    staked: Suite, listed: Contract
) -> None:
    """Final, a stake, the rest: what the newcomer has of it the liar could have kept altogether."""
    penalty(staked, listed, link(4), 1)
    listed.giveBackFinal(staked.store.address, link(2), word(1))
    had = (worth(staked, ALICE), worth(staked, BOB))
    staked.stake(CAROL, link(100))
    listed.giveBack(staked.store.address, link(2), word(1))
    assert (worth(staked, ALICE), worth(staked, BOB)) > had
    assert link(100) <= worth(staked, CAROL) < link("100.5")
    assert sum(worth(staked, who) for who in (ALICE, BOB, CAROL)) <= link(500)


def test_p10_final_from_inside_the_sending_closes_at_once(staked: Suite) -> None:
    """The target keeps all of it, or slashes half, before sendPenalty has returned."""
    target = mock("evil_target", staked.link.address)
    staked.whitelist(target.address)
    token, store = staked.link, staked.store
    other = staked.create_node(actor("other node"))
    for number, amount in ((1, 0), (2, link(1))):
        final = word(number) + word(1)
        calls = [
            (token.address, token.transferAndCall.prepare_calldata(other.address, amount, final)),
            (token.address, token.transferAndCall.prepare_calldata(store.address, amount, final)),
            (store.address, store.resolveOverdue.prepare_calldata(target.address, word(number))),
        ]
        target.prepare(calls)
        penalty(staked, target, link(2), number)
        assert target.succeeded() == 0b010
        assert store.penaltyById(number).state == 2
        assert store.penaltyById(number).returned == amount
    assert store.openPenalties() == []
    assert store.totalStaked() == link(397)
    assert (store.atRisk(), store.stakersAtRisk(), store.pendingIncome()) == (0, 0, 0)


def test_p10_eleven_records_in_ten_places_are_told_apart(staked: Suite, listed: Contract) -> None:
    """Closed in any order, their places taken again: each keeps its own outcome."""
    for number in range(1, 11):
        penalty(staked, listed, link("0.1") + number, number)
    for number in (4, 10, 1):
        listed.giveBackFinal(staked.store.address, number, word(number))
    for number in (11, 12):
        penalty(staked, listed, link("0.1") + number, number)
    assert sorted(staked.store.openPenalties()) == [2, 3, 5, 6, 7, 8, 9, 11, 12]
    next_block()
    out(staked, BOB)
    still, now = staked.store.exitClaimOf(BOB, staked.store.openPenalties())
    assert (still > 0, now) == (True, 0)
    assert tuple(staked.store.exitClaimOf(BOB, [1, 4, 10])) == (0, 0)
    for number in (12, 2, 7, 3, 11, 5, 9, 8, 6):
        listed.giveBack(staked.store.address, link("0.1") + number, word(number))
    assert [staked.store.penaltyById(i).returned - i for i in (1, 4, 10)] == [0, 0, 0]
    assert tuple(staked.store.exitClaimOf(BOB, [2, 3, 5, 6, 7, 8, 9, 11, 12][:10])) == (0, still)
    assert (staked.store.atRisk(), staked.store.stakersAtRisk()) == (0, 0)
    assert staked.store.lossAllowance() > 0
