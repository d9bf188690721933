# SPDX-License-Identifier: MIT
"""Every refusal with its edge, which deposit is chosen, and what no agreements and no deposits can
make a node do.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpool.agreements.facts import Agreement, Chance, Deposit, Node, Placed
from linkpool.agreements.policy import (
    EXPIRY,
    MOST_BIDS,
    Bid,
    Decision,
    Policy,
    Refusal,
    Why,
    decide,
    settled_by,
)
from linkpool.chain.addresses import ZERO
from linkpool.units import Juels, Ppm, link, share
from tests.linkpool.agreements.makers import (
    JOB,
    NETWORK,
    NOW,
    ORACLES,
    POLICY,
    PROVIDER,
    WHOLE,
    agreement,
    chance,
    deposit,
    node,
)


def decided(
    one: Chance | Agreement | None = None,
    of: Node | None = None,
    policy: Policy = POLICY,
    now: int = NOW,
) -> Decision:
    asked = one if isinstance(one, Chance) else chance(one)
    [(_, decision)] = decide([asked], of or node(), policy, NETWORK, now=now)
    return decision


def refused(*arguments: Any, **options: Any) -> Why:
    decision = decided(*arguments, **options)
    assert isinstance(decision, Refusal), decision
    assert decision.reason
    return decision.kind


def test_a_good_agreement_is_bid_for() -> None:
    assert decided() == Bid(1)


def test_a_bid_has_to_arrive_before_its_deadline() -> None:
    one = agreement(bid_deadline=NOW + POLICY.lead + 1)
    assert decided(one) == Bid(1)
    assert refused(one, now=NOW + 1) is Why.LATE
    assert refused(one, now=NOW + 10_000) is Why.LATE


def test_the_contract_takes_only_so_many_bids() -> None:
    bids = tuple(
        Placed(oracle=ORACLES[0], reference=1, score=WHOLE, order=order)
        for order in range(MOST_BIDS)
    )
    assert decided(agreement(bids=bids[1:])) == Bid(1)
    assert refused(agreement(bids=bids)) is Why.FULL


def test_the_operators_minimum_payment() -> None:
    least = link("0.3")
    policy = replace(POLICY, minimum_payment=least)
    assert decided(agreement(payment=least), policy=policy) == Bid(1)
    assert refused(agreement(payment=least - 1), policy=policy) is Why.PAYMENT


def test_the_nodes_minimum_payment_on_chain() -> None:
    least = link("0.3")
    assert decided(agreement(payment=least), node(minimum_payment=least)) == Bid(1)
    assert refused(agreement(payment=least - 1), node(minimum_payment=least)) is Why.PAYMENT


def test_the_operators_maximum_penalty() -> None:
    assert decided(agreement(penalty=link("10"))) == Bid(1)
    assert refused(agreement(penalty=link("10") + 1)) is Why.PENALTY
    assert refused(agreement(penalty=1), policy=Policy()) is Why.PENALTY


def test_the_time_for_the_answer() -> None:
    policy = replace(POLICY, shortest_answer_time=600)
    assert decided(policy=policy) == Bid(1)
    assert refused(agreement(answer_deadline=NOW + 719), policy=policy) is Why.ANSWER_TIME


def test_somebody_has_to_have_time_to_start_it() -> None:
    least = NOW + 120 + POLICY.lead + NETWORK.answer_time
    assert decided(agreement(answer_deadline=least)) == Bid(1)
    assert refused(agreement(answer_deadline=least - 1)) is Why.ANSWER_TIME


def test_only_jobs_that_the_operator_named() -> None:
    assert decided(policy=replace(POLICY, jobs=frozenset({JOB}))) == Bid(1)
    assert refused(policy=replace(POLICY, jobs=frozenset({b"\x22" * 32}))) is Why.JOB


def test_only_jobs_that_this_very_node_serves() -> None:
    decision = decided(chance(unserved="no such job here"))
    assert decision == Refusal(Why.JOB, "no such job here")


def test_confirmations_leave_the_time_for_start_and_answer() -> None:
    most = 600 - 2 * POLICY.lead
    assert decided(chance(waits=most)) == Bid(1)
    decision = decided(chance(waits=most + 1))
    assert decision == Refusal(
        Why.ANSWER_TIME,
        "leaves 600 s for the answer; 553 s of confirmations and two transactions take 601 s",
    )


def test_without_confirmations_only_the_contracts_own_times_count() -> None:
    lead = replace(POLICY, lead=100)
    short = agreement(bid_deadline=NOW + 130, answer_deadline=NOW + 130 + 400)
    assert decided(chance(short, waits=0), policy=lead) == Bid(1)
    assert refused(chance(short, waits=201), policy=lead) is Why.ANSWER_TIME


@pytest.mark.parametrize("provider", [ZERO, PROVIDER])
def test_only_providers_that_the_operator_named(provider: Any) -> None:
    one = agreement(provider=provider)
    other = PROVIDER if provider == ZERO else ZERO
    assert decided(one) == Bid(1)
    assert decided(one, policy=replace(POLICY, providers=frozenset({provider}))) == Bid(1)
    named = replace(POLICY, providers=frozenset({other}))
    assert refused(one, policy=named) is Why.PROVIDER


def test_a_provider_wants_members_only() -> None:
    assert refused(chance(agreement(provider=PROVIDER), member=False)) is Why.MEMBER
    assert decided(chance(agreement(provider=ZERO), member=False)) == Bid(1)


def test_a_disabled_node_does_not_bid() -> None:
    assert refused(None, node(enabled=False)) is Why.DISABLED


def test_collateral_has_to_be_there_and_free() -> None:
    closed = deposit(closed=True)
    assert refused(None, replace(node(), deposits=())) is Why.COLLATERAL
    assert refused(None, node(closed)) is Why.COLLATERAL
    assert decided(None, node(deposit(reserved=link("15")))) == Bid(1)
    assert refused(None, node(deposit(reserved=link("15") + 1))) is Why.COLLATERAL
    half = replace(POLICY, collateral_share=Ppm(500_000))
    assert decided(None, node(deposit(reserved=link("5"))), half) == Bid(1)
    assert refused(None, node(deposit(reserved=link("5") + 1)), half) is Why.COLLATERAL


def test_without_a_penalty_no_deposit_is_needed() -> None:
    assert decided(agreement(penalty=0), replace(node(), deposits=())) == Bid(0)
    assert refused(agreement(penalty=1), replace(node(), deposits=())) is Why.COLLATERAL


def test_a_deposit_has_to_outlast_the_agreement() -> None:
    one = agreement()
    least = settled_by(one, NETWORK) + NETWORK.margin
    assert decided(one, node(deposit(deadline=least))) == Bid(1)
    assert refused(one, node(deposit(deadline=least - 1))) is Why.DEADLINE


def test_an_agreement_lasts_until_its_requests_expire() -> None:
    one = agreement()
    assert settled_by(one, NETWORK) == one.answer_deadline + NETWORK.late_time
    short = replace(NETWORK, answer_time=10, late_time=10)
    assert settled_by(one, short) == one.answer_deadline - 10 + EXPIRY


def test_the_deposit_that_ends_first_is_taken() -> None:
    late, soon = deposit(1), deposit(2, deadline=NOW + 3 * 86_400)
    assert decided(None, node(late, soon)) == Bid(2)
    full = replace(soon, reserved=soon.balance)
    assert decided(None, node(late, full)) == Bid(1)
    assert decided(None, node(late, replace(late, reference=0))) == Bid(0)


def test_what_ends_first_goes_first() -> None:
    early, late = agreement(2), agreement(1, bid_deadline=NOW + 130)
    asked = [chance(late), chance(early)]
    small = node(deposit(balance=link("5")))
    [first, second] = decide(asked, small, POLICY, NETWORK, now=NOW)
    assert first == (early, Bid(1))
    assert second[0] == late
    assert isinstance(second[1], Refusal)
    assert second[1].kind is Why.COLLATERAL


AMOUNTS = st.integers(0, 10**19)
AGREEMENTS = st.builds(
    agreement,
    st.integers(1, 50),
    payment=AMOUNTS,
    penalty=AMOUNTS,
    bid_deadline=st.integers(NOW - 100, NOW + 1_000),
    answer_deadline=st.integers(NOW, NOW + 3_000),
    provider=st.sampled_from([ZERO, PROVIDER]),
)
DEPOSITS = st.lists(
    st.builds(
        deposit,
        st.integers(1, 5),
        balance=AMOUNTS,
        reserved=AMOUNTS,
        deadline=st.integers(NOW, NOW + 100_000),
        closed=st.booleans(),
    ),
    max_size=4,
    unique_by=lambda one: one.reference,
)
POLICIES = st.builds(
    Policy,
    minimum_payment=AMOUNTS,
    maximum_penalty=AMOUNTS,
    collateral_share=st.integers(1, 1_000_000),
    shortest_answer_time=st.integers(0, 1_000),
    lead=st.integers(0, 60),
)


@given(
    st.lists(AGREEMENTS, max_size=20, unique_by=lambda one: one.id),
    DEPOSITS,
    POLICIES,
    st.booleans(),
    st.sets(st.integers(1, 50)),
)
def test_a_node_never_promises_what_it_has_not(
    several: list[Agreement],
    deposits: list[Deposit],
    policy: Policy,
    enabled: bool,
    unserved: set[int],
) -> None:
    """Never above its share, never twice, never late, never for what it does not serve."""
    chances = [chance(one, unserved="no" if one.id in unserved else "") for one in several]
    one_node = replace(node(enabled=enabled), deposits=tuple(deposits))
    decisions = list(decide(chances, one_node, policy, NETWORK, now=NOW))
    assert sorted(one.id for one, _ in decisions) == sorted(one.id for one in several)
    promised: dict[int, int] = defaultdict(int)
    by_reference = {one.reference: one for one in deposits}
    for one, decision in decisions:
        if isinstance(decision, Refusal):
            assert decision.reason
            continue
        if one.penalty:
            promised[decision.reference] += one.penalty
            backing = by_reference[decision.reference]
            assert not backing.closed
            assert backing.deadline >= settled_by(one, NETWORK) + NETWORK.margin
        assert enabled and one.id not in unserved
        assert NOW + policy.lead < one.bid_deadline
        assert one.answer_deadline - one.bid_deadline >= policy.shortest_answer_time
        assert one.payment >= max(policy.minimum_payment, one_node.minimum_payment)
        assert one.penalty <= policy.maximum_penalty
    for reference, amount in promised.items():
        backing = by_reference[reference]
        allowed = share(backing.balance, policy.collateral_share)
        assert Juels(backing.reserved + amount) <= allowed
