# SPDX-License-Identifier: MIT
"""LINK that a penalty contract gives back: in full, in part, late, or not as it should."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import (
    ALL,
    PENALTY_LIFE,
    Contract,
    Suite,
    actor,
    link,
    logs,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.support import ALICE, BOB, Books, books, earn

SHARES = link(100) * 10**15


def _books(staked: int, at_risk: int = 0, pending: int = 0) -> Books:
    return Books(
        staked=staked,
        shares=SHARES,
        stakers=2,
        at_risk=at_risk,
        stakers_at_risk=link(5) if at_risk else 0,
        claims=0,
        escrow=0,
        owners=0,
        pledged=0,
        operations=0,
        pending=pending,
    )


def test_a_full_return_closes_the_record_without_a_loss(risked: Suite, listed: Contract) -> None:
    listed.giveBack(risked.store.address, link(5), word(1))
    (returned,) = logs(listed, "PenaltyReturned")
    assert (returned.target, returned.reference) == (listed.address, word(1))
    assert (returned.id, returned.amount) == (1, link(5))
    assert logs(listed, "PenaltySlashed") == []
    (booked,) = logs(listed, "LossBooked")
    assert (booked.id, booked.owners, booked.claims, booked.stakers) == (1, 0, 0, 0)
    assert books(risked.store) == _books(link(100))
    assert risked.store.lossAllowance() == 50_000


def test_partial_returns_add_up_and_wait_inside(risked: Suite, listed: Contract) -> None:
    for i in range(4):
        listed.giveBack(risked.store.address, link(1), word(1))
        assert risked.store.penaltyById(1).returned == link(i + 1)
        assert books(risked.store) == _books(link(100), at_risk=link(4 - i))
        assert risked.store.withdrawable(ALICE) == link(57)
    listed.giveBack(risked.store.address, link(1), word(1))
    assert books(risked.store) == _books(link(100))
    assert risked.store.withdrawable(ALICE) == link(60)


def test_a_final_return_books_the_rest_as_lost(risked: Suite, listed: Contract) -> None:
    listed.giveBackFinal(risked.store.address, link(2), word(1))
    (slashed,) = logs(listed, "PenaltySlashed")
    assert (slashed.target, slashed.reference, slashed.id) == (listed.address, word(1), 1)
    assert (slashed.amount, slashed.overdue) == (link(3), False)
    (booked,) = logs(listed, "LossBooked")
    assert (booked.owners, booked.claims, booked.stakers) == (0, 0, link(3))
    assert books(risked.store) == _books(link(97))
    assert risked.store.stakeOf(ALICE) == link("58.2")
    assert risked.store.stakeOf(BOB) == link("38.8")


def test_a_final_return_of_nothing_loses_all_of_it(risked: Suite, listed: Contract) -> None:
    listed.giveBackFinal(risked.store.address, 0, word(1))
    assert books(risked.store) == _books(link(95))


def test_a_return_of_nothing_that_is_not_final_changes_nothing(
    risked: Suite, listed: Contract
) -> None:
    before = books(risked.store)
    listed.giveBack(risked.store.address, 0, word(1))
    assert books(risked.store) == before
    assert risked.store.openPenalties() == [1]


@pytest.mark.parametrize(
    ("back", "owners", "stakers"),
    [("3", "0", "0"), ("2.5", "0.5", "0"), ("2", "1", "0"), ("1.5", "1", "0.5"), ("0", "1", "2")],
)
def test_p9_the_pledge_bears_the_loss_first(
    suite: Suite, listed: Contract, operator: str, back: str, owners: str, stakers: str
) -> None:
    suite.stake(ALICE, link(100))
    earn(suite, link(4))
    suite.store.sendPenalty(listed.address, link(3), word(1), sender=operator)
    listed.giveBackFinal(suite.store.address, link(back), word(1))
    (booked,) = logs(listed, "LossBooked")
    assert (booked.owners, booked.claims, booked.stakers) == (link(owners), 0, link(stakers))
    assert suite.store.ownersDue() == link(1) - link(owners)
    assert suite.store.ownersPledged() == 0
    assert suite.store.stakeOf(ALICE) == link(103) - link(stakers)


def test_p9_owners_leavers_and_stakers_bear_one_loss_in_their_order(
    suite: Suite, listed: Contract, operator: str
) -> None:
    """Due 1, sent 5: exposure 4, of which Alice, leaving with half the shares, claims 2."""
    suite.stake(ALICE, link(50))
    suite.stake(BOB, link(50))
    earn(suite, link(4))
    travel(12)
    suite.store.sendPenalty(listed.address, link(5), word(1), sender=operator)
    assert suite.store.withdraw(ALL, sender=ALICE) == link("49.5")
    listed.giveBackFinal(suite.store.address, link(1), word(1))
    (booked,) = logs(listed, "LossBooked")
    assert (booked.owners, booked.claims) == (link(1), link("1.5"))
    assert booked.stakers == link("1.5")
    assert suite.store.claimExit(ALICE, [1]) == link("0.5")
    assert suite.store.stakeOf(BOB) == link(50)


@pytest.mark.parametrize(
    "data",
    [
        b"\x01",
        bytes(31),
        word(1) + b"\x00",
        word(1) + word(0),
        word(1) + word(2),
    ],
    ids=["a byte", "31 bytes", "33 bytes", "a second word 0", "a second word 2"],
)
def test_what_is_no_return_is_refused(risked: Suite, listed: Contract, data: bytes) -> None:
    with boa.reverts("storage: not a return"):
        listed.giveBackRaw(risked.store.address, link(1), data)


def test_more_than_two_words_are_refused(risked: Suite, listed: Contract) -> None:
    for data in (word(1) + word(1) + b"\x00", word(1) * 3):
        with boa.reverts("storage: unknown payload"):
            listed.giveBackRaw(risked.store.address, link(1), data)


def test_a_return_under_another_reference_is_refused(risked: Suite, listed: Contract) -> None:
    with boa.reverts("storage: unknown penalty"):
        listed.giveBack(risked.store.address, link(5), word(2))
    with boa.reverts("storage: unknown penalty"):
        listed.giveBackFinal(risked.store.address, 0, word(2))


def test_a_return_to_another_node_is_refused(risked: Suite, listed: Contract) -> None:
    other = risked.create_node(actor("node 2"))
    with boa.reverts("storage: unknown payload"):
        listed.giveBack(other.address, link(5), word(1))


def test_nobody_else_can_return(risked: Suite, stranger: str) -> None:
    """Nor close somebody's record as final."""
    risked.fund(stranger, link(5))
    for data in (word(1), word(1) + word(1)):
        with boa.reverts("storage: unknown payload"):
            risked.link.transferAndCall(risked.store.address, link(5), data, sender=stranger)


