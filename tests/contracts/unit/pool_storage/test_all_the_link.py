# SPDX-License-Identifier: MIT
"""Nearly all the LINK there is, staked and at risk: every field is as wide as it has to be."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import ALL, DELAY, PENALTY_LIFE, Contract, Suite, travel, word
from tests.contracts.unit.pool_storage.figures import said
from tests.contracts.unit.pool_storage.support import ALICE, BOB

# In juels; 2**89 is 6.19 * 10**26, and there are 10**27.
PER_CENT = 10**25


@pytest.fixture
def whale(reckless: Suite, reckless_box: Contract) -> Suite:
    """98 per cent of all LINK are Alice's stake, one is Bob's; 90 of them are sent as a penalty."""
    reckless.stake(ALICE, 98 * PER_CENT)
    reckless.stake(BOB, PER_CENT)
    travel(12)
    store = reckless.store
    store.sendPenalty(reckless_box.address, 90 * PER_CENT, word(1), sender=reckless.actors.operator)
    return reckless


def test_what_is_at_risk(whale: Suite, reckless_box: Contract) -> None:
    store = whale.store
    deadline = boa.env.timestamp + PENALTY_LIFE
    weight = -(-90 * 10**6 // 99)
    assert tuple(store.penaltyById(1)) == (1, 1, 90 * PER_CENT, 0, 0, 0, weight, deadline)
    assert store.atRisk() == store.stakersAtRisk() == 90 * PER_CENT
    assert (store.totalStaked(), store.liquid()) == (99 * PER_CENT, 9 * PER_CENT)
    reckless_box.giveBack(store.address, 80 * PER_CENT, word(1))
    assert store.penaltyById(1).returned == 80 * PER_CENT
    assert (store.atRisk(), store.stakersAtRisk()) == (10 * PER_CENT, 90 * PER_CENT)


def test_a_leavers_claim_is_paid_once(whale: Suite, reckless_box: Contract) -> None:
    store = whale.store
    face, paid = 90 * 98 * PER_CENT // 99, 9 * 98 * PER_CENT // 99
    assert store.withdraw(ALL, sender=ALICE) == paid
    assert store.exitClaimOf(ALICE, [1]) == (face, 0)
    assert store.exitClaims() == store.penaltyById(1).claims == face
    reckless_box.giveBackFinal(store.address, 80 * PER_CENT, word(1))
    lost = face - face * 8 // 9
    booked = ("LossBooked", 1, 0, lost, 10 * PER_CENT - lost)
    assert said(reckless_box, store)[-1] == booked
    assert store.exitClaims() == face - lost
    assert store.claimExit(ALICE, [1]) == face * 8 // 9
    assert store.claimExit(ALICE, [1]) == 0
    reckless_box.giveBack(store.address, 9 * PER_CENT, word(1))
    assert store.claimExit(ALICE, [1]) == face * 89 // 90 - face * 8 // 9
    assert store.penaltyById(1).returned == 89 * PER_CENT
    assert whale.link.balanceOf(ALICE) == paid + face * 89 // 90


def test_what_comes_back_when_nobody_left(whale: Suite, reckless_box: Contract) -> None:
    store = whale.store
    reckless_box.giveBackFinal(store.address, 70 * PER_CENT, word(1))
    assert store.penaltyById(1).returned == 70 * PER_CENT
    assert store.totalStaked() == 79 * PER_CENT
    reckless_box.giveBack(store.address, 15 * PER_CENT, word(1))
    assert store.penaltyById(1).returned == 85 * PER_CENT
    assert store.totalStaked() == 94 * PER_CENT


def test_what_is_overdue(whale: Suite, reckless_box: Contract) -> None:
    store = whale.store
    travel(PENALTY_LIFE + 1)
    store.resolveOverdue(reckless_box.address, word(1))
    until = boa.env.timestamp + DELAY
    assert store.overdue() == (90 * PER_CENT, until)
    assert store.totalStaked() == 9 * PER_CENT
    reckless_box.giveBack(store.address, 15 * PER_CENT, word(1))
    assert store.overdue() == (75 * PER_CENT, until)
    reckless_box.giveBack(store.address, 75 * PER_CENT, word(1))
    assert (store.overdue(), store.totalStaked()) == ((0, 0), 99 * PER_CENT)
