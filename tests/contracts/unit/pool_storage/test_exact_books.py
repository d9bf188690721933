# SPDX-License-Identifier: MIT
"""One act on a node of later life, with every field filled: what changes, to the juel, and that
nothing else does.
"""

from __future__ import annotations

from random import Random

import boa
import pytest

from tests.contracts.suite import ALL, PPM, Suite, actor, link, logs
from tests.contracts.unit.pool_storage.support import ALICE, BOB, send, stake_for
from tests.contracts.unit.pool_storage.words import (
    FIRST_SHARES,
    GRAIN,
    M90,
    Fields,
    full,
    install,
)

PAYER = actor("payer")
BLOCK = 2**26 + 12_345_678  # counted modulo 2**26 in a position
TAG = BLOCK % 2**26


@pytest.fixture(autouse=True)
def _block() -> None:
    boa.env.evm.patch.block_number = BLOCK


def _settled(before: Fields, pending: int) -> tuple[Fields, int, int]:
    """The books after income, the owners' part of it, the stakers'."""
    owners = pending * before["makers"] // PPM
    if before["shares"] == 0 or before["staked"] == 0:
        owners = pending
    stakers = pending - owners
    after = {
        **before,
        "owners": before["owners"] + owners,
        "staked": before["staked"] + stakers,
    }
    return after, owners, stakers


def _assert_settled(source: object, income: int, owners: int) -> None:
    found = [(it.income, it.owners, it.stakers) for it in logs(source, "Settled")]
    assert found == ([(income, owners, income - owners)] if income else [])


def _awaited(before: Fields) -> int:
    """Juels that may still come back, which a newcomer pays for."""
    waits = before["overdue"] and boa.env.timestamp < before["until"]
    return before["waiting"] if waits else 0


POSITIONS: dict[str, Fields | None] = {
    "none": None,
    "of another block": {"shares": link(5) * FIRST_SHARES, "credit": M90, "block": TAG - 1},
    "of this block": {"shares": link(5) * FIRST_SHARES, "credit": 2**60, "block": TAG},
}


# ---- A stake ----


@pytest.mark.parametrize("kind", POSITIONS)
@pytest.mark.parametrize("pending", [0, 1, link(77) + 5])
@pytest.mark.parametrize("overdue", [0, 1])
def test_a_stake_is_booked(suite: Suite, kind: str, pending: int, overdue: int) -> None:
    """Income that waited first; then the stake, at the price of those who were there (P8, P10)."""
    random = Random(f"{kind} {pending} {overdue}")
    before = full(random, overdue=overdue)
    words, amount, own = install(suite, before, pending), link(3) + 1, POSITIONS[kind]
    if own:
        words.write_position(ALICE, before["epoch"], own)
    send(suite, PAYER, amount, stake_for(ALICE))
    settled, owners, _ = _settled(before, pending)
    minted = amount * before["shares"] // (settled["staked"] + _awaited(before))
    assert words.read() == {
        **settled,
        "staked": settled["staked"] + amount,
        "shares": before["shares"] + minted,
        "stakers": before["stakers"] + (own is None),
    }
    position = own or {"shares": 0, "credit": 0, "block": 0}
    earlier = position["credit"] if position["block"] == TAG else 0
    assert words.position(ALICE, before["epoch"]) == {
        "shares": position["shares"] + minted,
        "credit": earlier + minted // GRAIN,
        "block": TAG,
    }
    _assert_settled(suite.link, pending, owners)
    (event,) = logs(suite.link, "Staked")
    found = (event.staker, event.sender, event.amount, event.shares)
    assert found == (ALICE, PAYER, amount, minted)


def test_the_first_stake_of_a_new_company_is_booked(suite: Suite) -> None:
    """Nobody is staked, penalties of those who left are open: all income is the owners'."""
    before = full(Random(1), staked=0, shares=0, stakers=0, at_risk=0, sent=5, overdue=0)
    words = install(suite, before, link(2) + 3)
    send(suite, PAYER, link(4) + 1, stake_for(ALICE))
    settled, _, _ = _settled(before, link(2) + 3)
    assert settled["owners"] == before["owners"] + link(2) + 3
    shares = (link(4) + 1) * FIRST_SHARES
    first = {"staked": link(4) + 1, "shares": shares, "stakers": 1}
    assert words.read() == {**settled, **first}
    assert words.position(ALICE, before["epoch"])["shares"] == shares


