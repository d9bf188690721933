# SPDX-License-Identifier: MIT
"""What has to be done about agreements, told from the books alone: collateral is put up, questions
are posted, collateral is fetched back, leavers are paid what their claims came to. Pure.

The nodes' host bids, starts and settles by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile
from typing import Final

from linkpool.economics import Deal, Stage
from linkpool.story.books import Books
from linkpool.story.cast import NODES
from linkpool.story.exchange import Deposit, Exchange
from linkpool.story.observation import claimed
from linkpool.story.plot import Places
from linkpool.story.topics import TOPICS, Topic
from linkpool.units import link

COLLATERAL: Final = link("0.5")
PENALTY: Final = link("0.100000000000000001")  # half of it, for a late answer, is rounded down
PAYMENT: Final = link("0.120000000000000007")
AFTER: Final = 3  # answers to ordinary requests: the owners have income to pledge by then
ROUND: Final = len(TOPICS)  # agreements between two looks at what collateral is left
BIDDING: Final = 6  # seconds
SLOWEST: Final = 8
PATIENCE: Final = 450  # seconds that a deposit has to be good for when something is posted


class Deed(Enum):
    JOIN = "joins the reputation provider"
    PUT_UP = "puts up collateral"
    FETCH = "fetches back collateral"
    POST = "asks three oracles"
    PAY = "is paid what came back of open penalties"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do. `node` is a name, `number` a deposit's reference or the penalties' ids."""

    deed: Deed
    node: str = ""
    number: int = 0
    topic: Topic | None = None
    staker: str = ""
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """`now` unix seconds; `rest` seconds since the latest agreement was posted; `once`: every
    question is asked until it was answered as expected, and then no more.
    """

    now: int
    rest: float
    pause: float
    once: bool = False


def tasks(books: Books, places: Places, moment: Moment) -> list[Task]:
    """What is due now. Nothing is asked while collateral is on its way back."""
    collateral = list(_collateral(books, places, moment))
    leaving = any(task.deed is Deed.FETCH for task in collateral)
    return [*_payouts(books, places), *collateral, *([] if leaving else _posts(books, moment))]


def finished(books: Books, places: Places) -> bool:
    """Every question was answered as expected, all collateral is back, every leaver is paid."""
    exchange = books.exchange
    back = all(deposit.closed for deposit in exchange.deposits.values())
    return back and not _lacking(exchange) and not _payouts(books, places)


def as_expected(deal: Deal, topic: Topic) -> bool:
    """Whether exactly the outcomes that the topic is there for came of it."""
    if deal.stage is not Stage.SETTLED or deal.result is None:
        return False
    wanted = sorted(odd.outcome for odd in topic.odd.values())
    return sorted(o for o in deal.result.outcomes.values() if o != 1) == wanted


def bidding_time(exchange: Exchange) -> int:
    """Seconds for bids: twice as many after each agreement for which too few came in time, as on a
    slow machine, until one has enough.
    """
    ended = [deal for _, deal in sorted(exchange.deals.items()) if deal not in exchange.live]
    slow = takewhile(lambda deal: deal.stage is Stage.CANCELLED, reversed(ended))
    return BIDDING * min(SLOWEST, 1 << len(list(slow)))


def _lacking(exchange: Exchange) -> list[Topic]:
    """Questions that were never answered as expected."""
    every = exchange.deals.values()
    return [
        topic
        for topic in TOPICS
        if not any(deal.job == topic.job_id and as_expected(deal, topic) for deal in every)
    ]


def _payouts(books: Books, places: Places) -> list[Task]:
    found = []
    for name, storage in places.storages.items():
        book = books.nodes.get(storage)
        for staker, ids in claimed(book).items() if book else ():
            ready = tuple(i for i in ids if book and book.risk.records[i].payable(staker))
            if ready:
                found.append(Task(Deed.PAY, name, staker=staker, ids=ready))
    return found


def _collateral(books: Books, places: Places, moment: Moment) -> Iterator[Task]:
    exchange = books.exchange
    for name, storage in places.storages.items():
        if storage not in exchange.members:
            yield Task(Deed.JOIN, name)
        deposits = exchange.deposits_of(storage)
        standing = {ref: one for ref, one in deposits.items() if not one.closed}
        for reference, deposit in standing.items():
            if not deposit.reserved and _over(exchange, storage, reference, deposit, moment):
                yield Task(Deed.FETCH, name, reference)
        answers = sum(book.answered for book in books.nodes.values())
        wanted = not moment.once or bool(_lacking(exchange))
        if not standing and wanted and answers >= AFTER:
            yield Task(Deed.PUT_UP, name, max(deposits, default=0) + 1)


def _over(
    exchange: Exchange, storage: str, reference: int, deposit: Deposit, moment: Moment
) -> bool:
    """Whether a deposit has done its duty: it backed a round, or is of no use any more."""
    backed = [deal for deal in exchange.deals.values() if deal.bids.get(storage) == reference]
    if any(deal in exchange.live for deal in backed):
        return False
    done = moment.once and not _lacking(exchange)
    return done or len(backed) >= ROUND or not _good(deposit, moment)


def _good(deposit: Deposit, moment: Moment) -> bool:
    return deposit.free >= PENALTY and deposit.deadline >= moment.now + PATIENCE


def _posts(books: Books, moment: Moment) -> list[Task]:
    """In the first round one question after the other, at once; then one now and then."""
    exchange = books.exchange
    backed = [
        any(_good(d, moment) and not d.closed for d in exchange.deposits_of(storage).values())
        for storage in exchange.members
    ]
    if sum(backed) < len(NODES):
        return []
    running = {deal.job for deal in exchange.live}
    if moment.once:
        return [
            Task(Deed.POST, topic=topic)
            for topic in _lacking(exchange)
            if topic.job_id not in running
        ]
    count = len(exchange.deals)
    topic = TOPICS[count % ROUND]
    early = count >= ROUND and moment.rest < moment.pause
    return [] if early or topic.job_id in running else [Task(Deed.POST, topic=topic)]
