# SPDX-License-Identifier: MIT
"""Penalties: deposits of a PoolStorage, what backs agreements, the way back."""

from __future__ import annotations

import boa
import pytest

from tests.contracts.suite import DAY, PENALTY_LIFE, ZERO, Contract, link, travel, word
from tests.contracts.unit.chainlink.support import (
    COLLATERAL,
    CONSUMER,
    MARGIN,
    PAYMENT,
    PENALTY,
    Network,
    chainlink,
)
from tests.contracts.unit.chainlink.told import said
from tests.contracts.unit.pool_storage.support import surplus


def paid_in(network: Network, who: Contract, juels: int, data: bytes) -> None:
    """A hostile depositor sends LINK with that data."""
    network.suite.fund(who.address, juels)
    pay = network.link.transferAndCall.prepare_calldata(network.penalties.address, juels, data)
    who.act(network.link.address, pay)


def test_a_penalty_of_a_pool_storage_is_a_deposit_with_its_deadline(network: Network) -> None:
    network.deposit(0, reference=2**40 - 1)
    found = network.collateral(0, 2**40 - 1)
    assert (found.balance, found.reserved, found.closed) == (COLLATERAL, 0, False)
    assert found.deadline == boa.env.timestamp + PENALTY_LIFE
    assert found.deadline == network.stores[0].penaltyById(1).deadline


def test_a_reference_beyond_40_bits_is_no_deposit(network: Network) -> None:
    with boa.reverts("penalties: not a deposit"):
        network.deposit(0, reference=2**40)


def test_a_reference_is_used_once_even_after_its_return(
    network: Network, hostile: Contract
) -> None:
    paid_in(network, hostile, 5, word(1))
    with boa.reverts("penalties: reference used"):
        paid_in(network, hostile, 5, word(1))
    network.penalties.release(hostile.address, 1, sender=hostile.address)
    with boa.reverts("penalties: reference used"):
        paid_in(network, hostile, 5, word(1))


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(64)])
def test_what_is_no_reference_is_no_deposit(
    network: Network, hostile: Contract, data: bytes
) -> None:
    with boa.reverts("penalties: not a deposit"):
        paid_in(network, hostile, 5, data)


def test_only_link_makes_deposits_and_of_something(network: Network, hostile: Contract) -> None:
    with boa.reverts("penalties: only LINK"):
        network.penalties.onTokenTransfer(hostile.address, 5, word(1), sender=hostile.address)
    with boa.reverts("penalties: nothing deposited"):
        paid_in(network, hostile, 0, word(1))


def test_who_has_no_record_cannot_deposit(network: Network) -> None:
    network.suite.fund(network.suite.actors.stranger, 5)
    with boa.reverts():
        network.link.transferAndCall(
            network.penalties.address, 5, word(1), sender=network.suite.actors.stranger
        )


@pytest.mark.parametrize(("after", "works"), [(MARGIN, False), (MARGIN + 1, True)])
def test_a_deadline_too_near_is_refused(
    network: Network, hostile: Contract, after: int, works: bool
) -> None:
    hostile.setDeadline(boa.env.timestamp + after)
    if works:
        paid_in(network, hostile, 5, word(1))
    else:
        with boa.reverts("penalties: deadline too near"):
            paid_in(network, hostile, 5, word(1))


def test_a_depositor_that_lies_about_its_deadline_only_waits_longer(
    network: Network, hostile: Contract
) -> None:
    """Later than any time: reserved and freed as any other, and what is free is its own."""
    hostile.setDeadline(2**256 - 1)
    paid_in(network, hostile, link(5), word(0))
    hostile.setDeadline(boa.env.timestamp + 1)
    assert network.penalties.deposit(hostile.address, 0).deadline == 2**40 - 1
    id = network.post(oracles=1, minimumAnswers=1)
    network.agreements.bid(id, hostile.address, 0, network.digest(id))
    travel(7 * DAY)
    with boa.reverts("agreements: too late to start"):
        network.start(id)
    network.agreements.cancel(id)
    assert network.penalties.release(hostile.address, 0, sender=hostile.address) == link(5)


# ---- The way back ----


def test_the_operator_and_the_senders_fetch_what_is_free(backed: Network) -> None:
    operator = backed.suite.actors.operator
    for index, who in enumerate((operator, backed.sender(1))):
        store = backed.stores[index]
        assert backed.penalties.release(store.address, 1, sender=who) == COLLATERAL
        record = store.penaltyById(1)
        assert (record.state, record.returned) == (2, COLLATERAL)
        assert surplus(backed.link, store) == store.pendingIncome() == 0
        with boa.reverts("penalties: no such deposit"):
            backed.penalties.release(store.address, 1, sender=who)