@pytest.mark.parametrize("over", [0, 1])
def test_a_stake_after_a_total_loss_opens_an_epoch_unless_something_may_come_back(
    suite: Suite, over: int
) -> None:
    """Until then void shares count, and the price of all of them is what may come back (P10)."""
    before = full(Random(2), staked=0, at_risk=0, sent=9)
    before |= {"shares": link(3) * FIRST_SHARES, "waiting": link(6)}
    before["until"] = boa.env.timestamp + 1 - over
    words = install(suite, before, 0)
    send(suite, PAYER, link(2), stake_for(ALICE))
    minted = link(2) * FIRST_SHARES if over else link(1) * FIRST_SHARES
    assert words.read() == {
        **before,
        "staked": link(2),
        "shares": minted + (0 if over else before["shares"]),
        "stakers": 1 if over else before["stakers"] + 1,
        "epoch": before["epoch"] + over,
    }
    assert words.position(ALICE, before["epoch"] + over)["shares"] == minted


def test_an_empty_node_that_never_had_a_staker_stays_in_its_first_epoch(suite: Suite) -> None:
    before = full(Random(3), staked=0, shares=0, stakers=0, at_risk=0, sent=1, overdue=0, epoch=0)
    words = install(suite, before, 0)
    send(suite, PAYER, link(2), stake_for(ALICE))
    assert words.read()["epoch"] == 0


# ---- A withdrawal ----


