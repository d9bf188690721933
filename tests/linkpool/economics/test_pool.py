# SPDX-License-Identifier: MIT
"""Nodes for the stake, returns for the stakers, words where there is nothing to divide by."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from linkpool.economics.parameters import Parameters
from linkpool.economics.pool import pool_month, size
from linkpool.errors import UsageError

PAPER = Parameters()


def test_a_node_that_is_not_full_is_a_node() -> None:
    exact = size(replace(PAPER, rounding="exact"))
    assert (exact.nodes, exact.stake) == (699, Decimal("13969252.36"))
    assert exact.each is not None
    assert exact.each < 20_000


def test_nodes_hold_no_more_than_their_limits() -> None:
    assert size(replace(PAPER, nodes=Decimal(10))).stake == 200_000
    assert size(replace(PAPER, nodes=Decimal(10_000))).stake == 14_000_000


def test_the_return_is_the_stakers_part_of_a_year_in_link() -> None:
    """$12,129.852 a month on 14 million LINK at $0.30."""
    assert pool_month(PAPER).yearly_return == Decimal("0.03465672")


def test_costs_of_the_pool_are_the_operator_s() -> None:
    with_costs = pool_month(replace(PAPER, fixed_costs=Decimal(1000)))
    assert with_costs.operator == -1000
    assert with_costs.together == Decimal("3043.284")
    assert with_costs.stakers == Decimal("12129.852")


def test_three_parts_are_all_there_is() -> None:
    pool = pool_month(PAPER)
    assert (pool.operator, pool.owners, pool.stakers) == (
        0,
        Decimal("4043.284"),
        Decimal("12129.852"),
    )
    assert pool.operator + pool.owners + pool.stakers == pool.profit


def test_the_operator_s_own_part_and_stake_are_added_for_the_operator_alone() -> None:
    """A tenth of the pool, and one LINK of 14 staked."""
    of = replace(PAPER, owned=Decimal("0.1"), own_stake=Decimal(1_000_000))
    pool, plain = pool_month(of), pool_month(PAPER)
    assert (pool.owned, pool.own_stake) == (Decimal("404.3284"), Decimal("866.418"))
    assert pool.yours == pool.operator + pool.owned + pool.own_stake
    assert (pool.owners, pool.stakers, pool.together) == (
        plain.owners,
        plain.stakers,
        plain.together,
    )
    assert plain.yours == plain.operator


def test_no_more_is_the_operator_s_than_is_staked() -> None:
    with pytest.raises(UsageError, match="own-stake: 20,000,000 LINK, and all that is"):
        size(replace(PAPER, own_stake=Decimal(20_000_000)))


@pytest.mark.parametrize("changes", [{"interest": Decimal(0)}, {"nodes": Decimal(0)}])
def test_nothing_staked_is_no_return_and_no_error(changes: dict[str, Decimal]) -> None:
    pool = pool_month(replace(PAPER, **changes))  # type: ignore[arg-type]
    assert pool.yearly_return is None
    assert (pool.stakers, pool.yours, pool.size.each) == (0, 0, None)


def test_stake_without_nodes_is_staked_nowhere() -> None:
    assert size(replace(PAPER, nodes=Decimal(0))).stake == 0


def test_the_pool_is_no_larger_than_the_network() -> None:
    with pytest.raises(UsageError, match="oracles: 19,000 in all, and the pool alone has 140,000"):
        size(replace(PAPER, stake_limit=Decimal(100)))
