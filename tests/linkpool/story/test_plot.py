# SPDX-License-Identifier: MIT
"""What happens next, from the books alone."""

from linkpool.economics import NodeBook, Terms
from linkpool.story.books import Books
from linkpool.story.cast import NODES, SHARES, STAKERS
from linkpool.story.plot import (
    CLOSING,
    DEMO,
    PRICE,
    SCRIPT,
    Act,
    Kind,
    Places,
    due,
    opened,
    payment,
    script_left,
)
from tests.linkpool.story.chronicle import LINK, OWNERS, account

TERMS = Terms(makers=250_000, cost=PRICE // 2, ceiling=500_000)
PLACES = Places(
    {name: account(number) for number, name in enumerate(NODES, 1)},
    {name: account(number) for number, name in enumerate((*STAKERS, *SHARES), 50)},
)


def fresh() -> Books:
    books = Books(LINK, OWNERS)
    for storage in PLACES.storages.values():
        books.nodes[storage] = NodeBook(TERMS)
    return books


def happen(books: Books, act: Act) -> None:
    """As the chain would have it."""
    if act.kind in (Kind.SHARE, Kind.CLAIM):
        return
    book, who = books.nodes[PLACES.storages[act.node]], PLACES.people[act.who]
    if act.kind is Kind.STAKE:
        book.settle()
        book.stake(who, act.amount)
    elif act.kind is Kind.DISTRIBUTE:
        book.settle()
        book.distribute(book.owners, book.operations)
    else:
        book.settle()
        everything = int(book.open[who].worth)
        book.withdraw(who, act.amount if act.kind is Kind.WITHDRAW else everything)


def answer(books: Books, number: int) -> None:
    book = books.nodes[PLACES.storages[NODES[number % len(NODES)]]]
    book.ask(str(number), payment(number))
    book.answer(str(number))


def test_the_whole_script_happens_once_and_in_order() -> None:
    books, acts = fresh(), []
    for number in range(40):
        while [act for act in due(books, PLACES, DEMO) if act.kind is not Kind.SHARE]:
            for act in due(books, PLACES, DEMO):
                happen(books, act)
                acts.append(act)
        answer(books, number)
    staked = [act for act in acts if act.kind in (Kind.STAKE, Kind.WITHDRAW, Kind.LEAVE)]
    assert staked == [act for _, act in SCRIPT]
    assert script_left(books, PLACES) == 0
    assert any(act.kind is Kind.DISTRIBUTE for act in acts)


def test_an_interrupted_story_goes_on_where_it_was() -> None:
    books = fresh()
    [first] = due(books, PLACES, DEMO)
    happen(books, first)
    [second] = due(books, PLACES, DEMO)
    assert (first, second) == (SCRIPT[0][1], SCRIPT[1][1])


def test_requests_wait_for_the_first_stakes() -> None:
    books = fresh()
    assert not opened(books, PLACES)
    while not opened(books, PLACES):
        [act] = due(books, PLACES, DEMO)
        happen(books, act)
    assert not due(books, PLACES, DEMO)


def test_a_node_that_is_not_registered_yet_is_waited_for() -> None:
    books = fresh()
    early = Places({"alder": PLACES.storages["alder"]}, PLACES.people)
    assert not opened(books, early)
    assert due(books, early, DEMO) == [SCRIPT[0][1]]


def test_owners_are_paid_when_enough_has_gathered() -> None:
    books = fresh()
    for after, act in SCRIPT:
        if after == 0:
            happen(books, act)
    books.owners.move(account(0), account(60), 3)
    books.owners_income = 10
    assert [act.kind for act in due(books, PLACES, DEMO)] == []
    assert [act.kind for act in due(books, PLACES, CLOSING)] == [Kind.SHARE]
    books.owners.distribute(10)
    assert [act.kind for act in due(books, PLACES, CLOSING)] == [Kind.CLAIM]


def test_every_payment_is_another_and_none_too_low() -> None:
    paid = [payment(number) for number in range(1, 2000)]
    assert min(paid) > PRICE
    assert len(set(paid)) == len(paid)
