# SPDX-License-Identifier: MIT
"""Operator, consumer, beneficiary and every caller in league have the node slashed (P15)."""

from __future__ import annotations

from itertools import count

import boa
import pytest

from tests.contracts.attacks.network.league import new_transaction
from tests.contracts.suite import DAY, DELAY, LOSS_CAP, PPM, actor, travel, word
from tests.contracts.unit.chainlink.support import Network

LEAGUE = actor("the league")


def allowed(network: Network) -> int:
    """Juels that the operator may send now."""
    store = network.stores[0]
    return int(store.lossAllowance() * store.totalStaked() // PPM)


def deposit(network: Network, juels: int, reference: int) -> None:
    new_transaction()
    network.deposit(0, juels, reference)


def lose(network: Network, juels: int, reference: int) -> None:
    """The league asks its own node, which does not answer, and slashes all of a deposit."""
    id = network.post(
        consumer=LEAGUE, oracles=1, minimumAnswers=1, penalty=juels, beneficiary=LEAGUE
    )
    network.bid(id, 0, reference=reference)
    network.start(id)
    network.expire(id)
    new_transaction()
    network.settle(id)
    assert network.collateral(0, reference).balance == 0


def most_in_a_delay(losses: list[tuple[int, int, int]]) -> float:
    """The largest ppm of the stake of its time lost within one delay."""
    windows = []
    for start, _, _ in losses:
        within = [(a, t) for time, a, t in losses if start <= time < start + DELAY]
        windows.append(sum(amount * PPM / total for amount, total in within))
    return max(windows)


@pytest.mark.parametrize("pieces", [1, 10])
def test_over_and_over_no_more_than_the_cap_is_lost_in_a_delay(
    network: Network, pieces: int
) -> None:
    """Whatever is allowed is sent each day, slashed at once and its record closed at once."""
    store, references = network.stores[0], count(100)
    losses = []
    end = boa.env.timestamp + DELAY + 3 * DAY
    while boa.env.timestamp < end:
        piece = allowed(network) // pieces
        for _ in range(pieces):
            total, amount = store.totalStaked(), min(piece, allowed(network))
            if amount:
                reference = next(references)
                deposit(network, amount, reference)
                lose(network, amount, reference)
                network.penalties.release(store.address, reference, sender=network.sender(0))
                losses.append((boa.env.timestamp, amount, total))
        travel(DAY)
    assert most_in_a_delay(losses) <= LOSS_CAP
    # The league did take what the cap lets it take, so the bound is what held.
    assert len(losses) >= 2 * pieces
    assert sum(amount for _, amount, _ in losses) > store.totalStaked() * LOSS_CAP // PPM


def test_records_that_are_left_to_become_overdue_lose_no_more(network: Network) -> None:
    """Ten records that nobody releases: each is resolved late, and counts a delay from then."""
    store = network.stores[0]
    before = store.totalStaked()
    piece = allowed(network) // 10
    for reference in range(100, 110):
        deposit(network, piece, reference)
    for reference in range(100, 110):
        lose(network, piece, reference)
    assert store.totalStaked() == before
    assert store.lossAllowance() < 50
    travel(8 * DAY)
    for reference in range(100, 110):
        store.resolveOverdue(network.penalties.address, word(reference))
    booked = boa.env.timestamp
    assert before - store.totalStaked() == 10 * piece
    assert (before - store.totalStaked()) * PPM <= before * LOSS_CAP
    # At the end of the delay that follows the booking, and not before, it may be risked again.
    travel(DELAY - DAY)
    assert store.lossAllowance() < 50
    travel(2 * DAY + booked - booked // DAY * DAY)
    assert store.lossAllowance() == LOSS_CAP


def test_sent_shortly_before_and_booked_shortly_after_adds_up_to_one_cap(
    network: Network,
) -> None:
    """A loss booked late still blocks the next one: both never lie within one delay."""
    store = network.stores[0]
    total = store.totalStaked()
    deposit(network, allowed(network), 100)
    lose(network, network.collateral(0, 100).balance, 100)
    travel(6 * DAY)
    network.penalties.release(store.address, 100)
    first = total - store.totalStaked()
    assert first * PPM <= total * LOSS_CAP
    for _ in range(13):
        travel(DAY)
        assert allowed(network) == 0
    travel(2 * DAY)
    assert allowed(network) > 0


def test_a_storage_as_beneficiary_turns_its_own_stake_into_its_income(network: Network) -> None:
    """The owners' cut of what is slashed is all that this can move, and only within the cap."""
    store = network.stores[0]
    total, due = store.totalStaked(), store.ownersDue()
    amount = allowed(network)
    deposit(network, amount, 100)
    id = network.post(oracles=1, minimumAnswers=1, penalty=amount, beneficiary=store.address)
    network.bid(id, 0, reference=100)
    network.start(id)
    network.expire(id)
    network.settle(id)
    network.penalties.release(store.address, 100, sender=network.sender(0))
    store.distribute()
    lost = total - store.totalStaked()
    assert 0 < lost <= amount * store.makersPercentage() // PPM + 1
    assert store.ownersDue() == due == 0
