# SPDX-License-Identifier: MIT
"""Years of the whole pool: repeatable, no juel lost, and people act on what they are paid."""

from __future__ import annotations

from dataclasses import replace

import pytest

from linkpool.economics.errors import ModelError
from linkpool.economics.reading import parameters
from linkpool.economics.world.plan import Plan, plan
from linkpool.economics.world.years import World
from linkpool.economics.year import Year
from linkpool.errors import UsageError


def small(*given: str, years: int = 2, seed: int = 1) -> Plan:
    p = parameters("agreements", ["interest=80000", *given])
    return plan(p, years=years, stakers=300, seed=seed)


def run(of: Plan) -> list[Year]:
    return list(World(of).years())


def test_the_same_seed_has_the_same_future() -> None:
    assert run(small()) == run(small())
    assert run(small(seed=2)) != run(small())


def test_every_juel_is_accounted_for_and_one_that_is_not_is_noticed() -> None:
    world = World(small(years=1))
    for _ in range(40):
        world.next_day()
    world.check()
    assert world.penalties and world.lost and world.owners and world.operations
    world.nodes.staked.set(0, world.nodes.staked.get(0) + 1)
    with pytest.raises(ModelError, match="1"):
        world.check()


def test_who_is_paid_too_little_leaves_and_who_hears_of_enough_comes() -> None:
    poor = run(small("provider-demand=5", "target-return=5", years=1))[0]
    rich = run(small("target-return=5", years=1))[0]
    assert poor.stakers < rich.stakers
    greedy = run(small("target-return=900", years=1))[0]
    assert greedy.stakers < rich.stakers / 10 and greedy.median > rich.median


def test_faults_cost_what_the_cap_lets_through() -> None:
    none = run(small("missed=0", "late=0", "wrong=0", "outage=0", years=1))[0]
    assert (none.penalties, none.lost, none.asked) == (0, 0, none.answered)
    many = run(small("missed=60", "penalty=50", years=1))[0]
    assert many.unpunished > 0 and many.answered < none.answered and many.median < 0
    assert run(small("penalty=0", years=1))[0].lost == 0


def test_an_outage_of_a_whole_day_leaves_nothing_answered() -> None:
    of = replace(small(years=1), outage=1.0, down=1.0)
    year = run(of)[0]
    assert year.answered == 0 < year.asked


def test_growth_is_of_a_month() -> None:
    first, second = run(small("growth=5"))
    assert 1.6 < second.asked / first.asked < 2.0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"years": 0}, "years: 1 to 100, not 0"),
        ({"stakers": 0}, "stakers: 1 to 1,000,000, not 0"),
        ({"nodes": 0}, "nodes: 1 to 100,000, not 0"),
        ({"nodes": -1}, "nodes: 1 to 100,000, not -1"),
        ({"years": 101}, "years: 1 to 100, not 101"),
    ],
)
def test_sizes_out_of_bounds_are_named(changes: dict[str, int], said: str) -> None:
    asked = {"years": 1, "stakers": 10, "nodes": 3} | changes
    with pytest.raises(UsageError, match=said):
        plan(parameters("agreements"), **asked)


def test_nothing_to_stake_and_too_much_to_answer_are_said() -> None:
    with pytest.raises(UsageError, match="nobody has LINK to stake"):
        plan(parameters("agreements", ["interest=0"]), years=1, stakers=1, nodes=1)
    with pytest.raises(UsageError, match="answers a day of one node"):
        plan(parameters("agreements", ["share=100", "oracles=2", "nodes=1"]), years=1, stakers=1)
    with pytest.raises(UsageError, match="more than all the LINK there is in a month"):
        plan(parameters("agreements", ["share=100"]), years=1, stakers=1)
