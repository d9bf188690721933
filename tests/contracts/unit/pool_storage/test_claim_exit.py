# SPDX-License-Identifier: MIT
"""claimExit(): what leavers kept of penalties that were open when they left."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ALL, PENALTY_LIFE, Contract, Suite, link, logs, travel, word
from tests.contracts.unit.pool_storage.support import ALICE, BOB, books


@pytest.fixture
def left(risked: Suite) -> Suite:
    """Alice is out with 57 LINK and a claim of 3 on record 1; Bob stays with 40."""
    assert risked.store.withdraw(ALL, sender=ALICE) == link(57)
    return risked


def _claims(suite: Suite, ids: list[int] | None = None) -> tuple[int, int]:
    still, now = suite.store.exitClaimOf(ALICE, ids or [1])
    return still, now


def test_p9_a_claim_pays_its_part_of_what_came_back(left: Suite, listed: Contract) -> None:
    listed.giveBack(left.store.address, link(5), word(1))
    assert _claims(left) == (0, link(3))
    assert left.store.claimExit(ALICE, [1]) == link(3)
    (event,) = logs(left.store, "ExitClaimed")
    assert (event.staker, event.amount) == (ALICE, link(3))
    assert left.link.balanceOf(ALICE) == link(60)
    assert left.store.stakeOf(BOB) == link(40)
    assert left.store.exitClaims() == 0


@pytest.mark.parametrize(
    ("back", "paid", "bob"),
    [
        (0, 0, link(38)),
        (1, 0, link(38)),
        (2, 1, link(38)),
        (link("2.5"), link("1.5"), link(39)),
        (link(5) - 1, link(3) - 1, link(40)),
    ],
)
def test_p9_a_loss_falls_on_leavers_and_stakers_in_proportion(
    left: Suite, listed: Contract, back: int, paid: int, bob: int
) -> None:
    listed.giveBackFinal(left.store.address, back, word(1))
    assert left.store.claimExit(ALICE, [1]) == paid
    assert bob - 1 <= left.store.stakeOf(BOB) <= bob + 1
    assert left.store.stakeOf(BOB) + paid == link(38) + back


def test_nothing_payable_pays_nothing_and_says_nothing(left: Suite, listed: Contract) -> None:
    listed.giveBackFinal(left.store.address, 0, word(1))
    assert left.store.claimExit(ALICE, [1]) == 0
    assert logs(left.store, "ExitClaimed") == []


def test_an_open_penalty_pays_no_claim_yet(left: Suite, listed: Contract) -> None:
    listed.giveBack(left.store.address, link(4), word(1))
    assert _claims(left) == (link(3), 0)
    assert left.store.claimExit(ALICE, [1]) == 0
    listed.giveBack(left.store.address, link(1), word(1))
    assert left.store.claimExit(ALICE, [1]) == link(3)


def test_p1_anyone_may_claim_for_a_leaver_who_is_paid(
    left: Suite, listed: Contract, stranger: str
) -> None:
    listed.giveBack(left.store.address, link(5), word(1))
    assert left.store.claimExit(ALICE, [1], sender=stranger) == link(3)
    assert left.link.balanceOf(stranger) == 0
    assert left.link.balanceOf(ALICE) == link(60)


def test_a_claim_is_paid_once(left: Suite, listed: Contract) -> None:
    listed.giveBack(left.store.address, link(5), word(1))
    assert left.store.claimExit(ALICE, [1, 1, 1]) == link(3)
    assert left.store.claimExit(ALICE, [1]) == 0
    assert _claims(left) == (0, 0)


def test_records_without_a_claim_are_passed_over(left: Suite, listed: Contract) -> None:
    listed.giveBack(left.store.address, link(5), word(1))
    assert left.store.claimExit(BOB, [1]) == 0
    assert left.store.claimExit(ALICE, [0, 2, 999, 2**256 - 1, 1]) == link(3)
    assert left.store.claimExit(ALICE, []) == 0


def test_eleven_records_at_once_are_too_many(left: Suite) -> None:
    data = left.store.claimExit.prepare_calldata(ALICE, [1] * 10)
    longer = data[:99] + bytes([11]) + data[100:] + word(1)
    for payload, refused in ((data, False), (longer, True)):
        computation = boa.env.execute_code(to_address=left.store.address, data=payload)
        assert computation.is_error is refused


def test_p10_a_late_return_pays_what_was_claimed_too_early(left: Suite, listed: Contract) -> None:
    travel(PENALTY_LIFE + 1)
    left.store.resolveOverdue(listed.address, word(1))
    assert left.store.claimExit(ALICE, [1]) == 0
    listed.giveBack(left.store.address, link(1), word(1))
    assert left.store.claimExit(ALICE, [1]) == link("0.6")
    listed.giveBack(left.store.address, link(4), word(1))
    assert left.store.claimExit(ALICE, [1]) == link("2.4")
    assert left.link.balanceOf(ALICE) == link(60)
    assert left.store.stakeOf(BOB) == link(40)


def test_a_claim_grows_with_a_second_withdrawal(risked: Suite, listed: Contract) -> None:
    for _ in range(2):
        risked.store.withdraw(link("28.5"), sender=ALICE)
    assert _claims(risked) == (link(3), 0)
    listed.giveBack(risked.store.address, link(5), word(1))
    assert risked.store.claimExit(ALICE, [1]) == link(3)


def test_one_withdrawal_opens_a_claim_on_each_open_record(
    risked: Suite, listed: Contract, operator: str
) -> None:
    listed.giveBack(risked.store.address, link(5), word(1))
    for i in (2, 3):
        risked.store.sendPenalty(listed.address, link(1), word(i), sender=operator)
    assert risked.store.withdraw(ALL, sender=ALICE) == link("58.8")
    assert _claims(risked, [1, 2, 3]) == (link("1.2"), 0)
    listed.giveBack(risked.store.address, link(1), word(3))
    assert _claims(risked, [1, 2, 3]) == (link("0.6"), link("0.6"))
    assert risked.store.claimExit(ALICE, [2, 3]) == link("0.6")


def test_the_last_stakers_of_a_penalty_leave_and_are_paid_in_full(
    risked: Suite, listed: Contract, stranger: str
) -> None:
    """Nobody is staked when the penalty comes back: it is the leavers', not the owners'."""
    assert risked.store.withdraw(ALL, sender=ALICE) == link(57)
    assert risked.store.withdraw(ALL, sender=BOB) == link(38)
    found = books(risked.store)
    assert (found.staked, found.shares, found.claims) == (0, 0, link(5))
    risked.stake(stranger, link(7))
    listed.giveBack(risked.store.address, link(5), word(1))
    assert risked.store.claimExit(ALICE, [1]) == link(3)
    assert risked.store.claimExit(BOB, [1]) == link(2)
    assert risked.store.stakeOf(stranger) == link(7)
    assert risked.store.ownersDue() == 0


def test_p17_a_claim_is_paid_after_all_keys_are_renounced(
    left: Suite, listed: Contract, owner: str
) -> None:
    for name in ("LinkPool", "Node", "NodeStaking", "NodeFactory"):
        data = left.factory.setContract.prepare_calldata(name, "0x" + "00" * 20, bytes(32))
        left.by_timelock(left.factory, data)
    left.factory.removeDestination(listed.address, sender=owner)
    left.timelock.renounce_ownership(sender=owner)
    left.store.resolveOverdue(listed.address, word(1))
    listed.giveBack(left.store.address, link(5), word(1))
    assert left.store.claimExit(ALICE, [1]) == link(3)
