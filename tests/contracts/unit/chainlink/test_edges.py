# SPDX-License-Identifier: MIT
"""Terms, deadlines and constructors at their edges: what just works, beside what just does not."""

from __future__ import annotations

from typing import Any

import boa
import pytest

from tests.contracts.suite import Contract, travel, word
from tests.contracts.unit.chainlink.support import (
    ANSWER_TIME,
    BID_TIME,
    COLLATERAL,
    CONSUMER,
    DATA,
    EXPIRY,
    JOB,
    LATE_TIME,
    MARGIN,
    MINIMUM,
    MISSED,
    PAYMENT,
    Network,
    chainlink,
    deploy_agreements,
    digest_of,
    encoded,
    terms,
)
from tests.contracts.unit.chainlink.told import said

M36, M40, M90 = 2**36 - 1, 2**40 - 1, 2**90 - 1
YEAR = 31_536_000


def edges() -> list[dict[str, Any]]:
    """Terms that can just be kept."""
    now = boa.env.timestamp
    return [
        {"oracles": 1, "minimumAnswers": 1},
        {"oracles": 31, "minimumAnswers": 31, "payment": MINIMUM},
        {"payment": MINIMUM},
        {"penalty": 0},
        {"penalty": M90},
        {"tolerance": 0},
        {"tolerance": 10**6},
        {"bidDeadline": now + 1},
        {"answerDeadline": terms()["bidDeadline"] + ANSWER_TIME},
        {"answerDeadline": terms()["bidDeadline"] + M36},
        {"bidDeadline": M40 - ANSWER_TIME, "answerDeadline": M40},
        {"data": b""},
        {"data": b"\x07" * 1024},
    ]


def test_terms_that_can_just_be_kept_are_taken(network: Network) -> None:
    for id, changes in enumerate(edges(), 1):
        asked = terms(**changes)
        assert network.post(**changes) == id
        found = network.agreements.agreement(id)
        assert found.digest == digest_of(CONSUMER, asked)
        for name in ("oracles", "minimumAnswers", "payment", "penalty", "tolerance"):
            assert getattr(found, name) == asked[name]
        assert (found.bidDeadline, found.answerDeadline) == (
            asked["bidDeadline"],
            asked["answerDeadline"],
        )


def test_a_payment_may_be_all_the_link_there_is(network: Network) -> None:
    """As far as the book goes: nobody has so much."""
    with boa.env.anchor():
        asked = terms(oracles=1, minimumAnswers=1, payment=M90)
        token = network.link.address
        network.agreements.onTokenTransfer(CONSUMER, M90, encoded(asked), sender=token)
        found = network.agreements.agreement(1)
        assert (found.payment, found.penalty) == (M90, asked["penalty"])


def test_a_bid_deadline_of_now_has_passed(network: Network) -> None:
    with boa.reverts("agreements: bidDeadline"):
        network.post(bidDeadline=boa.env.timestamp)


@pytest.mark.parametrize(
    ("arguments", "works"),
    [
        ((YEAR, YEAR, M90), True),
        ((0, 0, 0), True),
        ((YEAR + 1, 1, 1), False),
        ((1, YEAR + 1, 1), False),
        ((1, 1, M90 + 1), False),
    ],
)
def test_a_deployment_at_its_limits(
    network: Network, arguments: tuple[int, int, int], works: bool
) -> None:
    if not works:
        with boa.reverts():
            deploy_agreements(network.link.address, *arguments, MARGIN)
        return
    made = deploy_agreements(network.link.address, *arguments, MARGIN)
    assert (made.ANSWER_TIME(), made.LATE_TIME(), made.MINIMUM_PAYMENT()) == arguments


@pytest.mark.parametrize(
    ("answer_time", "late_time", "wait"),
    [(10, 20, 290), (400, 20, 20), (10, 305, 305), (300, 0, 0)],
)
def test_a_bid_is_backed_until_whatever_starts_in_time_can_be_settled(
    network: Network, hostile: Contract, answer_time: int, late_time: int, wait: int
) -> None:
    """The latest start is answer_time before the deadline; a refund takes EXPIRY from there."""
    made = deploy_agreements(network.link.address, answer_time, late_time, 1, MARGIN)
    penalties = chainlink("Penalties").at(made.penalties())
    asked = terms(oracles=1, minimumAnswers=1, payment=5, penalty=7)
    latest = asked["answerDeadline"] + wait + MARGIN
    token, fund = network.link, network.suite.fund
    for reference, deadline in ((1, latest - 1), (2, latest)):
        hostile.setDeadline(deadline)
        fund(hostile.address, 7)
        pay = token.transferAndCall.prepare_calldata(penalties.address, 7, word(reference))
        hostile.act(token.address, pay)
    fund(CONSUMER, 5)
    token.transferAndCall(made.address, 5, encoded(asked), sender=CONSUMER)
    digest = digest_of(CONSUMER, asked)
    with boa.reverts("penalties: settles within a day of the deadline"):
        made.bid(1, hostile.address, 1, digest)
    made.bid(1, hostile.address, 2, digest)
    assert made.settleTime(1) == 0
    travel(asked["answerDeadline"] - answer_time - boa.env.timestamp)
    made.start(1, JOB, DATA)
    settled = asked["answerDeadline"] + wait
    assert made.settleTime(1) == settled
    travel(settled - 1 - boa.env.timestamp)
    with boa.reverts("agreements: answers may still come"):
        made.settle(1)
    travel(1)
    made.settle(1)