def _position(figures: Fields, part: int, *, credit: int = 0, block: int = TAG - 1) -> Fields:
    return {"shares": figures["shares"] // part, "credit": credit, "block": block}


@pytest.mark.parametrize("pending", [0, link(77) + 5])
@pytest.mark.parametrize("overdue", [0, 1])
@pytest.mark.parametrize("asked", [1, link(1) + 7, ALL])
def test_a_withdrawal_is_booked(suite: Suite, pending: int, overdue: int, asked: int) -> None:
    """A part of what is at risk stays: it is paid at the price of what is not (P6, P9)."""
    before = full(Random(f"{pending} {overdue} {asked}"), overdue=overdue, at_risk=0)
    words = install(suite, before, pending)
    own = _position(before, 9, credit=2**40, block=TAG - 1)
    words.write_position(ALICE, before["epoch"], own)
    settled, owners, _ = _settled(before, pending)
    staked, shares = settled["staked"], before["shares"]
    most = own["shares"] * staked // shares
    paid = min(asked, most)
    burned = own["shares"] if asked == ALL else -(-paid * shares // staked)
    assert suite.store.withdrawable(ALICE) == most
    assert suite.store.withdraw(asked, sender=ALICE) == paid == suite.link.balanceOf(ALICE)
    gone = burned == own["shares"]
    assert words.read() == {
        **settled,
        "staked": staked - paid,
        "shares": shares - burned,
        "stakers": before["stakers"] - gone,
        "waiting": before["waiting"] - _awaited(before) * burned // shares,
    }
    rest = {"shares": 0, "credit": 0, "block": 0}
    expected = rest if gone else {**own, "shares": own["shares"] - burned}
    assert words.position(ALICE, before["epoch"]) == expected
    _assert_settled(suite.store, pending, owners)
    (event,) = logs(suite.store, "Withdrawal")
    assert (event.staker, event.amount) == (ALICE, paid)
    assert int(event.node, 16) == before["address"]


def test_what_was_credited_in_this_block_stays(suite: Suite) -> None:
    """However much a later block's number looks like it: it is compared modulo 2**26."""
    before = full(Random(4), at_risk=0, overdue=0)
    words = install(suite, before, 0)
    credit = before["shares"] // 20 // GRAIN
    for block, stays in ((TAG, credit * GRAIN), (TAG - 1, 0), (TAG + 1, 0)):
        own = _position(before, 10, credit=credit, block=block)
        words.write_position(ALICE, before["epoch"], own)
        leaves = own["shares"] - stays
        most = leaves * before["staked"] // before["shares"]
        assert suite.store.withdrawable(ALICE) == most
        with boa.env.anchor():
            burned = -(-most * before["shares"] // before["staked"]) if stays else leaves
            assert suite.store.withdraw(ALL, sender=ALICE) == most
            assert words.position(ALICE, before["epoch"])["shares"] == own["shares"] - burned
        if stays:
            with boa.reverts("storage: exceeds withdrawable"):
                suite.store.withdraw(most + 1, sender=ALICE)


@pytest.mark.parametrize("part", [2, 9])
@pytest.mark.parametrize("places", [(0,), (0, 9), (3,), (1, 2)])
def test_a_withdrawal_during_penalties_is_booked(
    suite: Suite, part: int, places: tuple[int, ...]
) -> None:
    """What is at risk goes along as claims: a part of each open record (P9)."""
    random = Random(f"{part} {places}")
    parts = {place: random.randrange(link(1), link(10**4)) for place in places}
    open_ = sum(1 << place for place in places)
    before = full(random, places=open_, at_risk=sum(parts.values()), overdue=0)
    words = install(suite, before, link(1))
    for place, present in parts.items():
        words.write_record(place + 7, place, {"exposure": present + 5, "present": present})
    own = _position(before, part)
    words.write_position(ALICE, before["epoch"], own)
    settled, _, _ = _settled(before, link(1))
    shares, free = before["shares"], settled["staked"] - before["at_risk"]
    faces = {place: own["shares"] * it // shares for place, it in parts.items()}
    paid = own["shares"] * free // shares
    assert suite.store.withdrawable(ALICE) == paid
    assert suite.store.withdraw(ALL, sender=ALICE) == paid
    claimed = sum(faces.values())
    assert words.read() == {
        **settled,
        "staked": settled["staked"] - paid - claimed,
        "shares": shares - own["shares"],
        "stakers": before["stakers"] - 1,
        "at_risk": before["at_risk"] - claimed,
        "held": before["held"] + claimed,
        "claims": before["claims"] + claimed,
    }
    opened = [(it.staker, it.id, it.amount) for it in logs(suite.store, "ExitClaimOpened")]
    assert opened == [(ALICE, place + 7, face) for place, face in faces.items()]
    for place, face in faces.items():
        assert tuple(suite.store.exitClaimOf(ALICE, [place + 7])) == (face, 0)
        assert suite.store.penaltyById(place + 7).claims == face + 5


def test_with_the_last_staker_the_epoch_ends_and_what_rounding_left_is_the_owners(
    suite: Suite,
) -> None:
    """But for what is at risk: that is still somebody's claim, or comes back to the owners."""
    present = link(2) + 1
    before = full(Random(5), places=4, at_risk=present, stakers=1)
    before |= {"shares": before["staked"] * 3 + 1, "waiting": link(9)}
    words = install(suite, before, 0)
    words.write_record(12, 2, {"exposure": present, "present": present})
    own = {"shares": before["shares"], "credit": M90, "block": TAG + 1}
    words.write_position(ALICE, before["epoch"], own)
    free = before["staked"] - present
    assert suite.store.withdraw(ALL, sender=ALICE) == free
    assert words.read() == {
        **before,
        **{"staked": 0, "shares": 0, "stakers": 0, "at_risk": 0, "waiting": 0},
        "held": before["held"] + present,
        "claims": before["claims"] + present,
        "epoch": before["epoch"] + 1,
    }


# ---- A distribution ----


@pytest.mark.parametrize("pending", [0, link(77) + 5])
@pytest.mark.parametrize(
    ("owners", "operations", "places", "pledged"),
    [
        (link(9) + 1, link(7) + 2, 0, 0),
        (0, link(7) + 2, 0, 0),
        (1, 1, 0, 0),
        (link(9) + 1, 0, 0, 0),
        (link(9) + 1, link(7) + 2, 1, link(4)),
        (2**70, link(7) + 2, 8, link(4)),
        (link(9) + 1, link(7) + 2, 512, link(9) + 1),
        (link(9) + 1, link(7) + 2, 2, 2**95 + 1),
    ],
)
def test_a_distribution_is_booked(
    suite: Suite, pending: int, owners: int, operations: int, places: int, pledged: int
) -> None:
    """All that is due but what open penalties pledge; to PoolOwners, and to the wallet."""
    before = full(Random(pending), owners=owners, operations=operations, places=places)
    before["pledged"] = pledged
    words = install(suite, before, pending)
    wallet = suite.store.operationsWallet()
    settled, cut, _ = _settled(before, pending)
    due = settled["owners"] - min(settled["owners"], pledged)
    assert tuple(suite.store.distribute(sender=BOB)) == (due, operations)
    (event,) = logs(suite.store, "Distributed")
    assert (event.owners, event.operations) == (due, operations)
    _assert_settled(suite.store, pending, cut)
    assert suite.link.balanceOf(suite.pool_owners.address) == due
    assert suite.link.balanceOf(wallet) == operations
    assert words.read() == {
        **settled,
        "owners": settled["owners"] - due,
        "operations": 0,
        "held": before["held"] - operations,
    }
