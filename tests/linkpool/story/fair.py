# SPDX-License-Identifier: MIT
"""The network's events for a small pool of three, written by hand."""

from __future__ import annotations

from typing import Any

from linkpool.chain.calls import Event
from linkpool.economics import Outcome
from linkpool.story.exchange import Exchange, Network
from tests.linkpool.story.chronicle import account, event

AGREEMENTS, AGGREGATOR, PENALTIES, REPUTATION, CLIENT, KIM = (
    account(number) for number in range(0xC1, 0xC7)
)
ORACLES = tuple(account(number) for number in range(0xD1, 0xD4))
NETWORK = Network(
    agreements=AGREEMENTS, aggregator=AGGREGATOR, penalties=PENALTIES, reputation=REPUTATION
)
PAYMENT, PENALTY, PUT_UP, STARTED, DEADLINE = 20, 11, 50, 60, 100


def exchange() -> Exchange:
    """The client has 1,000 juels, by gift."""
    made = Exchange(NETWORK, purses={CLIENT: 0, KIM: 0})
    made.gift(account(1), CLIENT, 1_000)
    return made


def agreed(name: str, number: int, **fields: Any) -> Event:
    return event(AGREEMENTS, name, 1, id=number, **fields)


def deposited(oracle: str, reference: int = 1) -> Event:
    fields = {"depositor": oracle, "reference": reference, "amount": PUT_UP, "deadline": 5_000}
    return event(PENALTIES, "Deposited", 1, **fields)


def released(oracle: str, amount: int, *, closed: bool = True, reference: int = 1) -> Event:
    fields = {"depositor": oracle, "reference": reference, "amount": amount, "closed": closed}
    return event(PENALTIES, "Released", 9, **fields)


def created(number: int, *, job: bytes = bytes(32), beneficiary: str = KIM) -> Event:
    deadlines = (50, DEADLINE)
    terms = (job, b"", 3, 2, PAYMENT, PENALTY, *deadlines, 50_000, REPUTATION, beneficiary)
    return agreed("AgreementCreated", number, consumer=CLIENT, jobId=job, terms=terms)


def bids(number: int, reference: int = 1) -> list[Event]:
    return [
        agreed("BidPlaced", number, oracle=o, reference=reference, score=0, order=i)
        for i, o in enumerate(ORACLES)
    ]


def started(number: int) -> list[Event]:
    asked = [event(AGGREGATOR, "Requested", 2, id=number, oracle=o) for o in ORACLES]
    return [agreed("AgreementStarted", number, oracles=list(ORACLES), time=STARTED), *asked]


def answer(number: int, index: int, said: int, *, time: int = 90) -> Event:
    fields = {"oracle": ORACLES[index], "answer": said, "late": time > DEADLINE, "time": time}
    return event(AGGREGATOR, "AnswerRecorded", 3, id=number, **fields)


def settled(
    number: int, outcomes: list[Outcome], lost: list[int], *, middle: int, refund: int = 0
) -> list[Event]:
    found = [
        agreed("OutcomeRecorded", number, oracle=o, outcome=int(outcome), slashed=juels)
        for o, outcome, juels in zip(ORACLES, outcomes, lost, strict=True)
    ]
    whole = {"known": True, "answer": middle, "refund": refund, "slashed": sum(lost)}
    return [*found, agreed("AgreementSettled", number, **whole)]


def late_one(number: int = 1, *, job: bytes = bytes(32)) -> list[Event]:
    """The second oracle is late."""
    outcomes = [Outcome.RIGHT, Outcome.LATE, Outcome.RIGHT]
    return [
        created(number, job=job),
        *bids(number),
        *started(number),
        answer(number, 0, 100),
        answer(number, 2, 102),
        answer(number, 1, 100, time=101),
        *settled(number, outcomes, [0, 5, 0], middle=101),
    ]


def wrong_one(number: int = 2, *, job: bytes = bytes(32)) -> list[Event]:
    """The third oracle is wrong."""
    outcomes = [Outcome.RIGHT, Outcome.RIGHT, Outcome.WRONG]
    return [
        created(number, job=job),
        *bids(number),
        *started(number),
        *(answer(number, index, said) for index, said in enumerate((100, 101, 120))),
        *settled(number, outcomes, [0, 0, 11], middle=101),
    ]
