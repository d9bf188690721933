# SPDX-License-Identifier: MIT
"""The picture on terminals of all sizes, with agreements and penalties in it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from rich.console import Console

from linkpool.economics import Loss
from linkpool.story.cast import Cast
from linkpool.story.document import document
from linkpool.story.picture import render
from linkpool.story.verdict import Verdict
from linkpool.story.view import AgreementRow, AnswerRow, NodeRow, StakerRow, View, view
from tests.linkpool.story.chronicle import books, seen

UNIT = 10**18
NAMES = ("alder", "birch", "cedar")
HINT = "Ctrl-C stops everything and keeps the state; the next `up` goes on here"


def node(name: str) -> NodeRow:
    return NodeRow(
        name=name,
        node="0x" + "1" * 40,
        storage="0x" + "2" * 40,
        state="serving",
        staked=15_283_479_999 * 10**12,
        stakers=3,
        asked=1_204,
        answered=1_203,
        income=120_400 * 10**15,
        pending=UNIT // 3,
        owners_due=UNIT // 7,
        owners_paid=15 * UNIT,
        operations_paid=60 * UNIT,
        at_risk=UNIT // 2,
        lost=UNIT // 10,
    )


def staker(number: int) -> StakerRow:
    return StakerRow(
        name=f"S{number}",
        node="cedar",
        stake=4_000 * UNIT + number,
        staked=4_000 * UNIT,
        paid=100 * UNIT,
        claims=0,
        earned=12 * UNIT + number,
        exact=Fraction(12 * UNIT + number),
        left=False,
        most=2,
    )


def agreement(number: int, *, state: str = "settled") -> AgreementRow:
    outcomes = ("right", "late", "right") if number % 2 else ("right", "right", "wrong")
    lost = [0 if one == "right" else 10**17 + 1 for one in outcomes]
    done = state == "settled"
    answers = [
        AnswerRow(node=name, answer=240_000, outcome=outcome, paid=UNIT // 8, lost=juels)
        for name, outcome, juels in zip(NAMES, outcomes, lost, strict=True)
    ]
    return AgreementRow(
        number=number,
        question="LINK/USD × 100",
        state=state,
        bids=NAMES,
        answers=answers if done else [],
        median=240_000 if done else None,
        payment=UNIT // 8,
        penalty=10**17 + 1,
        lost=sum(lost) if done else 0,
        receiver="Kim",
        consumer="client",
        refund=0,
    )


@pytest.fixture
def picture() -> View:
    kept = books()
    made = view(
        kept,
        seen(kept),
        Verdict((), (), 77),
        cast=Cast.local(),
        states={},
        answer="ETH,USD × 100 = 241,207",
        rpc="127.0.0.1:8545",
        told=[f"line {number} of what happened" for number in range(20)],
    )
    return replace(
        made,
        nodes=[node(name) for name in NAMES],
        stakers=[staker(number) for number in range(9)],
        agreements=[*map(agreement, range(1, 8)), agreement(8, state="bidding")],
        received=25 * 10**16,
        lost=Loss(owners=5 * 10**16, claims=10**16, stakers=9 * 10**16),
        unbooked=10**17,
    )


def drawn(picture: View, width: int, height: int) -> str:
    console = Console(width=width, file=io.StringIO(), record=True)
    lines = len(picture.told)
    console.print(render(picture, width=width, height=height, lines=lines, hint=HINT))
    return console.export_text()


SIZES = [(80, 24), (100, 30), (120, 40), (140, 40), (160, 50), (200, 50), (80, 60)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_everything_that_is_shown_fits(picture: View, width: int, height: int) -> None:
    text = drawn(picture, width, height)
    lines = text.splitlines()
    assert len(lines) < height
    assert all(len(line) <= width for line in lines)
    assert "…" not in re.sub(r"0x\w+…\w{4}", "", text)
    for word in (*NAMES, "every amount right", "Agreements", "late", "Kim", "bidding", "S1"):
        assert word in text
    assert "penalties 0.250" in text
    assert lines[-1].startswith(HINT[:60])


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_higher_terminal_leaves_no_room_unused_while_there_is_more(
    picture: View, width: int, height: int
) -> None:
    lines = drawn(picture, width, height).splitlines()
    assert len(lines) >= min(height - 4, 40)


def test_every_digit_is_there_from_120_columns_on(picture: View) -> None:
    assert "12.000000000000000001" in drawn(picture, 120, 40)
    assert "12.000000 " in drawn(picture, 80, 24)


def test_a_very_low_one_has_the_verdict_first(picture: View) -> None:
    first, second, *_ = drawn(picture, 80, 8).splitlines()
    assert "LinkPool at" in first
    assert "✓" in second


def test_programs_get_every_juel(picture: View) -> None:
    found = json.loads(json.dumps(document(picture)))
    last, *_, newest = found["agreements"]
    assert last["answers"][1] == {
        "node": "birch",
        "answer": 240_000,
        "outcome": "late",
        "paid": str(UNIT // 8),
        "lost": "100000000000000001",
    }
    assert (last["median"], last["lost"], last["receiver"]) == (
        240_000,
        "100000000000000001",
        "Kim",
    )
    assert (newest["median"], newest["answers"], newest["bids"]) == (None, [], list(NAMES))
    assert found["penalties"] == {
        "received": "250000000000000000",
        "owners": "50000000000000000",
        "leavers": "10000000000000000",
        "stakers": "90000000000000000",
        "unbooked": "100000000000000000",
    }
    assert found["stakers"][0]["most"] == "2"
