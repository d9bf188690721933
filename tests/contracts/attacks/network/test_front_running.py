# SPDX-License-Identifier: MIT
"""Leaving before a slash, joining before a return: to the juel, for each way a record can end."""

from __future__ import annotations

from fractions import Fraction

import boa
import pytest

from tests.contracts.attacks.network.league import new_transaction
from tests.contracts.suite import ALL, Contract, actor, link, travel, word
from tests.contracts.unit.chainlink.support import MARGIN, STAKE, Network

ALICE, BOB, CAROL = actor("staker 0"), actor("bob of the network"), actor("carol of the network")
DEPOSIT, SLASH = link(49) + 7, link(17) + 3
# Bob's stake beside Alice's; the pair is chosen so that nothing divides evenly.
BOBS = link(313) + 11
ENDS = ("on time", "overdue", "late")


@pytest.fixture
def store(network: Network) -> Contract:
    """Node 0 with Alice and Bob and a deposit of almost five percent."""
    found = network.stores[0]
    network.suite.stake(BOB, BOBS, found)
    travel(12)
    network.deposit(0, DEPOSIT, 5)
    return found


def asked(network: Network) -> int:
    """An agreement that node 0 does not answer, one second before it can be settled."""
    id = network.post(oracles=1, minimumAnswers=1, penalty=SLASH)
    network.bid(id, 0, reference=5)
    network.start(id)
    network.expire(id)
    return id


def end(network: Network, store: Contract, how: str) -> None:
    """The record's end: released in time, resolved and released at once, or a day later."""
    new_transaction()
    deadline = network.collateral(0, 5).deadline
    if how == "on time":
        boa.env.timestamp = deadline - MARGIN // 2
        network.penalties.release(store.address, 5)
        return
    boa.env.timestamp = deadline + 1
    store.resolveOverdue(network.penalties.address, word(5))
    if how == "late":
        travel(24 * 3600)
    network.penalties.release(store.address, 5)


def leave(network: Network, store: Contract, staker: str) -> int:
    """Everything that can be had, now and by later claims; juels."""
    new_transaction()
    before = network.balance(staker)
    if store.sharesOf(staker):
        store.withdraw(ALL, sender=staker)
    store.claimExit(staker, list(range(1, store.penaltyCount() + 1)))
    return network.balance(staker) - before


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("moment", ["before the slash", "after the slash", "never"])
def test_leaving_before_a_slash_bears_the_exact_part_of_it(
    network: Network, store: Contract, how: str, moment: str
) -> None:
    stake, total = store.stakeOf(BOB), store.totalStaked()
    id = asked(network)
    paid = 0
    if moment == "before the slash":
        paid += leave(network, store, BOB)
    network.settle(id)
    assert network.collateral(0, 5).balance == DEPOSIT - SLASH
    if moment == "after the slash":
        paid += leave(network, store, BOB)
    end(network, store, how)
    travel(12)
    paid += leave(network, store, BOB)
    exact = Fraction(stake * SLASH, total)
    assert abs(stake - paid - exact) <= 2
    # And those who stayed bear theirs.
    stayed = leave(network, store, ALICE)
    assert abs(STAKE - stayed - Fraction(STAKE * SLASH, total)) <= 2


@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("slashed", [False, True])
def test_joining_before_a_return_gains_nothing(
    network: Network, store: Contract, how: str, slashed: bool
) -> None:
    """Carol stakes in the block of the return, the first moment in which she may know of it."""
    id = asked(network)
    if not slashed:
        assert network.answer(id, 0, 42)
    network.settle(id)
    # A late answer costs half, rounded down.
    lost = SLASH if slashed else SLASH // 2
    assert network.collateral(0, 5).balance == DEPOSIT - lost
    deadline = network.collateral(0, 5).deadline
    if how == "on time":
        boa.env.timestamp = deadline - MARGIN // 2
    else:
        boa.env.timestamp = deadline + 1
        store.resolveOverdue(network.penalties.address, word(5))
    network.suite.stake(CAROL, link(500), store)
    new_transaction()
    network.penalties.release(store.address, 5)
    travel(12)
    assert leave(network, store, CAROL) <= link(500)


def test_staking_and_leaving_around_a_partial_return_gains_nothing(
    network: Network, store: Contract
) -> None:
    id = network.post(oracles=1, minimumAnswers=1, penalty=SLASH)
    network.bid(id, 0, reference=5)
    network.suite.stake(CAROL, link(500), store)
    network.penalties.release(store.address, 5, sender=network.sender(0))
    assert store.penaltyById(store.penaltyCount()).returned == DEPOSIT - SLASH
    travel(12)
    assert leave(network, store, CAROL) <= link(500)
    network.start(id)
    network.expire(id)
    network.settle(id)
    network.penalties.release(store.address, 5, sender=network.sender(0))
    # She shared the risk that was open when she came, and bears her part although she left.
    borne = leave(network, store, CAROL)
    total = STAKE + BOBS + link(500)
    claim = Fraction(link(500) * DEPOSIT, total)
    assert abs(borne - claim * (DEPOSIT - SLASH) / DEPOSIT) <= 2
