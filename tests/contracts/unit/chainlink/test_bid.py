# SPDX-License-Identifier: MIT
"""Bids: who may, what they reserve, which are refused."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import Contract, actor, link, logs, mock, travel
from tests.contracts.unit.chainlink.support import (
    BID_TIME,
    COLLATERAL,
    LATE_TIME,
    MARGIN,
    PAYMENT,
    PENALTY,
    WORK_TIME,
    Network,
)


def test_a_bid_reserves_collateral_and_is_listed_in_order(backed: Network) -> None:
    id = backed.post()
    backed.bid(id, 2, 0, 1)
    placed = [
        (bid.oracle, bid.reference, bid.score, bid.order) for bid in backed.agreements.bids(id)
    ]
    assert placed == [(backed.stores[n].address, 1, 0, i) for i, n in enumerate((2, 0, 1))]
    assert backed.agreements.agreement(id).bids == 3
    assert [backed.collateral(index).reserved for index in range(4)] == [PENALTY] * 3 + [0]


def test_a_bid_is_told(backed: Network) -> None:
    backed.bid(backed.post(), 0)
    (told,) = logs(backed.agreements, "BidPlaced")
    assert (told.id, told.oracle, told.reference) == (1, backed.stores[0].address, 1)


def test_one_deposit_backs_many_agreements_until_it_is_used_up(backed: Network) -> None:
    backed.bid(backed.post(penalty=COLLATERAL - PENALTY), 0)
    backed.bid(backed.post(), 0)
    with boa.reverts("penalties: penalty above the collateral"):
        backed.bid(backed.post(penalty=1), 0)


def test_an_oracle_bids_once(backed: Network) -> None:
    backed.deposit(0, reference=2)
    id = backed.post()
    backed.bid(id, 0)
    for reference in (1, 2):
        with boa.reverts("agreements: already bid"):
            backed.bid(id, 0, reference=reference)


def test_only_a_sender_of_the_oracle_bids_for_it(backed: Network) -> None:
    id, store = backed.post(), backed.stores[0]
    for other in (backed.suite.actors.operator, backed.sender(1), store.address):
        with boa.reverts("agreements: not a sender of the oracle"):
            backed.agreements.bid(id, store.address, 1, backed.digest(id), sender=other)
    store.setAuthorizedSenders([actor("deputy")], sender=backed.suite.actors.operator)
    backed.agreements.bid(id, store.address, 1, backed.digest(id), sender=actor("deputy"))


def test_a_stranger_cannot_bid_for_what_is_no_oracle(backed: Network) -> None:
    id = backed.post()
    for no_oracle in (actor("nobody"), backed.link.address, backed.penalties.address):
        with boa.reverts():
            backed.agreements.bid(id, no_oracle, 1, backed.digest(id), sender=actor("nobody"))


def test_bids_come_before_the_deadline(backed: Network) -> None:
    id = backed.post()
    travel(BID_TIME - 1)
    backed.bid(id, 0)
    travel(1)
    with boa.reverts("agreements: bidding is over"):
        backed.bid(id, 1)


def test_an_unknown_and_a_started_agreement_take_no_bid(backed: Network) -> None:
    with boa.reverts("agreements: not open"):
        backed.bid(1, 0)
    id = backed.running(1)
    with boa.reverts("agreements: not open"):
        backed.bid(id, 1)


def test_the_nodes_minimum_payment_counts(backed: Network) -> None:
    store = backed.stores[0]
    policy = backed.suite.node
    policy.setMinimumPayment(backed.sender(0), PAYMENT + 1, sender=backed.suite.actors.operator)
    with boa.reverts("agreements: payment below the node's minimum"):
        backed.bid(backed.post(), 0)
    assert store.minimumPayment() == PAYMENT + 1
    backed.bid(backed.post(payment=PAYMENT + 1), 0)


@pytest.mark.parametrize("reference", [0, 2, 2**40 - 1])
def test_what_was_never_deposited_backs_nothing(backed: Network, reference: int) -> None:
    with boa.reverts("penalties: no such deposit"):
        backed.bid(backed.post(), 0, reference=reference)


@pytest.mark.parametrize("penalty", [0, PENALTY])
def test_a_reference_that_would_spill_is_refused(backed: Network, penalty: int) -> None:
    with boa.reverts("agreements: reference"):
        backed.bid(backed.post(penalty=penalty), 0, reference=2**40 + 1)


def test_nobodys_deposit_backs_another_oracle(network: Network) -> None:
    network.deposit(0, reference=7)
    with boa.reverts("penalties: no such deposit"):
        network.bid(network.post(), 1, reference=7)


def test_what_settles_within_a_day_of_the_deadline_is_not_backed(backed: Network) -> None:
    deadline = backed.collateral(0).deadline
    latest = deadline - MARGIN - LATE_TIME - WORK_TIME
    with boa.reverts("penalties: settles within a day of the deadline"):
        backed.bid(backed.post(bidDeadline=latest + 1, answerDeadline=latest + 1 + WORK_TIME), 0)
    backed.bid(backed.post(bidDeadline=latest, answerDeadline=latest + WORK_TIME), 0)


def test_62_bids_are_full(network: Network) -> None:
    id = network.post(penalty=0)
    for index in range(62):
        oracle = mock("hostile_oracle", network.link.address)
        network.agreements.bid(id, oracle.address, index, network.digest(id))
    with boa.reverts("agreements: bids are full"):
        network.bid(id, 0)
    assert [bid.reference for bid in network.agreements.bids(id)] == list(range(62))


def test_the_widest_bid_is_written_whole(network: Network, hostile: Contract) -> None:
    hostile.tell(0, 10**6)
    id = network.post(penalty=0, provider=hostile.address)
    network.bid(id, 0, reference=2**40 - 1)
    (bid,) = network.agreements.bids(id)
    assert (bid.oracle, bid.reference, bid.score, bid.order) == (
        network.stores[0].address,
        2**40 - 1,
        10**6,
        0,
    )


@pytest.mark.parametrize(
    ("tale", "number"), [(0, 10**6 + 1), (0, 2**256 - 1), (1, 0), (2, 0), (3, 1), (4, 0)]
)
def test_a_provider_that_says_no_number_has_no_members(
    network: Network, hostile: Contract, tale: int, number: int
) -> None:
    hostile.tell(tale, number)
    id = network.post(penalty=0, provider=hostile.address)
    with boa.reverts("agreements: not a member of the provider"):
        network.bid(id, 0)


def test_who_is_no_member_cannot_bid(backed: Network) -> None:
    id = backed.post(provider=backed.reputation.address)
    with boa.reverts("agreements: not a member of the provider"):
        backed.bid(id, 0)
    backed.join(0)
    backed.bid(id, 0)
    assert backed.agreements.bids(id)[0].score == 500_000


def test_a_fake_storage_bids_with_real_link_only(network: Network, hostile: Contract) -> None:
    """It may lie about everything but what it deposited."""
    id = network.post()
    with boa.reverts("penalties: no such deposit"):
        network.agreements.bid(id, hostile.address, 1, network.digest(id))
    network.suite.fund(hostile.address, link(1))
    prepare = network.link.transferAndCall.prepare_calldata
    hostile.act(network.link.address, prepare(network.penalties.address, link(1), bytes(32)))
    with boa.reverts("penalties: penalty above the collateral"):
        network.agreements.bid(id, hostile.address, 0, network.digest(id))
