# SPDX-License-Identifier: MIT
"""What an agreement comes to."""

from __future__ import annotations

import pytest

from linkpool.economics import Answer, Deal, ModelError, Outcome, Stage
from linkpool.economics.agreement import median

R, M, L, W = Outcome.RIGHT, Outcome.MISSED, Outcome.LATE, Outcome.WRONG


def deal(*, oracles: int = 3, minimum: int = 2, penalty: int = 101) -> Deal:
    """Bid for and started, at 5 % tolerance."""
    made = Deal(
        number=7,
        consumer="user",
        beneficiary="kim",
        job=bytes(32),
        oracles=oracles,
        minimum_answers=minimum,
        payment=20,
        penalty=penalty,
        tolerance=50_000,
        answer_deadline=100,
    )
    for oracle in "abcd":
        made.bid(oracle, 1)
    assert made.start("abc"[:oracles]) == list("abcd"[oracles:])
    return made


def settled(*answers: tuple[str, int, bool], minimum: int = 2) -> Deal:
    made = deal(minimum=minimum)
    for oracle, number, late in answers:
        made.answer(oracle, Answer(number, late))
    made.settle()
    return made


@pytest.mark.parametrize(
    ("answers", "middle", "outcomes", "lost", "refund"),
    [
        ([("a", 100, False), ("b", 105, False), ("c", 95, False)], 100, [R, R, R], [0, 0, 0], 0),
        ([("a", 100, False), ("b", 106, False), ("c", 100, False)], 100, [R, W, R], [0, 101, 0], 0),
        ([("a", 100, False), ("b", 500, True), ("c", 101, False)], 100, [R, L, R], [0, 50, 0], 0),
        ([("c", -101, False), ("a", -100, False)], -101, [R, M, R], [0, 101, 0], 20),
        ([("a", 1, False), ("b", 9, False)], 5, [W, W, M], [101, 101, 101], 20),
    ],
)
def test_what_answers_are_worth(
    answers: list[tuple[str, int, bool]],
    middle: int,
    outcomes: list[Outcome],
    lost: list[int],
    refund: int,
) -> None:
    made = settled(*answers)
    assert made.stage is Stage.SETTLED
    assert made.result is not None
    assert made.result.median == middle
    assert list(made.result.outcomes.values()) == outcomes
    assert list(made.result.lost.values()) == lost
    assert made.result.refund == refund


def test_with_too_few_answers_in_time_nobody_is_wrong() -> None:
    made = settled(("a", 100, False), ("b", 900, True))
    assert made.stage is Stage.FAILED
    assert made.result is not None
    assert (made.result.known, made.result.median) == (False, 0)
    assert list(made.result.outcomes.values()) == [R, L, M]


def test_an_even_number_has_the_mean_of_the_middle_two_rounded_down() -> None:
    assert [median(n) for n in ([3], [4, 1], [1, 2, 3, 9], [-2, -1])] == [3, 2, 2, -2]


def test_what_cannot_happen_is_found() -> None:
    made = deal()
    for broken in (
        lambda: made.bid("e", 1),
        lambda: made.start("abc"),
        lambda: made.answer("d", Answer(1, False)),
        made.cancel,
    ):
        with pytest.raises(ModelError):
            broken()
    made.answer("a", Answer(1, False))
    with pytest.raises(ModelError, match="answered twice"):
        made.answer("a", Answer(1, False))
    made.settle()
    with pytest.raises(ModelError, match="is too few answers"):
        made.settle()
    with pytest.raises(ModelError, match="who did not all bid"):
        Deal(
            number=1,
            consumer="user",
            beneficiary="kim",
            job=bytes(32),
            oracles=1,
            minimum_answers=1,
            payment=1,
            penalty=0,
            tolerance=0,
            answer_deadline=0,
        ).start("a")
