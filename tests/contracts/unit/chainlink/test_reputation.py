# SPDX-License-Identifier: MIT
"""Reputation: who joins, what is counted, where counters stop."""

from __future__ import annotations

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.suite import ZERO, actor, logs, mock, travel
from tests.contracts.unit.chainlink.support import (
    MISSED,
    PENALTY,
    Network,
    chainlink,
    reputation,
)

PPM = 10**6


def test_senders_and_the_operator_join_their_oracle_once(network: Network) -> None:
    provider, who = network.reputation, network.suite.actors
    first, second = (network.stores[index].address for index in (0, 1))
    provider.join(first, sender=network.sender(0))
    provider.join(second, sender=who.operator)
    assert provider.memberCount() == 2
    assert [provider.memberAt(index) for index in range(3)] == [first, second, ZERO]
    for sender in (network.sender(0), who.operator):
        with boa.reverts("reputation: already a member"):
            provider.join(first, sender=sender)


def test_nobody_joins_for_another(network: Network) -> None:
    for sender in (network.sender(1), network.suite.actors.owner, actor("stranger")):
        with boa.reverts("reputation: not a sender of the oracle"):
            network.reputation.join(network.stores[0].address, sender=sender)


def test_a_closed_provider_admits_first(network: Network) -> None:
    provider, who = reputation(network, open=False), network.suite.actors
    store = network.stores[0].address
    with boa.reverts("reputation: not admitted"):
        provider.join(store, sender=network.sender(0))
    with boa.reverts("reputation: only the owner"):
        provider.admit(store, sender=who.operator)
    provider.admit(store, sender=who.owner)
    with boa.reverts("reputation: already admitted"):
        provider.admit(store, sender=who.owner)
    with boa.reverts("reputation: not a member"):
        provider.score(store)
    provider.join(store, sender=network.sender(0))
    assert provider.score(store) == PPM // 2
    assert (provider.isOpen(), provider.owner()) == (False, who.owner)


def test_an_open_provider_admits_nobody(network: Network) -> None:
    with boa.reverts("reputation: open to all"):
        network.reputation.admit(network.stores[0].address, sender=network.suite.actors.owner)


def test_a_provider_without_agreements_or_owner_is_not_made(network: Network) -> None:
    with boa.reverts("reputation: agreements has no code"):
        chainlink("Reputation").deploy(actor("nobody"), ZERO, True)
    with boa.reverts("reputation: owner"):
        chainlink("Reputation").deploy(network.agreements.address, ZERO, False)


def test_settling_counts_each_oracle_by_its_outcome(backed: Network) -> None:
    backed.join(0, 1, 2, 3)
    id = backed.running(4, provider=backed.reputation.address)
    travel(10)
    backed.answers(id, 100, 200, 100)
    backed.expire(id)
    backed.settle(id)
    told = [(entry.id, entry.outcome, entry.lost) for entry in logs(backed.agreements, "Reported")]
    assert told in ([], [(id, 1, 0), (id, 4, PENALTY), (id, 1, 0), (id, 2, PENALTY)])
    right, wrong, _, missed = (backed.reputation.standing(store.address) for store in backed.stores)
    assert (right.assigned, right.completed, right.elapsed, right.lost) == (1, 1, 10, 0)
    assert right.score == 2 * PPM // 3
    assert (wrong.assigned, wrong.wrong, wrong.elapsed, wrong.lost) == (1, 1, 10, PENALTY)
    assert (missed.assigned, missed.missed, missed.elapsed, missed.lost) == (1, 1, 0, PENALTY)
    assert wrong.score == missed.score == PPM // 3


