# SPDX-License-Identifier: MIT
"""Leaving in parts while penalties are open: nothing is dodged, nothing is lost by it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.contracts.attacks.support import ALICE, BOB, next_block, out, penalty
from tests.contracts.suite import Contract, Suite, link, word

RECORDS = list(range(1, 11))


def open_all(suite: Suite, box: Contract) -> None:
    """Ten penalties, 19.3 LINK of 400 in all."""
    for id in RECORDS:
        penalty(suite, box, link("1.93") + id, id)


@pytest.mark.parametrize("parts", [1, 2, 7, 33])
@pytest.mark.parametrize("kept", [0, 1, 3, 4])
def test_p9_in_any_number_of_parts_the_same_comes_out(
    staked: Suite, listed: Contract, parts: int, kept: int
) -> None:
    """Of 100 LINK, whether half of the penalties comes back or nothing: exact less dust."""
    open_all(staked, listed)
    paid = 0
    for part in range(parts - 1):
        paid += staked.store.withdraw(
            staked.store.withdrawable(ALICE) // (parts - part), sender=ALICE
        )
        next_block()
    paid += out(staked, ALICE)
    sent = sum(link("1.93") + id for id in RECORDS)
    back = 0
    for id in RECORDS:
        amount = (link("1.93") + id) * kept // 4
        listed.giveBackFinal(staked.store.address, amount, word(id))
        back += amount
    paid += staked.store.claimExit(ALICE, RECORDS)
    exact = Fraction(4 * link(100) - (sent - back), 4)
    # P6: one juel over the position's life, two per penalty resolved.
    assert exact - 1 - 2 * len(RECORDS) <= paid <= exact
    # One who stays bears the same part, and has what rounding left.
    assert exact * 3 - 1 <= staked.store.stakeOf(BOB) <= exact * 3 + 1 + 2 * len(RECORDS)


def test_p9_halves_claim_the_exact_part_of_each_penalty(staked: Suite, listed: Contract) -> None:
    """However often one leaves, claims on a record are less than a juel below exact."""
    open_all(staked, listed)
    for _ in range(25):
        staked.store.withdraw(staked.store.withdrawable(ALICE) // 2, sender=ALICE)
        next_block()
    out(staked, ALICE)
    for id in RECORDS:
        claim, now = staked.store.exitClaimOf(ALICE, [id])
        exact = link("1.93") + id
        assert now == 0
        assert exact - 4 < 4 * claim <= exact
