# SPDX-License-Identifier: MIT
"""Leavers' claims to the juel: on which records, what rounding left of them, what they pay (P9)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.contracts.suite import ALL, PENALTY_LIFE, Contract, Suite, link, travel, word
from tests.contracts.unit.pool_storage.figures import said
from tests.contracts.unit.pool_storage.support import ALICE, BOB

# Juels of each penalty, by id; those with even ids are closed before anybody leaves.
SENT = {1: 1_009, 2: 1_013, 3: 1_019, 4: 1_021, 5: 10_007, 6: 1_031, 7: 7, 8: 1}
OPEN = [1, 3, 5, 7]


@pytest.fixture
def sent(suite: Suite, listed: Contract, operator: str) -> Suite:
    """Alice 60, Bob 40 LINK; some juels of it in four open penalties, with closed ones between."""
    suite.stake(ALICE, link(60))
    suite.stake(BOB, link(40))
    travel(12)
    for id_, juels in SENT.items():
        suite.store.sendPenalty(listed.address, juels, word(id_), sender=operator)
    for id_ in SENT:
        if id_ not in OPEN:
            listed.giveBack(suite.store.address, SENT[id_], word(id_))
    assert sorted(suite.store.openPenalties()) == OPEN
    return suite


def _faces(suite: Suite, staker: str) -> dict[int, int]:
    return {id_: suite.store.exitClaimOf(staker, [id_])[0] for id_ in SENT}


@pytest.mark.parametrize("parts", [1, 3, 8])
def test_p9_what_rounding_left_of_a_claim_is_added_to_its_next_part(
    sent: Suite, parts: int
) -> None:
    """Each part is the whole juels of all exact parts so far; the last one closes the account."""
    store = sent.store
    exact = dict.fromkeys(OPEN, Fraction(0))
    for part in range(parts):
        shares, held = store.totalShares(), store.sharesOf(ALICE)
        present = {id_: SENT[id_] - store.penaltyById(id_).claims for id_ in OPEN}
        before = _faces(sent, ALICE)
        store.withdraw(ALL if part == parts - 1 else link(7), sender=ALICE)
        events = said(store, store)
        burned = held - store.sharesOf(ALICE)
        for id_ in OPEN:
            exact[id_] += Fraction(present[id_] * burned, shares)
        faces = _faces(sent, ALICE)
        assert faces == {id_: int(exact.get(id_, Fraction(0))) for id_ in SENT}
        opened = [("ExitClaimOpened", ALICE, id_, faces[id_] - before[id_]) for id_ in OPEN]
        assert sorted(events[:-1]) == opened
        assert store.exitClaims() == sum(faces.values())
        assert [store.penaltyById(id_).claims for id_ in OPEN] == [faces[id_] for id_ in OPEN]
        assert store.stakersAtRisk() == sum(SENT[id_] - faces[id_] for id_ in OPEN)
    assert [int(part) for part in exact.values()] == [605, 611, 6_004, 4]
    assert _faces(sent, BOB) == dict.fromkeys(SENT, 0)


def test_p9_the_last_leaver_claims_all_that_is_left(sent: Suite, listed: Contract) -> None:
    store = sent.store
    for staker in (ALICE, BOB):
        for juels in (link(5), link(5), ALL):
            store.withdraw(juels, sender=staker)
    alice, bob = _faces(sent, ALICE), _faces(sent, BOB)
    assert {id_: alice[id_] + bob[id_] for id_ in OPEN} == {id_: SENT[id_] for id_ in OPEN}
    assert (store.stakersAtRisk(), store.totalStaked(), store.ownersDue()) == (0, 0, 0)
    for id_ in OPEN:
        listed.giveBackFinal(store.address, SENT[id_] // 2, word(id_))
        lost = SENT[id_] - SENT[id_] // 2
        assert said(listed, store)[-1] == ("LossBooked", id_, 0, lost, 0)
    ids = list(SENT)
    for staker, faces in ((ALICE, alice), (BOB, bob)):
        pays = sum(faces[id_] * (SENT[id_] // 2) // SENT[id_] for id_ in OPEN)
        assert store.exitClaimOf(staker, ids) == (0, pays)
        assert store.claimExit(staker, ids) == pays
        assert store.exitClaimOf(staker, ids) == (0, 0)
    # A juel that both their roundings cut off stays behind.
    assert 0 <= store.exitClaims() <= len(OPEN)


def test_p9_one_claim_of_many_kinds_of_records(sent: Suite, listed: Contract) -> None:
    """Open, closed, without a claim, unknown: one sum each of what is at stake and what is paid."""
    store = sent.store
    store.withdraw(ALL, sender=ALICE)
    listed.giveBackFinal(store.address, 500, word(1))
    listed.giveBack(store.address, 100, word(3))
    assert store.exitClaimOf(ALICE, [1]) == (0, 605 * 500 // 1_009)
    assert store.exitClaimOf(ALICE, [3, 5]) == (611 + 6_004, 0)
    assert store.exitClaimOf(ALICE, [0, 1, 2, 3, 4, 5, 9, 2**24, 2**95 + 5]) == (6_615, 299)
    assert store.exitClaimOf(BOB, [1, 2, 3, 4, 5, 6, 7]) == (0, 0)
    assert store.claimExit(ALICE, [3, 5]) == 0
    assert said(store, store) == []
    assert store.claimExit(ALICE, [5, 1, 3]) == 299
    assert said(store, store) == [("ExitClaimed", ALICE, 299)]
    listed.giveBack(store.address, 1, word(1))
    assert store.claimExit(ALICE, [1]) == 605 * 501 // 1_009 - 299 == 1
    assert said(store, store) == [("ExitClaimed", ALICE, 1)]
    assert store.exitClaimOf(ALICE, [1]) == (0, 0)


def test_p9_a_claim_of_one_juel_is_kept(suite: Suite, listed: Contract, operator: str) -> None:
    """Of a thousand; nothing is pledged, and nothing came back before the record was closed."""
    store = suite.store
    suite.stake(ALICE, link(1))
    suite.stake(BOB, link(999))
    travel(12)
    for number in (1, 2):
        store.sendPenalty(listed.address, 1_000, word(number), sender=operator)
    store.withdraw(ALL, sender=ALICE)
    assert [store.penaltyById(id_).claims for id_ in (1, 2)] == [1, 1]
    listed.giveBackFinal(store.address, 1_000, word(1))
    travel(PENALTY_LIFE + 1)
    store.resolveOverdue(listed.address, word(2))
    assert [store.penaltyById(id_).claims for id_ in (1, 2)] == [1, 1]
    assert store.claimExit(ALICE, [1, 2]) == 1
    assert store.exitClaims() == 0
    listed.giveBack(store.address, 1_000, word(2))
    assert store.exitClaims() == 1
    assert store.claimExit(ALICE, [1, 2]) == 1
    assert store.exitClaims() == 0
    assert store.totalStaked() == link(999)
