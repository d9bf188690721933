# SPDX-License-Identifier: MIT
"""Who starts, settles and cancels, and when: the first bidder at once, the others in turn."""

from __future__ import annotations

from typing import Any

import pytest

from linkpool.agreements.facts import Agreement, Placed, Stage
from linkpool.agreements.policy import EXPIRY
from linkpool.agreements.turns import TURN, Act, Moment, Step, due
from tests.linkpool.agreements.makers import NETWORK, NOW, ORACLES, WHOLE, agreement

BLOCK = 12
BIDDERS = tuple(
    Placed(oracle=oracle, reference=1, score=WHOLE, order=order)
    for order, oracle in enumerate(ORACLES[:4])
)
ONE = agreement(bids=BIDDERS)
LAST_START = ONE.answer_deadline - NETWORK.answer_time
STARTED = agreement(stage=Stage.STARTED, bids=BIDDERS, asked=tuple(ORACLES[1:4]))


def at(now: int, *, number: int = 100, ring: int = 128) -> Moment:
    return Moment(number, tuple(now - BLOCK * age for age in range(ring)))


def step(one: Agreement, now: int, *ours: str, **options: Any) -> tuple[Step, str] | None:
    act = due(one, ours or (ORACLES[0],), NETWORK, at(now, **options))  # type: ignore[arg-type]
    return None if act is None else (act.step, act.oracle)


def test_the_first_bidder_starts_as_soon_as_bidding_is_over() -> None:
    assert step(ONE, ONE.bid_deadline - 1) is None
    assert step(ONE, ONE.bid_deadline) == (Step.START, ORACLES[0])
    assert step(ONE, LAST_START) == (Step.START, ORACLES[0])


@pytest.mark.parametrize("order", range(4))
def test_each_further_bidder_leaves_some_blocks_to_those_before(order: int) -> None:
    blocks = order * TURN
    before = ONE.bid_deadline + (blocks - 1) * BLOCK
    assert step(ONE, before, ORACLES[order]) is None
    assert step(ONE, before + BLOCK, ORACLES[order]) == (Step.START, ORACLES[order])


def test_of_several_nodes_here_the_first_one_acts() -> None:
    now = ONE.bid_deadline + 100 * BLOCK
    later = agreement(bids=BIDDERS, answer_deadline=NOW + 100_000)
    assert step(later, now, ORACLES[3], ORACLES[1]) == (Step.START, ORACLES[1])


def test_who_did_not_bid_does_nothing() -> None:
    assert step(ONE, ONE.bid_deadline + 90 * BLOCK, ORACLES[9]) is None
    assert step(STARTED, STARTED.answer_deadline + 10_000, ORACLES[0]) is None


def test_too_few_bids_are_cancelled() -> None:
    few = agreement(bids=BIDDERS[:2])
    assert step(few, few.bid_deadline - 1) is None
    assert step(few, few.bid_deadline) == (Step.CANCEL, ORACLES[0])


def test_too_late_to_start_is_cancelled() -> None:
    assert step(ONE, LAST_START + 1) == (Step.CANCEL, ORACLES[0])
    assert step(ONE, LAST_START + 1, ORACLES[1]) is None
    assert step(ONE, LAST_START + 1 + TURN * BLOCK, ORACLES[1]) == (Step.CANCEL, ORACLES[1])


def test_once_everybody_has_answered_it_is_settled() -> None:
    some = agreement(
        stage=Stage.STARTED, bids=BIDDERS, asked=STARTED.asked, answered=STARTED.asked[:2]
    )
    every = agreement(
        stage=Stage.STARTED,
        bids=BIDDERS,
        asked=STARTED.asked,
        answered=STARTED.asked[::-1],
        changed=100,
    )
    assert step(some, NOW + 200, ORACLES[1]) is None
    assert step(every, NOW + 200, ORACLES[1], number=100) == (Step.SETTLE, ORACLES[1])
    assert step(every, NOW + 200, ORACLES[2], number=100 + TURN - 1) is None
    assert step(every, NOW + 200, ORACLES[2], number=100 + TURN) == (Step.SETTLE, ORACLES[2])


def test_without_all_answers_it_is_settled_when_no_more_can_come() -> None:
    end = STARTED.answer_deadline + NETWORK.late_time
    assert end >= LAST_START + EXPIRY
    assert step(STARTED, end - 1, ORACLES[1]) is None
    assert step(STARTED, end, ORACLES[1]) == (Step.SETTLE, ORACLES[1])


@pytest.mark.parametrize("stage", [Stage.SETTLED, Stage.FAILED, Stage.CANCELLED])
def test_what_is_over_is_left_alone(stage: Stage) -> None:
    over = agreement(stage=stage, bids=BIDDERS, asked=STARTED.asked, answered=STARTED.asked)
    assert step(over, over.answer_deadline + 10_000, *ORACLES[:4]) is None


def test_a_short_memory_of_blocks_keeps_nobody_from_acting() -> None:
    now = ONE.bid_deadline + 20 * BLOCK
    assert step(ONE, now, ORACLES[3], ring=4) == (Step.START, ORACLES[3])


def test_the_time_between_blocks_is_the_usual_one() -> None:
    assert Moment(9, (100,)).spacing == 0
    assert Moment(9, (100, 88)).spacing == 12
    assert Moment(9, (3_724, 3_712, 3_700, 100, 99)).spacing == 12  # a gap of an hour
    assert Moment(9, (3, 2, 0)).spacing == 2


def test_an_act_names_its_agreement() -> None:
    assert due(ONE, {ORACLES[0]}, NETWORK, at(ONE.bid_deadline)) == Act(ONE, Step.START, ORACLES[0])