def test_a_standing_keeps_every_count_beside_all_others(network: Network) -> None:
    """Reports of two members and a stranger, of all four kinds, in an order of their own."""
    provider, sender = network.reputation, network.agreements.address
    first, second, other = (network.stores[index].address for index in range(3))
    network.join(1)
    assert [tuple(entry)[1:] for entry in logs(provider, "Joined")] == [(second,)]
    network.join(0)
    told = [(second, 3, 5, 50), (other, 1, 6, 60), (first, 2, 7, 70), (second, 1, 8, 0)]
    provider.report(77, told, sender=sender)
    counted = [tuple(entry)[1:] for entry in logs(provider, "Reported")]
    assert counted == [(77, *one) for one in (told[0], told[2], told[3])]
    outcomes = [1] * 5 + [2] * 2 + [3] * 4 + [4] * 7
    provider.report(78, [(first, outcome, 1_000, 10**20) for outcome in outcomes], sender=sender)
    expected = (True, 19, 5, 3, 4, 7, 18 * 10**20 + 70, 18_007, 6 * PPM // 21)
    assert tuple(provider.standing(first)) == expected
    assert tuple(provider.standing(second)) == (True, 2, 1, 0, 1, 0, 50, 13, PPM // 2)
    assert tuple(provider.standing(other)) == (False, 0, 0, 0, 0, 0, 0, 0, 0)
    assert provider.agreements() == sender


def test_all_oracles_of_a_large_agreement_are_counted(network: Network) -> None:
    """The provider's gas grows with the reports that it hears."""
    oracles = [mock("hostile_oracle", network.link.address) for _ in range(22)]
    provider = network.reputation
    id = network.post(oracles=22, minimumAnswers=1, penalty=0, provider=provider.address)
    for oracle in oracles:
        provider.join(oracle.address)
        network.agreements.bid(id, oracle.address, 0, network.digest(id))
    network.start(id)
    network.expire(id)
    network.settle(id)
    for oracle in oracles:
        found = provider.standing(oracle.address)
        assert (found.assigned, found.missed, found.score) == (1, 1, PPM // 3)


@pytest.mark.parametrize("outcome", [1, 2, 3, 4])
def test_each_counter_stops_at_its_own_end(network: Network, outcome: int) -> None:
    """With all others one below theirs: only its own figure moves, once."""
    network.join(0)
    store, full = network.stores[0].address, 2**28 - 1
    provider, sender = network.reputation, network.agreements.address
    words = sum((full - 1) << (28 * place) for place in range(4))
    words |= (2**44 - 3) << 112 | (2**90 - 7) << 156
    provider.eval(f"self.standings[{store}] = self.standings[{store}] | {words}")
    for _ in range(3):
        provider.report(1, [(store, outcome, 1, 2)], sender=sender)
    counts = [full - 1] * 4
    counts[outcome - 1] = full
    found = provider.standing(store)
    assert [found.completed, found.missed, found.late, found.wrong] == counts
    assert (found.elapsed, found.lost) == (2**44 - 1, 2**90 - 1)
    assert (found.member, found.assigned) == (True, sum(counts))


def test_who_is_admitted_is_said(network: Network) -> None:
    provider, store = reputation(network, open=False), network.stores[0].address
    provider.admit(store, sender=network.suite.actors.owner)
    assert [tuple(entry)[1:] for entry in logs(provider, "Admitted")] == [(store,)]
    assert tuple(provider.standing(store)) == (False, 0, 0, 0, 0, 0, 0, 0, 0)
    assert provider.memberCount() == 0


def test_only_agreements_report(network: Network) -> None:
    for who in (network.suite.actors.owner, network.sender(0), network.aggregator.address):
        with boa.reverts("reputation: only agreements"):
            network.reputation.report(1, [], sender=who)


def test_who_is_no_member_is_passed_over(network: Network) -> None:
    network.join(0)
    member, other = (network.stores[index].address for index in (0, 1))
    network.reputation.report(
        1, [(other, MISSED, 0, 5), (member, MISSED, 0, 5)], sender=network.agreements.address
    )
    assert network.reputation.standing(other)[1:] == (0,) * 8
    assert network.reputation.standing(member).missed == 1


@pytest.mark.parametrize("outcome", [0, 5, 2**255])
def test_an_outcome_that_does_not_exist_is_not_counted(network: Network, outcome: int) -> None:
    network.join(0)
    with boa.reverts():
        network.reputation.report(
            1, [(network.stores[0].address, outcome, 0, 0)], sender=network.agreements.address
        )


def test_counters_stop_and_touch_no_neighbour(network: Network) -> None:
    network.join(0)
    store, sender = network.stores[0].address, network.agreements.address
    for elapsed, lost in ((2**44 - 2, 2**90 - 2), (1, 1), (5, 5), (2**256 - 1, 2**256 - 1)):
        network.reputation.report(1, [(store, MISSED, elapsed, lost)], sender=sender)
    found = network.reputation.standing(store)
    assert (found.elapsed, found.lost) == (2**44 - 1, 2**90 - 1)
    assert (found.member, found.missed, found.assigned) == (True, 4, 4)
    network.reputation.eval(f"self.standings[{store}] = self.standings[{store}] | (2**28 - 1)")
    network.reputation.report(1, [(store, 1, 0, 0)], sender=sender)
    found = network.reputation.standing(store)
    assert (found.completed, found.missed) == (2**28 - 1, 4)


COUNTS = st.lists(st.integers(1, 4), max_size=31)


@given(outcomes=COUNTS)
@settings(max_examples=15, deadline=None)
def test_the_score_is_the_rule_of_succession(_network: Network, outcomes: list[int]) -> None:
    with boa.env.anchor():
        provider = reputation(_network, open=True)
        store = _network.stores[0].address
        provider.join(store, sender=_network.sender(0))
        provider.report(
            1,
            [(store, outcome, 3, 7) for outcome in outcomes],
            sender=_network.agreements.address,
        )
        found = provider.standing(store)
        assert found.score == provider.score(store)
        assert found.score == (outcomes.count(1) + 1) * PPM // (len(outcomes) + 2)
        assert found.assigned == len(outcomes)
        assert [found.completed, found.missed, found.late, found.wrong] == [
            outcomes.count(outcome) for outcome in (1, 2, 3, 4)
        ]
        assert (found.elapsed, found.lost) == (3 * len(outcomes), 7 * len(outcomes))