def test_what_is_reserved_stays_and_the_deposit_goes_on(backed: Network) -> None:
    backed.bid(backed.post(), 0)
    store, operator = backed.stores[0], backed.suite.actors.operator
    assert backed.penalties.release(store.address, 1, sender=operator) == COLLATERAL - PENALTY
    assert store.penaltyById(1).state == 1
    found = backed.collateral(0)
    assert (found.balance, found.reserved, found.closed) == (PENALTY, PENALTY, False)
    with boa.reverts("penalties: all of it is reserved"):
        backed.penalties.release(store.address, 1, sender=operator)
    with boa.reverts("penalties: penalty above the collateral"):
        backed.bid(backed.post(penalty=1), 0)


@pytest.mark.parametrize("who", ["stranger", "deployer", "staker"])
def test_before_the_margin_nobody_else_fetches(backed: Network, who: str) -> None:
    travel(PENALTY_LIFE - MARGIN - 1)
    sender = getattr(backed.suite.actors, who)
    with boa.reverts("penalties: not yet"):
        backed.penalties.release(backed.stores[0].address, 1, sender=sender)
    travel(1)
    assert backed.penalties.release(backed.stores[0].address, 1, sender=sender) == COLLATERAL


def test_what_is_reserved_stays_for_half_a_margin_longer(backed: Network) -> None:
    """Whoever settles has that time: no release in the same block comes first."""
    id = backed.post(oracles=1, minimumAnswers=1)
    backed.bid(id, 0)
    backed.start(id)
    store, stranger = backed.stores[0], backed.suite.actors.stranger
    travel(backed.collateral(0).deadline - MARGIN - boa.env.timestamp)
    free = COLLATERAL - PENALTY
    assert backed.penalties.release(store.address, 1, sender=stranger) == free
    travel(MARGIN // 2 - 1)
    for who in (stranger, backed.sender(0)):
        with boa.reverts("penalties: all of it is reserved"):
            backed.penalties.release(store.address, 1, sender=who)
    with boa.env.anchor():
        backed.settle(id)
        assert backed.collateral(0).balance == 0
    travel(1)
    assert backed.penalties.release(store.address, 1, sender=stranger) == PENALTY
    assert store.penaltyById(1).state == 2
    backed.settle(id)
    assert backed.balance(CONSUMER) == PAYMENT


def test_p17_from_half_the_margin_on_anyone_sends_all_of_it_back(backed: Network) -> None:
    backed.bid(backed.post(), 0)
    travel(PENALTY_LIFE - MARGIN // 2)
    store = backed.stores[0]
    stranger = backed.suite.actors.stranger
    assert backed.penalties.release(store.address, 1, sender=stranger) == COLLATERAL
    found = backed.collateral(0)
    assert (found.balance, found.reserved, found.closed) == (0, 0, True)
    assert store.penaltyById(1).state == 2
    # The bid of before frees nothing any more.
    backed.agreements.cancel(1)
    assert backed.collateral(0).reserved == 0


def test_a_deposit_lost_as_a_whole_ends_with_a_return_of_nothing(backed: Network) -> None:
    id = backed.running(2, penalty=COLLATERAL)
    backed.answers(id, 1)
    backed.expire(id)
    backed.settle(id)
    store = backed.stores[1]
    assert backed.collateral(1).balance == 0
    assert store.penaltyById(1).state == 1
    with boa.reverts("penalties: not yet"):
        backed.penalties.release(store.address, 1, sender=backed.suite.actors.stranger)
    assert backed.penalties.release(store.address, 1, sender=backed.sender(1)) == 0
    record = store.penaltyById(1)
    assert (record.state, record.returned) == (2, 0)
    assert backed.collateral(1).closed


def test_a_return_after_the_deadline_is_a_late_return(backed: Network) -> None:
    store = backed.stores[0]
    travel(PENALTY_LIFE + 1)
    store.resolveOverdue(backed.penalties.address, word(1))
    assert backed.penalties.release(store.address, 1) == COLLATERAL
    record = store.penaltyById(1)
    assert (record.state, record.returned) == (2, COLLATERAL)
    assert store.totalStaked() == link(1000)


def test_what_was_never_deposited_is_not_released(network: Network, hostile: Contract) -> None:
    for depositor in (network.stores[0].address, hostile.address, ZERO):
        with boa.reverts("penalties: no such deposit"):
            network.penalties.release(depositor, 1)


def test_a_depositor_that_refuses_its_link_keeps_it_waiting(
    network: Network, hostile: Contract
) -> None:
    paid_in(network, hostile, 5, word(1))
    hostile.behave(1, hostile.address, b"")
    with boa.reverts():
        network.penalties.release(hostile.address, 1, sender=hostile.address)
    assert network.penalties.deposit(hostile.address, 1).balance == 5
    hostile.behave(0, hostile.address, b"")
    assert network.penalties.release(hostile.address, 1, sender=hostile.address) == 5


def test_only_agreements_reserve_and_settle(backed: Network) -> None:
    for who in (backed.suite.actors.stranger, backed.suite.actors.deployer, backed.sender(0)):
        with boa.reverts("penalties: only agreements"):
            backed.penalties.reserve(backed.stores[0].address, 1, 1, 1, sender=who)
        with boa.reverts("penalties: only agreements"):
            backed.penalties.settle([], 1, who, sender=who)


def test_it_can_be_a_destination_and_names_its_parts(network: Network) -> None:
    assert network.suite.factory.isDestination(network.penalties.address)
    assert network.penalties.getChainlinkToken() == network.link.address
    assert network.penalties.agreements() == network.agreements.address
    assert network.penalties.MARGIN() == MARGIN
    with boa.reverts("penalties: LINK has no code"):
        chainlink("Penalties").deploy(ZERO, MARGIN)


# ---- Said and shown, field by field ----


def test_a_deposit_and_its_way_back_are_said_and_shown_whole(backed: Network) -> None:
    """Beside a second one of the same node and those of others."""
    network, store = backed, backed.stores[0]
    travel(60)
    network.deposit(0, link(7), reference=2**40 - 1)
    deadline = boa.env.timestamp + PENALTY_LIFE
    sent = (store.address, 2**40 - 1, link(7), deadline)
    assert said(network, store) == [("Deposited", *sent)]
    network.bid(network.post(), 0, reference=2**40 - 1)
    assert tuple(network.collateral(0, 2**40 - 1)) == (link(7), PENALTY, deadline, False)
    assert network.penalties.release(store.address, 2**40 - 1, sender=network.sender(0)) == link(5)
    assert said(network, network.penalties) == [
        ("Released", store.address, 2**40 - 1, link(5), False)
    ]
    assert tuple(network.collateral(0, 2**40 - 1)) == (PENALTY, PENALTY, deadline, False)
    travel(deadline - MARGIN // 2 - boa.env.timestamp)
    assert network.penalties.release(store.address, 2**40 - 1) == PENALTY
    assert said(network, network.penalties) == [
        ("Released", store.address, 2**40 - 1, PENALTY, True)
    ]
    assert tuple(network.collateral(0, 2**40 - 1)) == (0, 0, deadline, True)
    assert tuple(network.collateral(0)) == (COLLATERAL, 0, deadline - 60, False)
    assert network.balance(network.penalties) == 4 * COLLATERAL


def test_a_deposit_is_as_wide_as_all_the_link_there_is(network: Network, hostile: Contract) -> None:
    """Balance and reserved full, beside the latest deadline; slashed and freed to the juel."""
    most, sender = 10**27 - 10**25, network.agreements.address
    hostile.setDeadline(2**40 - 1)
    paid_in(network, hostile, most, word(5))
    network.penalties.reserve(hostile.address, 5, most, boa.env.timestamp, sender=sender)
    full = (most, most, 2**40 - 1, False)
    assert tuple(network.penalties.deposit(hostile.address, 5)) == full
    with boa.reverts("penalties: penalty above the collateral"):
        network.penalties.reserve(hostile.address, 5, 1, boa.env.timestamp, sender=sender)
    claims = [(hostile.address, 5, most - 3)]
    assert network.penalties.settle(claims, most, CONSUMER, sender=sender) == [most - 3]
    slashed = ("Slashed", hostile.address, 5, CONSUMER, most - 3)
    assert said(network, network.penalties) == [slashed]
    assert tuple(network.penalties.deposit(hostile.address, 5)) == (3, 0, 2**40 - 1, False)
    assert network.balance(CONSUMER) == most - 3


def test_no_more_is_freed_or_slashed_than_was_reserved(network: Network, hostile: Contract) -> None:
    """ServiceAgreements never asks for it; a deposit does not depend on that."""
    sender = network.agreements.address
    paid_in(network, hostile, 100, word(5))
    network.penalties.reserve(hostile.address, 5, 40, boa.env.timestamp, sender=sender)
    for slash, amount in ((41, 40), (0, 41), (41, 41)):
        with boa.reverts():
            claims = [(hostile.address, 5, slash)]
            network.penalties.settle(claims, amount, CONSUMER, sender=sender)
    claims = [(hostile.address, 5, 20), (hostile.address, 5, 10)]
    assert network.penalties.settle(claims, 20, CONSUMER, sender=sender) == [20, 10]
    assert tuple(network.penalties.deposit(hostile.address, 5))[:2] == (70, 0)
