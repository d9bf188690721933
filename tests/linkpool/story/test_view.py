# SPDX-License-Identifier: MIT
"""What a look says of what stakers may lose and have lost, before it is booked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from linkpool.story.books import Books
from linkpool.story.cast import Cast
from linkpool.story.document import document
from linkpool.story.exchange import Deposit, Exchange
from linkpool.story.telling import Told
from linkpool.story.verdict import Verdict
from linkpool.story.view import View, view
from tests.linkpool.story.chronicle import (
    ADA,
    BO,
    STORE,
    books,
    event,
    history,
    moved,
    penalty,
    seen,
    staked,
)

SENT, TAKEN = 1_000, 300


def looked(kept: Books) -> View:
    """At contracts that say what the books do."""
    open_ = kept.nodes[STORE].open
    worth: dict[tuple[str, str], int] = {
        (STORE, who): int(open_[who].worth) if who in open_ else 0 for who in (ADA, BO)
    }
    truth = replace(seen(books()), stakes=worth)
    return view(
        kept,
        truth,
        Verdict((), (), 1),
        cast=Cast.local(),
        states={},
        answer="none yet",
        told=Told(),
        rpc="127.0.0.1:8545",
    )


def with_collateral(*, taken: int = TAKEN, reference: int = 1) -> Books:
    """The node has sent some; bad answers have cost a part of it."""
    kept = books([*history(), *penalty(11, amount=SENT)])
    deposit = Deposit(amount=SENT, balance=SENT - taken, deadline=99, taken=taken)
    kept.exchange = Exchange(deposits={(STORE, reference): deposit})
    return kept


def test_programs_get_every_juel_as_text() -> None:
    found = json.loads(json.dumps(document(looked(books()))))
    assert found["verdict"]["right"] is True
    assert found["totals"]["income"] == str(10**17 + 8)
    [bo, ada] = found["stakers"]
    assert (bo["stake"], bo["left"]) == ("25000000000000020", False)
    assert (ada["stake"], ada["left"], ada["difference"]) == ("0", True, "0")
    assert found["nodes"][0]["answered"] == 1


def test_what_bad_answers_cost_is_seen_at_once() -> None:
    [row] = looked(with_collateral()).nodes
    assert (row.taken, row.lost) == (TAKEN, 0)


@pytest.mark.parametrize("end", ["fetched", "other"])
def test_it_is_not_counted_twice_once_the_collateral_is_back(end: str) -> None:
    """Or where it was booked as overdue before: nothing is open under its reference."""
    kept = with_collateral(reference=2 if end == "other" else 1)
    for deposit in kept.exchange.deposits.values():
        deposit.closed = end == "fetched"
    assert looked(kept).nodes[0].taken == 0


def test_who_stays_and_who_leaves_have_their_part_of_the_collateral_at_risk() -> None:
    """Ada stakes as much as Bo has; then he leaves, with a claim on what is out."""
    has, half = int(books().nodes[STORE].open[BO].worth), SENT // 2
    before = [*history(), *staked(11, ADA, has), *penalty(12, amount=SENT)]
    bo, ada, *earlier = looked(books(before)).stakers
    assert [row.at_risk for row in (bo, ada, *earlier)] == [half, half, 0]
    left = [
        event(STORE, "ExitClaimOpened", 13, staker=BO, id=1, amount=half),
        moved(13, STORE, BO, has - half),
        event(STORE, "Withdrawal", 13, node=STORE, staker=BO, amount=has - half, time=13),
    ]
    kept = books([*before, *left])
    assert kept.problems == []
    rows = looked(kept).stakers
    assert [(row.left, row.stake > 0, row.at_risk) for row in rows] == [
        (False, True, half),
        (True, False, 0),
        (True, False, half),
    ]
