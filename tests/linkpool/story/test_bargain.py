# SPDX-License-Identifier: MIT
"""What is done about agreements, from the books alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from linkpool.chain.calls import Event
from linkpool.economics import NodeBook, Record, Terms
from linkpool.oracle.spec import load
from linkpool.story.bargain import (
    BIDDING,
    PATIENCE,
    SLOWEST,
    Deed,
    Moment,
    Task,
    bidding_time,
    finished,
    tasks,
)
from linkpool.story.books import Books
from linkpool.story.cast import NODES
from linkpool.story.plot import Places
from linkpool.story.topics import TOPICS
from tests.linkpool.story.chronicle import LINK, OWNERS, account, event
from tests.linkpool.story.fair import (
    ORACLES,
    REPUTATION,
    agreed,
    bids,
    created,
    deposited,
    exchange,
    late_one,
    released,
    wrong_one,
)

PLACES = Places(dict(zip(NODES, ORACLES, strict=True)), {})
NOW = Moment(now=1_000, rest=0, pause=60)
ONCE = replace(NOW, once=True)
LATE, WRONG = TOPICS
UNIT = 10**18


def world(*events: Event, answers: int = 3) -> Books:
    """Three members, whose nodes have answered some requests."""
    books = Books(LINK, OWNERS, exchange=exchange())
    for oracle in ORACLES:
        books.nodes[oracle] = NodeBook(Terms(makers=0, cost=0, ceiling=0))
        books.exchange.enter(event(REPUTATION, "Joined", 1, oracle=oracle))
    books.nodes[ORACLES[0]].answered = answers
    for one in events:
        books.exchange.enter(one)
    return books


def put_up(reference: int = 1, amount: int = UNIT) -> list[Event]:
    """Enough of it, and for long enough."""
    made = [deposited(oracle, reference) for oracle in ORACLES]
    return [replace(one, fields={**one.fields, "amount": amount}) for one in made]


def deeds(found: list[Task]) -> list[Deed]:
    return [task.deed for task in found]


def test_nodes_join_first_and_put_up_collateral_when_the_owners_have_something_to_pledge() -> None:
    early = world(answers=2)
    assert tasks(early, PLACES, NOW) == []
    early.exchange.members.clear()
    assert deeds(tasks(early, PLACES, NOW)) == [Deed.JOIN] * 3
    assert tasks(world(), PLACES, NOW) == [Task(Deed.PUT_UP, name, 1) for name in NODES]


def test_a_node_that_is_not_registered_yet_is_waited_for() -> None:
    books = world(*put_up()[:2])
    places = Places({name: PLACES.storages[name] for name in NODES[:2]}, {})
    assert tasks(books, places, NOW) == []


def test_on_a_slow_machine_there_is_more_time_for_bids() -> None:
    def cancelled(number: int) -> list[Event]:
        return [created(number), agreed("AgreementCancelled", number, refund=0)]

    def time(*events: Event) -> int:
        return bidding_time(world(*put_up(), *events).exchange)

    assert time() == time(created(1)) == BIDDING
    assert time(*cancelled(1)) == 2 * BIDDING
    assert time(*cancelled(1), *cancelled(2), created(3)) == 4 * BIDDING
    every = [one for number in range(1, 9) for one in cancelled(number)]
    assert time(*every) == SLOWEST * BIDDING
    assert time(*every, *late_one(9)) == BIDDING


def test_both_questions_are_asked_at_once_and_then_one_now_and_then() -> None:
    fresh = world(*put_up())
    assert tasks(fresh, PLACES, NOW) == [Task(Deed.POST, topic=LATE)]
    one = world(*put_up(), created(1, job=LATE.job_id))
    assert tasks(one, PLACES, NOW) == [Task(Deed.POST, topic=WRONG)]
    both = [*put_up(), created(1, job=LATE.job_id), created(2, job=WRONG.job_id)]
    assert tasks(world(*both), PLACES, NOW) == []
    over = world(*put_up(), *late_one(1, job=LATE.job_id), created(2, job=WRONG.job_id))
    assert tasks(over, PLACES, NOW) == []
    assert tasks(over, PLACES, replace(NOW, rest=61)) == [Task(Deed.POST, topic=LATE)]


def test_collateral_is_fetched_back_after_a_round_and_put_up_anew() -> None:
    over = [*put_up(), *late_one(1, job=LATE.job_id), *wrong_one(2, job=WRONG.job_id)]
    assert tasks(world(*over), PLACES, NOW) == [Task(Deed.FETCH, name, 1) for name in NODES]
    lost = zip(ORACLES, (0, 5, 11), strict=True)
    back = [released(oracle, UNIT - juels) for oracle, juels in lost]
    assert tasks(world(*over, *back), PLACES, NOW) == [Task(Deed.PUT_UP, n, 2) for n in NODES]
    assert tasks(world(*over, *back), PLACES, ONCE) == []


def test_collateral_that_backs_something_stays() -> None:
    under_way = [*put_up(), *late_one(1, job=LATE.job_id), created(2, job=WRONG.job_id), *bids(2)]
    assert tasks(world(*under_way), PLACES, ONCE) == []


def test_what_is_no_longer_good_for_an_agreement_is_fetched_back() -> None:
    near = replace(NOW, now=5_000 - PATIENCE + 1)
    assert deeds(tasks(world(*put_up()), PLACES, near)) == [Deed.FETCH] * 3
    assert deeds(tasks(world(*put_up(amount=10)), PLACES, NOW)) == [Deed.FETCH] * 3


def test_once_is_over_when_each_question_was_answered_as_it_should_be() -> None:
    start = world(*put_up())
    assert tasks(start, PLACES, ONCE) == [Task(Deed.POST, topic=topic) for topic in TOPICS]
    half = [*put_up(), *late_one(1, job=LATE.job_id)]
    assert tasks(world(*half), PLACES, ONCE) == [Task(Deed.POST, topic=WRONG)]
    assert not finished(world(*half), PLACES)
    other = world(*half, *late_one(2, job=WRONG.job_id))
    assert deeds(tasks(other, PLACES, ONCE)) == [Deed.FETCH] * 3  # and once more
    over = [*half, *wrong_one(2, job=WRONG.job_id)]
    assert not finished(world(*over), PLACES)
    lost = zip(ORACLES, (0, 5, 11), strict=True)
    back = [released(oracle, UNIT - juels) for oracle, juels in lost]
    assert finished(world(*over, *back), PLACES)


def test_leavers_are_paid_what_came_back() -> None:
    books = world()
    storage, bo = ORACLES[1], account(60)
    _leave_with_a_claim(books.nodes[storage], bo)
    assert not any(task.deed is Deed.PAY for task in tasks(books, PLACES, NOW))
    books.nodes[storage].give_back(1, 20)
    books.nodes[storage].book_loss(1)
    [first, *_] = tasks(books, PLACES, NOW)
    assert first == Task(Deed.PAY, NODES[1], staker=bo, ids=(1,))
    books.nodes[storage].claim_exit(bo, 5)
    assert not any(task.deed is Deed.PAY for task in tasks(books, PLACES, NOW))


def _leave_with_a_claim(book: NodeBook, staker: str) -> None:
    book.stake(staker, 100)
    book.stake(account(61), 300)
    record = Record(
        id=1,
        target="box",
        reference=bytes(32),
        amount=40,
        pledge=0,
        weight=Fraction(0),
        deadline=9,
    )
    book.send(record)
    book.withdraw(staker, 90, {1: 10})


def test_each_node_has_a_job_of_its_own_that_says_what_is_odd() -> None:
    for topic in TOPICS:
        for name in NODES:
            spec = load(topic.toml(name, "http://127.0.0.1:7"), contract=PLACES.storages[name])
            assert spec.spec_ids[0] == topic.job_id
            assert spec.warnings == ()
            assert topic.words in spec.name
            fetch = next(task for task in spec.graph.tasks if task.kind == "http")
            odd = topic.odd.get(name)
            query = f"?{odd.query}" if odd else ""
            url = f"http://127.0.0.1:7/{topic.base}/{topic.quote}{query}"
            assert fetch.attributes["url"] == url
            assert (odd.words in spec.name) if odd else ("from a source" not in spec.name)
