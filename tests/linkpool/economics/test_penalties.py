# SPDX-License-Identifier: MIT
"""Penalties in the books of a node: the owners' pledge first, then claims and stakers alike."""

from fractions import Fraction

import pytest

from linkpool.economics import Loss, ModelError, NodeBook, Record, Terms

TERMS = Terms(makers=250_000, cost=0, ceiling=500_000)


def book(**stakes: int) -> NodeBook:
    found = NodeBook(TERMS)
    for name, amount in stakes.items():
        found.stake(name, amount)
    return found


def sent(node: NodeBook, amount: int, *, pledge: int = 0, number: int = 1) -> None:
    node.send(
        Record(
            id=number,
            target="box",
            reference=bytes(32),
            amount=amount,
            pledge=pledge,
            weight=Fraction(0),
            deadline=9,
        )
    )


def test_a_loss_falls_on_the_pledge_first_and_then_on_stakers_in_proportion() -> None:
    node = book(ada=100, bo=300)
    node.donate(24)
    node.settle()  # 6 to the owners, 18 to the stakers
    sent(node, 46, pledge=6)
    assert (node.payable, node.risk.out, node.balance()) == (0, 46, 378)
    node.give_back(1, 20)
    assert node.book_loss(1) == Loss(owners=6, claims=0, stakers=20)
    assert (node.owners, node.total, node.balance()) == (0, 398, 398)
    assert node.open["ada"].worth == Fraction(398, 4)
    assert node.open["bo"].slack == 2


def test_a_leaver_keeps_a_claim_on_the_exact_part_and_is_paid_what_it_came_to() -> None:
    node = book(ada=100, bo=300)
    sent(node, 40)
    node.withdraw("ada", 90, {1: 10})
    [gone] = node.past
    assert (gone.owed, gone.claimed, node.risk.claims) == (100, 10, 10)
    node.give_back(1, 20)
    assert node.book_loss(1) == Loss(owners=0, claims=5, stakers=15)
    assert (gone.owed, gone.claimed, node.total) == (95, 5, 285)
    assert node.risk.claimed_by("ada") == [1]
    node.claim_exit("ada", 5)
    assert (node.risk.claims, node.balance(), node.risk.claimed_by("ada")) == (0, 285, [])


def test_what_rounding_leaves_of_a_leaver_belongs_to_those_who_stay() -> None:
    node = book(ada=10, bo=20)
    sent(node, 7)
    node.withdraw("ada", 7, {1: 2})
    [gone] = node.past
    assert gone.left == Fraction(10 * 23, 30) - 7
    assert node.open["bo"].worth == node.total == 21
    assert gone.owed == 10


def test_who_withdraws_a_part_takes_the_same_part_of_the_risk_along() -> None:
    node = book(ada=100, bo=100)
    sent(node, 20)
    node.withdraw("ada", 45, {1: 5})
    assert node.open["ada"].worth == 50
    assert node.open["ada"].owed == 100
    node.give_back(1, 20)
    assert node.book_loss(1).total == 0
    node.claim_exit("ada", 5)
    assert node.balance() == 150


def test_more_than_was_sent_is_income() -> None:
    node = book(ada=100)
    sent(node, 20)
    node.give_back(1, 25)
    node.book_loss(1)
    assert (node.pending, node.total) == (5, 100)


def test_a_late_return_is_as_if_it_had_come_in_time() -> None:
    node = book(ada=100)
    sent(node, 20)
    assert node.book_loss(1).stakers == 20
    node.give_back(1, 15)
    assert node.book_loss(1).stakers == 5
    assert (node.total, node.open["ada"].worth, node.balance()) == (95, 95, 95)


def test_with_nobody_left_what_comes_back_is_the_owners() -> None:
    node = book(ada=100)
    sent(node, 20)
    node.book_loss(1)
    node.withdraw("ada", 80)
    node.give_back(1, 20)
    node.book_loss(1)
    assert (node.owners, node.total, node.balance()) == (20, 0, 20)


def test_what_the_promises_forbid_is_found() -> None:
    node = book(ada=100)
    node.donate(40)
    node.settle()
    with pytest.raises(ModelError, match="0 pledged, expected 10"):
        sent(node, 20)
    with pytest.raises(ModelError, match="more than was free"):
        sent(node, 141, pledge=10)
    sent(node, 20, pledge=10)
    with pytest.raises(ModelError, match="sent twice"):
        sent(node, 20, pledge=0)
    with pytest.raises(ModelError, match="due 0"):
        node.distribute(1, 0)
    with pytest.raises(ModelError, match="claims 4 of penalty 1"):
        node.withdraw("ada", 120, {1: 4})
    with pytest.raises(ModelError, match="never sent"):
        node.give_back(2, 1)
    with pytest.raises(ModelError, match="1 juels of claims, 0 due"):
        node.claim_exit("ada", 1)
    for number in range(2, 11):
        sent(node, 1, number=number)
    with pytest.raises(ModelError, match="10 are open"):
        sent(node, 1, number=11)


def test_who_leaves_in_parts_may_be_two_juels_off_for_the_penalty_and_no_more() -> None:
    node = book(ada=1_000, bo=1_003)
    sent(node, 17)
    exact = Fraction(100) / (1 - Fraction(17, 2_003)) * Fraction(17, 2_003)
    node.withdraw("ada", 100, {1: 0})
    node.withdraw("ada", 100, {1: 1})
    ada = node.open["ada"]
    assert ada.slack == 2
    assert [claim.face for claim in ada.claims] == [0, 1]
    assert ada.claims[0].exact == exact
    node.give_back(1, 9)
    node.book_loss(1)
    assert ada.claimed == 0  # 9 of 17 of one juel, rounded once
    assert ada.slack == 4
