# SPDX-License-Identifier: MIT
"""Deposits that come back overdue, twice, empty, or of a destination that is one no more."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.attacks.network.league import (
    ACCEPT,
    REFUSE,
    act,
    call,
    fund,
    impostor,
    new_transaction,
    say,
    works,
)
from tests.contracts.suite import actor, link, logs, travel, word
from tests.contracts.unit.chainlink.support import (
    COLLATERAL,
    COMPLETED,
    CONSUMER,
    DATA,
    JOB,
    MARGIN,
    PENALTY,
    SETTLED,
    STAKE,
    Network,
)

OPEN_RECORD, CLOSED_RECORD = 1, 2


def test_a_record_resolved_overdue_is_returned_late_and_only_once(backed: Network) -> None:
    store = backed.stores[0]
    boa.env.timestamp = backed.collateral(0).deadline + 1
    store.resolveOverdue(backed.penalties.address, word(1))
    assert store.totalStaked() == STAKE - COLLATERAL
    assert backed.penalties.release(store.address, 1, sender=CONSUMER) == COLLATERAL
    assert store.totalStaked() == STAKE
    assert store.pendingIncome() == 0
    for sender in (CONSUMER, backed.sender(0), backed.suite.actors.operator):
        with boa.reverts("penalties: no such deposit"):
            backed.penalties.release(store.address, 1, sender=sender)


def test_settled_after_the_deposit_is_closed_nothing_is_slashed_and_all_else_holds(
    backed: Network,
) -> None:
    id = backed.running(2)
    assert backed.answer(id, 0, 42)
    boa.env.timestamp = backed.collateral(1).deadline
    backed.penalties.release(backed.stores[1].address, 1)
    backed.settle(id)
    entries = logs(backed.agreements, "OutcomeRecorded")
    assert [entry.slashed for entry in entries] == [0, 0]
    assert entries[0].outcome == COMPLETED
    assert backed.agreements.agreement(id).state == SETTLED
    assert backed.collateral(0).reserved == 0
    assert backed.stores[1].penaltyById(1).state == CLOSED_RECORD
    assert backed.stores[1].totalStaked() == STAKE


def test_a_fully_slashed_deposit_ends_as_a_return_of_nothing(backed: Network) -> None:
    store = backed.stores[0]
    id = backed.running(1, penalty=COLLATERAL)
    backed.expire(id)
    backed.settle(id)
    assert backed.collateral(0).balance == 0
    with boa.reverts("penalties: penalty above the collateral"):
        backed.bid(backed.post(penalty=1), 0)
    with boa.reverts("penalties: not yet"):
        backed.penalties.release(store.address, 1, sender=CONSUMER)
    assert store.penaltyById(1).state == OPEN_RECORD
    assert backed.penalties.release(store.address, 1, sender=backed.sender(0)) == 0
    assert store.penaltyById(1).state == CLOSED_RECORD
    assert store.totalStaked() == STAKE - COLLATERAL
    with boa.reverts("penalties: no such deposit"):
        backed.penalties.release(store.address, 1, sender=backed.sender(0))


def test_a_fully_slashed_deposit_is_closed_by_anyone_in_the_end(backed: Network) -> None:
    store = backed.stores[0]
    id = backed.running(1, penalty=COLLATERAL)
    backed.expire(id)
    backed.settle(id)
    boa.env.timestamp = backed.collateral(0).deadline + 1
    store.resolveOverdue(backed.penalties.address, word(1))
    booked = store.totalStaked()
    assert booked == STAKE - COLLATERAL
    assert backed.penalties.release(store.address, 1, sender=CONSUMER) == 0
    assert store.totalStaked() == booked
    assert store.lossAllowance() < 50_000


def test_a_deposit_is_a_new_reference_each_time(backed: Network) -> None:
    """Neither an open nor a closed one can be topped up, by PoolStorage or by an impostor."""
    other = impostor(backed, link(1))
    with boa.reverts("penalties: reference used"):
        fund(backed, other, 1)
    act(other, backed.penalties, "release", other.address, 0)
    with boa.reverts("penalties: reference used"):
        fund(backed, other, 1)
    with boa.reverts("storage: reference already used"):
        backed.deposit(0)


@pytest.mark.parametrize("reference", [2**40, 2**255])
def test_a_reference_that_does_not_fit_sends_nothing(backed: Network, reference: int) -> None:
    before = backed.balance(backed.stores[0])
    with boa.reverts("penalties: not a deposit"):
        backed.deposit(0, 1, reference)
    assert backed.balance(backed.stores[0]) == before
    assert backed.stores[0].openPenalties() == [1]


def test_who_lies_about_its_deadline_harms_itself_alone(backed: Network) -> None:
    """Too near: no deposit. Far: it stays there. Shortened later: what was read counts."""
    liar = impostor(backed)
    now = boa.env.timestamp
    for deadline in (0, now, now + MARGIN):
        say(liar, deadline=deadline)
        with boa.reverts("penalties: deadline too near"):
            fund(backed, liar, link(3))
    fund_at = {1: now + MARGIN + 1, 2: 2**40, 3: 2**256 - 1}
    for reference, deadline in fund_at.items():
        say(liar, deadline=deadline)
        fund(backed, liar, link(3), reference)
        found = backed.penalties.deposit(liar.address, reference)
        assert found.deadline == min(deadline, 2**40 - 1)
    say(liar, deadline=0)
    id = backed.post(oracles=1, minimumAnswers=1)
    with boa.reverts():
        act(liar, backed.agreements, "bid", id, liar.address, 1, backed.digest(id))
    act(liar, backed.agreements, "bid", id, liar.address, 2, backed.digest(id))
    backed.start(id)
    backed.expire(id)
    backed.settle(id)
    assert backed.penalties.deposit(liar.address, 2).balance == link(3) - PENALTY
    assert backed.balance(CONSUMER) == PENALTY


def test_a_destination_removed_meanwhile_still_settles_and_gives_back(backed: Network) -> None:
    id = backed.running(2)
    assert backed.answer(id, 0, 42)
    backed.suite.factory.removeDestination(
        backed.penalties.address, sender=backed.suite.actors.owner
    )
    with boa.reverts("storage: not a destination"):
        backed.deposit(2, 1, 9)
    # What is there already backs bids as before: nobody's collateral is stranded.
    again = backed.post(oracles=1, minimumAnswers=1)
    backed.bid(again, 2)
    backed.expire(id)
    backed.settle(id)
    assert backed.collateral(1).balance == COLLATERAL - PENALTY
    for index, kept in ((0, COLLATERAL), (1, COLLATERAL - PENALTY)):
        store = backed.stores[index]
        assert backed.penalties.release(store.address, 1, sender=backed.sender(index)) == kept
        assert store.penaltyById(1).state == CLOSED_RECORD
        assert store.penaltyById(1).returned == kept
        assert store.atRisk() == 0


def test_a_depositor_that_re_enters_its_own_return_gets_it_once(backed: Network) -> None:
    greedy = impostor(backed, link(3))
    fund(backed, greedy, link(3), 1)
    other = backed.post(oracles=1, minimumAnswers=1)
    greedy.behave(
        0,
        [
            call(backed.penalties, "release", greedy.address, 0),
            call(backed.penalties, "release", greedy.address, 1),
            call(backed.penalties, "release", backed.stores[0].address, 1),
            call(backed.agreements, "bid", other, greedy.address, 1, backed.digest(other)),
            call(backed.link, "transferFrom", backed.penalties.address, greedy.address, 1),
            call(backed.link, "transferAndCall", backed.penalties.address, 1, word(7)),
        ],
    )
    new_transaction()
    act(greedy, backed.penalties, "release", greedy.address, 0)
    assert greedy.succeeded() == 0
    assert backed.balance(greedy) == link(3)
    assert backed.agreements.agreement(other).bids == 0


def test_a_depositor_that_refuses_its_return_keeps_it_there(backed: Network) -> None:
    stubborn = impostor(backed, link(3))
    stubborn.behave(REFUSE, [])
    assert not works(lambda: act(stubborn, backed.penalties, "release", stubborn.address, 0))
    assert backed.penalties.deposit(stubborn.address, 0).balance == link(3)
    stubborn.behave(ACCEPT, [])
    act(stubborn, backed.penalties, "release", stubborn.address, 0)
    assert backed.balance(stubborn) == link(3)


def test_nobody_speaks_for_a_depositor_that_takes_its_word_back(backed: Network) -> None:
    """It bids for strangers; when it says no, its operator (itself) is the only one left."""
    found = impostor(backed, link(3))
    id = backed.post()
    say(found, speaks=False)
    with boa.reverts("penalties: not yet"):
        backed.penalties.release(found.address, 0, sender=CONSUMER)
    with boa.reverts("agreements: not a sender of the oracle"):
        backed.agreements.bid(id, found.address, 0, backed.digest(id), sender=CONSUMER)
    act(found, backed.penalties, "release", found.address, 0)
    assert backed.balance(found) == link(3)


def test_donations_change_no_books(backed: Network) -> None:
    """LINK sent to each of the four at each step stays where it was sent."""
    donated = 0

    def donate() -> None:
        nonlocal donated
        for place in places:
            backed.suite.fund(place.address, 13)
        donated += 13

    places = (backed.agreements, backed.aggregator, backed.penalties, backed.reputation)
    id = backed.post(oracles=2, minimumAnswers=1, beneficiary=actor("harmed"))
    donate()
    backed.bid(id, 0, 1, 2)
    donate()
    travel(60)
    backed.agreements.start(id, JOB, DATA)
    donate()
    assert backed.answer(id, 0, 42)
    backed.expire(id)
    donate()
    backed.settle(id)
    backed.penalties.release(backed.stores[0].address, 1, sender=backed.sender(0))
    assert [backed.balance(place) for place in (places[0], places[1], places[3])] == [donated] * 3
    left = sum(backed.collateral(index).balance for index in range(4))
    assert backed.balance(backed.penalties) == left + donated
    assert backed.balance(actor("harmed")) == PENALTY
