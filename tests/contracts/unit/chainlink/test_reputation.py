# SPDX-License-Identifier: MIT
"""Reputation: who joins, what is counted, where counters stop."""

from __future__ import annotations

import boa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.suite import ZERO, actor, logs, travel
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
