# SPDX-License-Identifier: MIT
"""The exact model of a node: D = S/T * O, to the last fraction of a juel."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpool.economics import ModelError, NodeBook, Terms

TERMS = Terms(makers=250_000, cost=5 * 10**16, ceiling=500_000)


def book(**stakes: int) -> NodeBook:
    found = NodeBook(TERMS)
    for name, amount in stakes.items():
        found.stake(name, amount)
    return found


def test_profit_is_shared_in_proportion() -> None:
    node = book(ada=1, bo=2)
    node.donate(4)
    assert node.settle() == (1, 3)
    assert (node.open["ada"].worth, node.open["bo"].worth) == (2, 4)
    node.donate(1)
    assert node.settle() == (0, 1)
    assert node.open["ada"].earned == Fraction(4, 3)


def test_running_cost_is_taken_per_answer_and_never_above_the_ceiling() -> None:
    node = book(ada=10)
    for number, payment in enumerate((10**17, 10**16, 10**18)):
        node.ask(str(number), payment)
        node.answer(str(number))
    assert node.operations == 5 * 10**16 + 5 * 10**15 + 5 * 10**16
    assert node.pending == 111 * 10**16 - node.operations


def test_without_stakers_profit_is_the_owners() -> None:
    node = book()
    node.donate(100)
    assert node.settle() == (100, 0)


def test_who_comes_later_has_no_part_of_what_was_settled_before() -> None:
    node = book(ada=100)
    node.donate(8)
    node.settle()
    node.stake("bo", 100)
    assert (node.open["ada"].worth, node.open["bo"].worth) == (106, 100)


def test_a_leaver_leaves_less_than_a_juel_to_the_others() -> None:
    node = book(ada=1, bo=2)
    node.donate(1)
    node.settle()
    node.withdraw("ada", 1)
    assert "ada" not in node.open
    assert node.past[0].left == Fraction(1, 3)
    assert node.past[0].owed == Fraction(4, 3)
    assert (node.open["bo"].worth, node.total) == (3, 3)


def test_a_partial_withdrawal_keeps_the_position() -> None:
    node = book(ada=10)
    node.withdraw("ada", 4)
    assert (node.open["ada"].worth, node.open["ada"].paid, node.past) == (6, 4, [])


def test_a_second_life_is_a_position_of_its_own() -> None:
    node = book(ada=10)
    node.withdraw("ada", 10)
    node.stake("ada", 3)
    assert (len(node.past), node.open["ada"].staked, node.total) == (1, 3, 3)


def test_what_cannot_be_is_said() -> None:
    node = book(ada=10)
    node.ask("r", 5)
    for impossible in (
        lambda: node.withdraw("ada", 11),
        lambda: node.withdraw("bo", 1),
        lambda: node.ask("r", 5),
        lambda: node.answer("x"),
        lambda: node.distribute(1, 0),
    ):
        with pytest.raises(ModelError):
            impossible()
    node.answer("r")
    with pytest.raises(ModelError, match="twice"):
        node.answer("r")
    with pytest.raises(ModelError, match="before income"):
        node.change(makers=1)


def test_a_cancelled_request_pays_nobody() -> None:
    node = book(ada=10)
    node.ask("r", 5)
    assert node.balance() == 15
    node.cancel("r")
    assert (node.balance(), node.income, node.cancelled) == (10, 0, 1)


names = st.sampled_from("abc")
steps = st.lists(
    st.tuples(
        names, st.sampled_from(["stake", "income", "part", "leave", "pay"]), st.integers(1, 10**24)
    ),
    max_size=25,
)


@given(steps)
def test_nothing_is_made_and_nothing_is_lost(acts: list[tuple[str, str, int]]) -> None:
    """Sum of all worth = the stakers' total; what came in is what is there and what was paid."""
    node, came, paid = NodeBook(TERMS), 0, 0
    for who, act, amount in acts:
        if act == "stake":
            node.settle()
            node.stake(who, amount)
            came += amount
        elif act == "income":
            node.donate(amount)
            came += amount
        elif act == "pay":
            node.settle()
            paid += node.owners
            node.distribute(node.owners, 0)
        elif who in node.open:
            node.settle()
            all_of_it = int(node.open[who].worth)
            part = all_of_it if act == "leave" else min(amount, all_of_it)
            node.withdraw(who, part)
            paid += part
        assert sum(position.worth for position in node.open.values()) == node.total
        assert node.balance() == came - paid
        assert all(position.left < 1 for position in node.past)
