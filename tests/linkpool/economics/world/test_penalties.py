# SPDX-License-Identifier: MIT
"""Many nodes' penalties at once are what one after the other would have been."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkpool.economics.errors import Refused
from linkpool.economics.world import penalties, stakes
from linkpool.economics.world.juels import Juels
from linkpool.economics.world.nodes import DAY, Nodes, Terms
from linkpool.errors import UsageError

LINK = 10**18
TERMS = Terms(
    limit=10**27,
    makers=250_000,
    ceiling=500_000,
    cost=LINK // 20,
    loss_cap=50_000,
    delay=14 * DAY,
    penalty_life=7 * DAY,
)
rows = st.lists(
    st.tuples(
        st.integers(10**12, penalties.WIDE - 10**21),
        st.integers(0, 10**20),
        st.one_of(st.integers(0, 10**4), st.integers(0, 10**23)),
    ),
    min_size=1,
    max_size=8,
)


def nodes_with(given: list[tuple[int, int, int]], terms: Terms = TERMS) -> Nodes:
    """A staker on each, and income that waits."""
    nodes = Nodes(len(given), terms, now=20_000 * DAY)
    for i, (amount, income, _) in enumerate(given):
        stakes.stake(nodes, i, "one", amount)
        nodes.donate(Juels.of([income]), np.array([i]))
    return nodes


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(1, 4))
def test_lost_at_once_is_sent_and_lost_one_by_one(
    given: list[tuple[int, int, int]], days: int
) -> None:
    at_once, singly = nodes_with(given), nodes_with(given)
    at = np.arange(len(given))
    for day in range(days):
        at_once.now = singly.now = at_once.now + 5 * DAY
        lost = penalties.slash(at_once, at, Juels.of([wanted for _, _, wanted in given])).tolist()
        for i, amount in enumerate(lost):
            if amount:
                id_ = penalties.send(singly, i, "box", amount, bytes([day]))
                penalties.come_back(singly, i, id_, 0, final=True)
        for one, other in zip(_figures(at_once), _figures(singly), strict=True):
            assert one == other
    assert at_once.allowances().tolist() == [singly.allowance(i) for i in at]


def _figures(nodes: Nodes) -> tuple[object, ...]:
    return (
        nodes.staked.tolist(),
        nodes.owners.tolist(),
        nodes.pending.tolist(),
        nodes.balances(),
        nodes.records.tolist(),
        nodes.lost.tolist(),
    )


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_weight_is_rounded_up_where_no_float_can_tell(more: int) -> None:
    """One juel above a whole number of ppm is one ppm more."""
    staked = 1_000_000 * (2**58 + 1)
    weights = [1, 3, 49_999]
    amounts = [weight * staked // 1_000_000 + more for weight in weights]
    nodes = nodes_with([(staked, 0, 0)] * len(weights))
    assert penalties.slash(nodes, np.arange(3), Juels.of(amounts)).tolist() == amounts
    lost = nodes.lost.sum(axis=0).tolist()
    assert lost == [weight + (more > 0) for weight in weights]


def test_a_weight_is_not_one_too_many_where_a_float_is_above() -> None:
    nodes = nodes_with([(601455598828277881645501, 0, 0)])
    penalties.slash(nodes, np.array([0]), Juels.of([17427777431648179898560]))
    assert nodes.lost.sum() == 28_976


def test_the_cap_bounds_what_is_lost_until_the_delay_has_passed() -> None:
    nodes = nodes_with([(1_000 * LINK, 0, 0)])
    at, much = np.array([0]), Juels.of([10**23])
    assert penalties.slash(nodes, at, much).tolist() == [50 * LINK]
    assert penalties.slash(nodes, at, much).tolist() == [0]
    nodes.now += 15 * DAY
    assert penalties.slash(nodes, at, much).tolist() == [950 * LINK // 20]


def test_a_node_too_wide_is_refused_not_rounded() -> None:
    nodes = nodes_with([(penalties.WIDE, 0, 0)])
    with pytest.raises(UsageError, match="604,462 LINK"):
        penalties.slash(nodes, np.array([0]), Juels.of([LINK]))


def test_a_refusal_changes_nothing() -> None:
    nodes = nodes_with([(1_000 * LINK, LINK, 0)], replace(TERMS, limit=1_001 * LINK))
    before = _figures(nodes)
    for attempt, reason in (
        (lambda: stakes.stake(nodes, 0, "two", 10 * LINK), "over the stake limit"),
        (lambda: stakes.stake(nodes, 0, "two", 0), "zero stake"),
        (lambda: stakes.withdraw(nodes, 0, "two", 1), "nothing staked"),
        (lambda: stakes.withdraw(nodes, 0, "one", 9), "exceeds withdrawable"),
        (lambda: penalties.send(nodes, 0, "box", 51 * LINK, b"1"), "over the loss cap"),
        (lambda: penalties.resolve(nodes, 0, 1), "no such open penalty"),
    ):
        with pytest.raises(Refused, match=f"storage: {reason}"):
            attempt()
        assert _figures(nodes) == before
