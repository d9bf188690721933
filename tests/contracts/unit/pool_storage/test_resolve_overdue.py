# SPDX-License-Identifier: MIT
"""resolveOverdue(): anyone closes a record past its deadline; who joins then gains nothing."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import (
    ALL,
    DELAY,
    PENALTY_LIFE,
    Contract,
    Suite,
    link,
    logs,
    travel,
    word,
)
from tests.contracts.unit.pool_storage.support import ALICE, BOB, CAROL, earn


@pytest.fixture
def late(risked: Suite) -> Suite:
    """One second past the deadline."""
    travel(PENALTY_LIFE + 1)
    return risked


def test_not_before_the_deadline_is_over(risked: Suite, listed: Contract, stranger: str) -> None:
    deadline = risked.store.penaltyById(1).deadline
    travel(PENALTY_LIFE)
    assert boa.env.timestamp == deadline
    with boa.reverts("storage: deadline not passed"):
        risked.store.resolveOverdue(listed.address, word(1))
    travel(1)
    risked.store.resolveOverdue(listed.address, word(1), sender=stranger)
    assert risked.store.openPenalties() == []


def test_p10_anyone_closes_it_and_what_is_not_back_is_lost(late: Suite, listed: Contract) -> None:
    listed.giveBack(late.store.address, link(2), word(1))
    late.store.resolveOverdue(listed.address, word(1), sender=late.actors.stranger)
    (slashed,) = logs(late.store, "PenaltySlashed")
    assert (slashed.id, slashed.amount, slashed.overdue) == (1, link(3), True)
    (booked,) = logs(late.store, "LossBooked")
    assert (booked.owners, booked.claims, booked.stakers) == (0, 0, link(3))
    assert late.store.totalStaked() == link(97)
    assert late.store.atRisk() == 0


def test_p9_the_pledge_bears_an_overdue_loss_first(
    suite: Suite, listed: Contract, operator: str
) -> None:
    suite.stake(ALICE, link(100))
    earn(suite, link(4))
    suite.store.sendPenalty(listed.address, link(3), word(1), sender=operator)
    travel(PENALTY_LIFE + 1)
    suite.store.resolveOverdue(listed.address, word(1))
    assert suite.store.ownersDue() == 0
    assert suite.store.stakeOf(ALICE) == link(101)


def test_what_is_not_open_is_not_overdue(late: Suite, listed: Contract) -> None:
    with boa.reverts("storage: no such open penalty"):
        late.store.resolveOverdue(listed.address, word(2))
    with boa.reverts("storage: no such open penalty"):
        late.store.resolveOverdue(ALICE, word(1))
    late.store.resolveOverdue(listed.address, word(1))
    with boa.reverts("storage: no such open penalty"):
        late.store.resolveOverdue(listed.address, word(1))


def test_until_somebody_resolves_it_a_record_stays_open(late: Suite, listed: Contract) -> None:
    travel(365 * 86_400)
    listed.giveBack(late.store.address, link(5), word(1))
    assert late.store.totalStaked() == link(100)
    assert logs(listed, "PenaltySlashed") == []


def test_what_may_still_come_back_is_shown_for_one_delay(late: Suite, listed: Contract) -> None:
    assert tuple(late.store.overdue()) == (0, 0)
    late.store.resolveOverdue(listed.address, word(1))
    until = boa.env.timestamp + DELAY
    assert tuple(late.store.overdue()) == (link(5), until)
    listed.giveBack(late.store.address, link(2), word(1))
    assert tuple(late.store.overdue()) == (link(3), until)
    travel(DELAY - 1)
    assert tuple(late.store.overdue()) == (link(3), until)
    travel(1)
    assert tuple(late.store.overdue()) == (0, 0)


def test_p10_who_joins_after_the_loss_gains_nothing_from_its_return(
    late: Suite, listed: Contract
) -> None:
    """95 LINK are left, 5 may come back: Carol pays for 100."""
    late.store.resolveOverdue(listed.address, word(1))
    late.stake(CAROL, link(100))
    assert late.store.sharesOf(CAROL) == late.store.totalShares() // 2
    assert late.store.stakeOf(CAROL) == link("97.5")
    listed.giveBack(late.store.address, link(5), word(1))
    assert late.store.stakeOf(CAROL) == link(100)
    assert late.store.stakeOf(ALICE) == link(60)


def test_p10_sniping_a_late_return_pays_nothing(late: Suite, listed: Contract) -> None:
    """Stake in the block before the return, leave in the block after."""
    late.store.resolveOverdue(listed.address, word(1))
    late.stake(CAROL, link(900_000))
    listed.giveBack(late.store.address, link(5), word(1))
    travel(12)
    assert late.store.withdraw(ALL, sender=CAROL) <= link(900_000)
    assert late.store.stakeOf(ALICE) >= link(60)
    assert late.store.stakeOf(BOB) >= link(40)


def test_after_the_delay_stakes_are_at_par_again(late: Suite, listed: Contract) -> None:
    late.store.resolveOverdue(listed.address, word(1))
    travel(DELAY)
    late.stake(CAROL, link(95))
    assert late.store.stakeOf(CAROL) == link(95)


def test_a_second_overdue_record_adds_to_the_first(
    risked: Suite, listed: Contract, operator: str
) -> None:
    travel(10 * 86_400)
    risked.store.resolveOverdue(listed.address, word(1))
    with boa.reverts("storage: over the loss cap"):
        risked.store.sendPenalty(listed.address, 1, word(2), sender=operator)
    listed.giveBack(risked.store.address, link(5), word(1))
    assert tuple(risked.store.overdue()) == (0, 0)
    assert risked.store.totalStaked() == link(100)


def test_p8_no_new_epoch_opens_while_a_total_loss_may_come_back(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    suite = reckless
    suite.stake(ALICE, link(10))
    suite.store.sendPenalty(reckless_box.address, link(10), word(1), sender=operator)
    travel(PENALTY_LIFE + 1)
    suite.store.resolveOverdue(reckless_box.address, word(1))
    assert suite.store.totalStaked() == 0
    suite.stake(BOB, link(10))
    assert suite.store.stakeOf(ALICE) == suite.store.stakeOf(BOB) == link(5)
    reckless_box.giveBack(suite.store.address, link(10), word(1))
    assert suite.store.stakeOf(ALICE) == suite.store.stakeOf(BOB) == link(10)


def test_p8_a_new_epoch_opens_after_that_and_a_later_return_is_the_owners(
    reckless: Suite, reckless_box: Contract, operator: str
) -> None:
    """The old shares are void, and the new stakers bore no loss: as with no staker at all."""
    suite = reckless
    suite.stake(ALICE, link(10))
    suite.store.sendPenalty(reckless_box.address, link(10), word(1), sender=operator)
    travel(PENALTY_LIFE + 1)
    suite.store.resolveOverdue(reckless_box.address, word(1))
    travel(DELAY)
    suite.stake(BOB, link(10))
    assert suite.store.stakeOf(BOB) == link(10)
    assert suite.store.sharesOf(ALICE) == 0
    reckless_box.giveBack(suite.store.address, link(10), word(1))
    assert suite.store.stakeOf(BOB) == link(10)
    assert suite.store.ownersDue() == link(10)


def test_p10_a_new_company_does_not_pay_for_what_the_old_one_may_get_back(
    late: Suite, listed: Contract
) -> None:
    """Everybody left after the loss: what comes back is nobody's of those who stake then."""
    late.store.resolveOverdue(listed.address, word(1))
    late.store.withdraw(ALL, sender=ALICE)
    late.store.withdraw(ALL, sender=BOB)
    assert tuple(late.store.overdue()) == (0, 0)
    for staker in (CAROL, ALICE):
        late.stake(staker, link(50))
        assert late.store.stakeOf(staker) == link(50)
    listed.giveBack(late.store.address, link(5), word(1))
    assert late.store.stakeOf(CAROL) == late.store.stakeOf(ALICE) == link(50)
    assert late.store.ownersDue() == link(5)


def test_p17_it_needs_no_key_and_no_logic(late: Suite, listed: Contract, owner: str) -> None:
    for name in ("LinkPool", "Node", "NodeStaking", "NodeFactory"):
        data = late.factory.setContract.prepare_calldata(name, "0x" + "00" * 20, bytes(32))
        late.by_timelock(late.factory, data)
    late.timelock.renounce_ownership(sender=owner)
    late.store.resolveOverdue(listed.address, word(1), sender=late.actors.stranger)
    assert late.store.liquid() == late.store.totalStaked() == link(95)
