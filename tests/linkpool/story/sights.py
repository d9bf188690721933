# SPDX-License-Identifier: MIT
"""A pool in full swing to look at, and what a terminal shows of it."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction

from rich.console import Console, RenderableType

from linkpool.economics import Loss
from linkpool.story.cast import Cast
from linkpool.story.telling import Told
from linkpool.story.verdict import Verdict
from linkpool.story.view import AgreementRow, AnswerRow, NodeRow, OwnerRow, StakerRow, View, view
from tests.linkpool.story.chronicle import books, seen

UNIT = 10**18
NAMES = ("alder", "birch", "cedar")


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
        taken=UNIT // 20,
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
        exact=Fraction(12 * UNIT + number) + Fraction(1_294, 1_000),
        left=False,
        at_risk=UNIT // 4,
        most=2,
    )


def owner(name: str) -> OwnerRow:
    return OwnerRow(
        name=name, share=Fraction(1, 4), claimed=UNIT, claimable=0, exact=Fraction(UNIT)
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


def full() -> View:
    """Three nodes, nine stakes, eight agreements, twenty things that happened."""
    kept, told = books(), Told()
    told.add(*(f"line {number} of what happened" for number in range(20)))
    made = view(
        kept,
        seen(kept),
        Verdict((), (), 77),
        cast=Cast.local(),
        states={},
        answer="ETH,USD × 100 = 241,207",
        told=told,
        rpc="127.0.0.1:8545",
    )
    return replace(
        made,
        block=12_345,
        nodes=[node(name) for name in NAMES],
        stakers=[staker(number) for number in range(9)],
        owners=[owner(name) for name in ("Fay", "Gus", "Hana", "owner")],
        agreements=[*map(agreement, range(1, 8)), agreement(8, state="bidding")],
        income=360 * UNIT,
        operations=180 * UNIT,
        owners_part=45 * UNIT,
        stakers_part=134 * UNIT,
        pending=UNIT,
        received=25 * 10**16,
        lost=Loss(owners=5 * 10**16, claims=10**16, stakers=9 * 10**16),
        unbooked=10**17,
    )


def shown(picture: RenderableType, width: int) -> list[str]:
    """The lines of it on a terminal so wide."""
    console = Console(width=width, file=io.StringIO(), record=True)
    console.print(picture)
    return console.export_text().splitlines()
