# SPDX-License-Identifier: MIT
"""Where the cap allows it, everything is lost: full risk, void shares, a new epoch (P8 to P10)."""

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
from tests.contracts.suite import DELAY, Contract, Suite, link, travel, word


@pytest.fixture
def risked(uncapped: Suite, uncapped_box: Contract) -> Suite:
    """Alice with 100 LINK, Bob with 300, all of it at risk."""
    uncapped.stake(ALICE, link(100))
    uncapped.stake(BOB, link(300))
    next_block()
    penalty(uncapped, uncapped_box, link(400), 1)
    return uncapped


def test_p9_with_everything_at_risk_a_withdrawal_is_a_claim(
    risked: Suite, uncapped_box: Contract
) -> None:
    assert risked.store.withdrawable(ALICE) == 0
    assert out(risked, ALICE) == 0
    assert worth(risked, ALICE) == 0
    assert risked.store.exitClaimOf(ALICE, [1]) == (link(100), 0)
    uncapped_box.giveBackFinal(risked.store.address, link(40), word(1))
    assert risked.store.claimExit(ALICE, [1]) == link(10)
    assert worth(risked, BOB) == link(30)


def test_p8_after_a_total_loss_the_next_stake_opens_a_new_epoch(
    risked: Suite, uncapped_box: Contract
) -> None:
    uncapped_box.giveBackFinal(risked.store.address, 0, word(1))
    assert risked.store.totalStaked() == 0
    risked.stake(CAROL, link(2))
    assert worth(risked, CAROL) == link(2)
    assert (worth(risked, ALICE), risked.store.sharesOf(BOB)) == (0, 0)
    assert risked.store.stakerCount() == 1
    with boa.reverts("storage: nothing staked"):
        out(risked, ALICE)


def test_p10_no_epoch_opens_while_something_may_come_back(
    risked: Suite, uncapped_box: Contract
) -> None:
    overdue(risked, uncapped_box, 1)
    risked.stake(CAROL, link(400))
    uncapped_box.giveBack(risked.store.address, link(400), word(1))
    assert worth(risked, CAROL) <= link(400)
    assert worth(risked, ALICE) >= link(100) - 1
    assert worth(risked, BOB) >= link(300) - 1


def test_p10_a_new_epoch_has_no_part_in_what_comes_back_to_the_old(
    risked: Suite, uncapped_box: Contract
) -> None:
    overdue(risked, uncapped_box, 1)
    travel(DELAY)
    risked.stake(CAROL, link(5))
    uncapped_box.giveBack(risked.store.address, link(400), word(1))
    assert worth(risked, CAROL) == link(5)
    assert risked.store.ownersDue() == link(400)


def test_p8_a_donation_after_a_total_loss_does_not_close_the_node(
    risked: Suite, uncapped_box: Contract
) -> None:
    """A few juels for void shares would make every share too cheap to mint."""
    uncapped_box.giveBackFinal(risked.store.address, 0, word(1))
    risked.fund(risked.store.address, 3)
    risked.store.distribute()
    risked.stake(CAROL, link(5))
    assert worth(risked, CAROL) == link(5)


def test_p6_a_stake_that_would_not_fit_is_refused_and_exits_work(
    risked: Suite, uncapped_box: Contract
) -> None:
    """One juel of 400 LINK is left: shares are too cheap to mint many, until there is income."""
    uncapped_box.giveBackFinal(risked.store.address, 1, word(1))
    risked.fund(CAROL, link(1000))
    with boa.reverts():
        risked.link.transferAndCall(risked.store.address, link(1000), b"", sender=CAROL)
    risked.fund(risked.store.address, link(1))
    assert 4 * out(risked, ALICE) <= link("0.75") + 1
    risked.link.transferAndCall(risked.store.address, link(1000), b"", sender=CAROL)
    assert worth(risked, CAROL) >= link(1000) - 1


def test_p2_a_position_of_less_than_a_juel_can_be_left(
    risked: Suite, uncapped_box: Contract
) -> None:
    """Nothing is paid, and nothing stays: the node can begin anew."""
    uncapped_box.giveBackFinal(risked.store.address, 1, word(1))
    assert out(risked, ALICE) + out(risked, BOB) == 1
    assert (risked.store.stakerCount(), risked.store.totalShares()) == (0, 0)
    risked.stake(CAROL, link(1000))
    assert worth(risked, CAROL) == link(1000)