def test_what_is_above_the_record_is_profit(risked: Suite, listed: Contract) -> None:
    risked.fund(listed.address, link(4))
    listed.giveBack(risked.store.address, link(9), word(1))
    assert risked.store.penaltyById(1).returned == link(5)
    assert books(risked.store) == _books(link(100), pending=link(4))
    assert risked.store.distribute()[0] == link(1)


def test_a_second_full_return_is_profit(risked: Suite, listed: Contract) -> None:
    listed.giveBack(risked.store.address, link(5), word(1))
    risked.fund(listed.address, link(5))
    listed.giveBack(risked.store.address, link(5), word(1))
    assert books(risked.store) == _books(link(100), pending=link(5))


def test_a_plain_transfer_is_profit_and_no_return(risked: Suite, listed: Contract) -> None:
    listed.plainTransfer(risked.store.address, link(5))
    assert books(risked.store) == _books(link(100), at_risk=link(5), pending=link(5))
    assert risked.store.penaltyById(1).returned == 0


def test_p10_a_late_return_is_never_income(risked: Suite, listed: Contract) -> None:
    listed.giveBackFinal(risked.store.address, link(1), word(1))
    assert risked.store.totalStaked() == link(96)
    listed.giveBack(risked.store.address, link(3), word(1))
    (booked,) = logs(listed, "LossBooked")
    assert (booked.owners, booked.claims, booked.stakers) == (0, 0, link(1))
    assert books(risked.store) == _books(link(99))


@pytest.mark.parametrize("removed", [False, True])
def test_a_return_is_taken_whatever_became_of_the_target_and_the_node(
    risked: Suite, listed: Contract, owner: str, removed: bool
) -> None:
    if removed:
        risked.factory.removeDestination(listed.address, sender=owner)
        risked.node.setEnabled(risked.actors.node_address, False, sender=owner)
        risked.timelock.renounce_ownership(sender=owner)
    listed.giveBack(risked.store.address, link(5), word(1))
    assert books(risked.store) == _books(link(100))


SCHEDULES: dict[str, list[tuple[int, str, bool]]] = {
    "at once": [(0, "3", True)],
    "in two parts": [(0, "1", False), (86_400, "2", True)],
    "on the last day": [(PENALTY_LIFE, "3", True)],
    "part early, part late": [(0, "1", False), (PENALTY_LIFE + 1, "2", False)],
    "all late": [(PENALTY_LIFE + 1, "3", False)],
    "late in parts": [(PENALTY_LIFE + 1, "0.5", False), (86_400, "2.5", False)],
    "very late": [(90 * 86_400, "3", False)],
    "after being final": [(0, "1", True), (86_400, "2", False)],
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_p10_the_outcome_depends_on_the_total_returned_and_never_on_when(
    suite: Suite, listed: Contract, operator: str, schedule: list[tuple[int, str, bool]]
) -> None:
    """Due 1, sent 5, 3 came back: the owners lose 1, Alice's claim and Bob a half each."""
    store = suite.store
    suite.stake(ALICE, link(50))
    suite.stake(BOB, link(50))
    earn(suite, link(4))
    travel(12)
    store.sendPenalty(listed.address, link(5), word(1), sender=operator)
    store.withdraw(ALL, sender=ALICE)
    for wait, amount, final in schedule:
        travel(wait)
        if wait > PENALTY_LIFE and store.openPenalties():
            store.resolveOverdue(listed.address, word(1))
        give = listed.giveBackFinal if final else listed.giveBack
        give(store.address, link(amount), word(1))
    assert store.claimExit(ALICE, [1]) == link("1.5")
    assert store.stakeOf(BOB) == link("51")
    assert tuple(store.distribute()) == (0, 0)
    assert suite.link.balanceOf(store.address) == link("51")
