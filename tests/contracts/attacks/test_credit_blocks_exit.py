# SPDX-License-Identifier: MIT
"""A stranger credits a staker in the block in which that staker wants to leave."""

from __future__ import annotations

import pytest

from tests.contracts.attacks.support import ALICE, BOB, next_block, out, penalty, worth
from tests.contracts.suite import Contract, Suite, link


def credit(suite: Suite, staker: str, amount: int) -> None:
    """A stranger stakes for somebody."""
    stranger = suite.actors.stranger
    suite.fund(stranger, amount)
    data = bytes.fromhex("4bf69206") + bytes(12) + bytes.fromhex(staker[2:])
    suite.link.transferAndCall(suite.store.address, amount, data, sender=stranger)


@pytest.mark.parametrize("amount", [1, 10**12, link(1), link(1000)])
def test_p8_a_credit_by_a_stranger_holds_back_itself_only(staked: Suite, amount: int) -> None:
    had = worth(staked, ALICE)
    credit(staked, ALICE, amount)
    # Where less than the smallest position would stay, that goes too.
    assert had <= staked.store.withdraw(had, sender=ALICE) <= had + 10**12
    if amount >= link(1):
        # The credit itself is hers a block later.
        assert staked.store.withdrawable(ALICE) < 2
        next_block()
        assert amount - 1 <= out(staked, ALICE) <= amount


@pytest.mark.parametrize("sent", [1, 7, 3_333_333, link(19)])
@pytest.mark.parametrize("amount", [10**12, 10**12 + 7, link(1), link(3) + 1])
def test_p8_what_was_withdrawable_stays_so_while_a_penalty_is_open(
    staked: Suite, listed: Contract, sent: int, amount: int
) -> None:
    """To the juel: who asked for all that the view said must not be refused."""
    penalty(staked, listed, sent, 1)
    staked.fund(staked.store.address, 777_777_777)
    before = staked.store.withdrawable(ALICE)
    credit(staked, ALICE, amount)
    assert before <= staked.store.withdraw(before, sender=ALICE) <= before + 10**12


def test_p8_many_credits_in_one_block_hold_back_no_more(staked: Suite) -> None:
    had = worth(staked, BOB)
    for _ in range(5):
        credit(staked, BOB, link(2))
    assert had <= out(staked, BOB) < had + 10


def test_p8_ones_own_credit_cannot_leave_in_its_block(staked: Suite) -> None:
    """Stake before income is seen, leave with it: not in one block."""
    staked.stake(BOB, link(600))
    staked.fund(staked.store.address, link(8))
    paid = out(staked, BOB)
    assert paid <= link(300) + link(6) * 300 // 1000 + 2
    assert worth(staked, BOB) >= link(600)
