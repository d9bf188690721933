# SPDX-License-Identifier: MIT
"""The model itself, on cases small enough to check by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from linkpool.economics.penalty import Record
from tests.contracts.model.loss_window import LossWindow
from tests.contracts.model.node_model import ALL, BrokenPromise, NodeModel

NOTHING: dict[int, int] = {}


def pool(**stakes: int) -> NodeModel:
    """A node of 25 % makers with these stakes, a block ago."""
    model = NodeModel(delay=14, makers=250_000)
    for staker, juels in stakes.items():
        model.stake(staker, juels, now=0, block=0)
    return model


def record(amount: int, *, pledge: int = 0, id: int = 1) -> Record:
    return Record(
        id=id,
        target="box",
        reference=bytes(32),
        amount=amount,
        pledge=pledge,
        weight=Fraction(0),
        deadline=7,
    )


def leave(model: NodeModel, staker: str, paid: int, faces: dict[int, int]) -> None:
    take(model, staker, ALL, paid, faces, gone=True, block=1)


def take(
    model: NodeModel,
    staker: str,
    asked: int,
    paid: int,
    faces: dict[int, int],
    *,
    gone: bool,
    block: int,
) -> None:
    none = Fraction(0)
    model.withdraw(
        staker, asked, paid, faces, gone=gone, block=block, now=9, awaited=0, smallest=none
    )


def test_income_has_one_remainder_and_it_is_the_stakers() -> None:
    model = pool(a=1, b=3)
    assert model.settle(4 + 1001) == 1001
    assert (model.owners_due, model.staked) == (250, 755)
    assert model.worth("b") == Fraction(3 * 755, 4)


def test_missing_link_is_a_broken_promise() -> None:
    with pytest.raises(BrokenPromise, match="P3: 1 juels are missing"):
        pool(a=5).settle(4)


def test_a_leaver_keeps_the_exact_part_of_a_penalty() -> None:
    model = pool(a=100, b=300)
    model.send(record(40))
    leave(model, "a", 90, {1: 10})
    assert (model.staked, model.stakers_at_risk, model.claims) == (300, 30, 10)
    model.give_back(1, 20, True, now=1)
    assert model.records[1].payable("a") == 5
    assert model.staked == 285


def test_who_keeps_too_small_a_claim_dodges() -> None:
    model = pool(a=100, b=300)
    model.send(record(40))
    with pytest.raises(BrokenPromise, match=r"P9.*dodged"):
        leave(model, "a", 90, {1: 8})


def test_the_pledge_bears_a_loss_first_and_is_made_whole_last() -> None:
    model = pool(a=400)
    model.owners_due = 6
    model.send(record(40, pledge=6))
    model.give_back(1, 30, True, now=1)
    assert (model.staked, model.owners_due) == (396, 0)
    model.give_back(1, 5, False, now=2)
    assert (model.staked, model.owners_due) == (400, 1)


def test_who_joins_after_an_overdue_loss_gains_nothing_from_its_return() -> None:
    model = pool(a=100)
    model.send(record(20))
    model.resolve(1, now=8)
    model.stake("b", 100, now=9, block=5)
    assert model.worth("b") == Fraction(180 * 100, 200)
    model.give_back(1, 20, False, now=10)
    assert model.worth("b") == model.worth("a") == 100


def test_what_comes_back_after_all_left_is_the_owners() -> None:
    model = pool(a=100)
    model.send(record(20))
    model.resolve(1, now=8)
    leave(model, "a", 80, NOTHING)
    model.stake("b", 7, now=9, block=5)
    model.give_back(1, 20, False, now=10)
    assert model.worth("b") == 7
    assert model.owners_due == 20


def test_a_credit_stays_in_its_block() -> None:
    model = pool(a=100)
    model.stake("a", 50, now=1, block=9)
    assert model.free_now("a", 9) == 100
    assert model.free_now("a", 10) == 150
    with pytest.raises(BrokenPromise, match="P8"):
        take(model, "a", 120, 120, NOTHING, gone=False, block=9)


def test_the_window_counts_losses_of_one_delay() -> None:
    window = LossWindow(cap=50, delay=14)
    window.lost(0, Fraction(30))
    window.sent(13, [Fraction(20)])
    with pytest.raises(AssertionError, match="P15"):
        window.sent(13, [Fraction(21)])
    window.sent(14, [Fraction(50)])