def test_too_few_bids_end_nothing_before_bidding_is_over(backed: Network) -> None:
    id = backed.post(oracles=2)
    backed.bid(id, 0)
    travel(BID_TIME - 1)
    with boa.reverts("agreements: can still be started"):
        backed.agreements.cancel(id)
    backed.bid(id, 1)
    travel(1)
    with boa.reverts("agreements: can still be started"):
        backed.agreements.cancel(id)
    backed.start(id)


def test_a_deposit_may_be_all_the_link_there_is(network: Network, hostile: Contract) -> None:
    """As far as the book goes: nobody has so much, and no more fits."""
    token, book = network.link.address, network.penalties
    for reference, juels in ((1, M90 + 1), (2, 0)):
        with boa.reverts("penalties: nothing deposited"):
            book.onTokenTransfer(hostile.address, juels, word(reference), sender=token)
    with boa.env.anchor():
        book.onTokenTransfer(hostile.address, M90, word(3), sender=token)
        assert tuple(book.deposit(hostile.address, 3)) == (M90, 0, M40, False)


def test_an_agreement_started_at_once_is_settled_after_its_late_time(
    network: Network, hostile: Contract
) -> None:
    """Unless EXPIRY after the start is later: refunds work from there."""
    for late_time, after in ((LATE_TIME, LATE_TIME), (0, EXPIRY - 20)):
        made = deploy_agreements(network.link.address, 20, late_time, 1, MARGIN)
        now = boa.env.timestamp
        asked = terms(oracles=1, minimumAnswers=1, payment=5, penalty=0, bidDeadline=now + 1)
        asked["answerDeadline"] = now + 21
        network.suite.fund(CONSUMER, 5)
        network.link.transferAndCall(made.address, 5, encoded(asked), sender=CONSUMER)
        made.bid(1, hostile.address, 0, digest_of(CONSUMER, asked))
        travel(1)
        made.start(1, JOB, DATA)
        assert made.settleTime(1) == now + 21 + after


def test_a_first_bid_with_nothing_behind_it_is_a_bid(network: Network) -> None:
    """No penalty, no score, reference 0, nobody before: it still stands, once."""
    id = network.post(penalty=0)
    network.bid(id, 0, reference=0)
    with boa.reverts("agreements: already bid"):
        network.bid(id, 0, reference=0)
    assert [tuple(bid) for bid in network.agreements.bids(id)] == [
        (network.stores[0].address, 0, 0, 0)
    ]


def test_a_penalty_of_one_juel_is_reserved_freed_and_lost(backed: Network) -> None:
    id, other = (backed.post(oracles=1, minimumAnswers=1, penalty=1) for _ in range(2))
    backed.bid(id, 0, 1)
    backed.bid(other, 2)
    assert [backed.collateral(index).reserved for index in range(4)] == [1, 1, 1, 0]
    backed.start(id)
    assert [backed.collateral(index).reserved for index in range(4)] == [1, 0, 1, 0]
    backed.expire(id)
    backed.settle(id)
    told = [event for event in said(backed, backed.agreements) if event[0] != "Slashed"]
    assert told == [
        ("OutcomeRecorded", id, backed.stores[0].address, MISSED, 0, 0, 1),
        ("AgreementSettled", id, False, 0, 0, PAYMENT, 1),
    ]
    backed.agreements.cancel(other)
    found = [backed.collateral(index) for index in range(3)]
    assert [(deposit.balance, deposit.reserved) for deposit in found] == [
        (COLLATERAL - 1, 0),
        (COLLATERAL, 0),
        (COLLATERAL, 0),
    ]
    assert backed.balance(CONSUMER) == 2 * PAYMENT + 1
