# SPDX-License-Identifier: MIT
"""Monte Carlo: the same seed says the same, and without chance it is the month itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from linkpool.economics.chance import dice, drift, events
from linkpool.economics.pool import pool_month
from linkpool.economics.reading import parameters
from linkpool.economics.simulation import simulate, spread
from linkpool.errors import UsageError

AGREEMENTS = parameters("agreements")
NEAR = Decimal("1e-40")


def test_a_seed_is_repeated() -> None:
    first = simulate(AGREEMENTS, seed=7, paths=20, months=6)
    assert simulate(AGREEMENTS, seed=7, paths=20, months=6) == first
    assert simulate(AGREEMENTS, seed=8, paths=20, months=6).totals != first.totals


def test_known_totals_of_a_seed() -> None:
    """On every machine and version: to the cent. The paper's gas, which is never measured anew."""
    p = parameters("agreements", ["flow=paper", "distributions=0"])
    found = simulate(p, seed=1, paths=3, months=3)
    together = found.together_total
    known = (together.worst, together.median, together.best)
    assert [f"{total:.2f}" for total in known] == ["-8993.57", "-209.55", "5638.00"]


def test_more_paths_leave_the_first_ones_as_they_were() -> None:
    few = simulate(AGREEMENTS, paths=5, months=2)
    assert set(few.totals) < set(simulate(AGREEMENTS, paths=10, months=2).totals)


def test_without_chance_every_future_is_twelve_times_the_month() -> None:
    p = parameters("exact")
    found, month = simulate(p, paths=3), pool_month(p)
    assert found.operator_total.worst == found.operator_total.best == 0
    assert abs(found.owners_total.worst - 12 * month.owners) < NEAR
    assert abs(found.together_total.best - 12 * month.together) < NEAR
    assert month.yearly_return is not None
    assert abs(found.staker_link.median - month.yearly_return) < NEAR
    assert abs(found.staker_usd.median - month.yearly_return) < NEAR
    assert (found.operator_loses, found.staker_loses_usd) == (0, 0)
    assert found.staker_below_target == 1


def test_requests_grow() -> None:
    found = simulate(parameters("paper", ["growth=10", "owned=100"]), paths=1, months=3)
    first, second, third = (month.median for month in found.operator_month)
    assert abs(second - first * Decimal("1.1")) < NEAR
    assert abs(third - first * Decimal("1.21")) < NEAR


def test_oracles_that_grow_take_a_part() -> None:
    found = simulate(parameters("paper", ["oracle-growth=100", "owned=100"]), paths=1, months=2)
    first, second = (month.median for month in found.operator_month)
    assert abs(second * 2 - first) < NEAR


def test_a_price_set_rarely_is_surprised_more_often() -> None:
    wild = ["gas-volatility=60", "deduction=actual"]
    followed = simulate(parameters("exact", [*wild, "backend=none"]), paths=40, months=6)
    late = simulate(
        parameters("exact", [*wild, "backend=none", "reprice-months=6"]), paths=40, months=6
    )
    assert followed.operator_loses == 0
    assert late.operator_loses > 0


def test_a_price_is_set_for_as_many_months_as_asked() -> None:
    """In every second month the price is that of the month before; gas alone moves."""
    usual = ["backend=none", "owned=100"]
    p = parameters("exact", ["gas-volatility=30", "reprice-months=2", *usual])
    months = simulate(p, paths=1, months=3).operator_month
    still = simulate(parameters("exact", usual), paths=1, months=1).operator_month
    assert months[0].median == still[0].median
    assert months[1].median != months[0].median


def test_outages_and_faults_cost_stake() -> None:
    calm = parameters("agreements", ["missed=0", "late=0", "wrong=0", "outage=0"])
    down = parameters("agreements", ["outage=100", "outage-hours=24", "penalty=5"])
    assert simulate(calm, paths=5).lost.worst == 0
    assert simulate(down, paths=5).lost.best > Decimal("0.01")
    cap = 12 * (1 - Decimal("0.95") ** 3)
    ruin = parameters("agreements", ["missed=100", "penalty=1000"])
    found = simulate(ruin, paths=2)
    assert abs(found.lost.worst - cap) < NEAR
    assert found.staker_loses_link == 1


@pytest.mark.parametrize(
    ("settings", "given", "said"),
    [
        (["interest=0"], {}, "nobody has staked"),
        (["nodes=0"], {}, "nobody has staked"),
        ([], {"paths": 0}, "paths and months: 1 at least, not 0"),
        ([], {"months": -1}, "paths and months: 1 at least, not -1"),
        ([], {"paths": 1_000_000}, "paths times months: 12,000,000, at most 2,000,000"),
    ],
)
def test_nothing_to_simulate_and_too_much(
    settings: list[str], given: dict[str, int], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        simulate(parameters("paper", settings), **given)


def test_a_spread_is_of_figures_that_were_there() -> None:
    found = spread([Decimal(number) for number in range(100, 0, -1)])
    assert (found.worst, found.low, found.quarter, found.median) == (1, 5, 25, 50)
    assert (found.three_quarters, found.high, found.best) == (75, 95, 100)
    assert found.mean == Decimal("50.5")
    lost = spread([Decimal(number) for number in range(1, 101)], is_loss=True)
    assert (lost.worst, lost.low, lost.quarter, lost.median) == (100, 96, 76, 51)
    assert (lost.three_quarters, lost.high, lost.best) == (26, 6, 1)
    alone = spread([Decimal(3)])
    assert (alone.worst, alone.low, alone.median, alone.high, alone.best) == (3, 3, 3, 3, 3)


def test_a_price_s_walk_is_fair() -> None:
    random = dice(1, 1)
    found = [drift(random, Decimal("0.3")) for _ in range(4_000)]
    assert min(found) > 0
    assert abs(sum(found) / len(found) - 1) < Decimal("0.02")
    assert drift(random, Decimal(0)) == 1


@pytest.mark.parametrize(
    ("trials", "chance"), [(40, "0.1"), (40, "0.9"), (5_000, "0.02"), (9, "1")]
)
def test_events_are_as_many_as_their_chance_says(trials: int, chance: str) -> None:
    random = dice(1, 2)
    found = [events(random, trials, Decimal(chance)) for _ in range(800)]
    assert min(found) >= 0
    assert max(found) <= trials
    expected = trials * float(chance)
    assert abs(sum(found) / len(found) - expected) < 0.05 * expected + 0.01


def test_nothing_happens_without_a_chance() -> None:
    assert events(dice(1, 3), 0, Decimal(1)) == 0
    assert events(dice(1, 3), 1_000, Decimal(0)) == 0
