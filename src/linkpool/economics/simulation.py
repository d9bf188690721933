# SPDX-License-Identifier: MIT
"""Monte Carlo: many futures of the pool, month by month, each from its own dice.

Prices walk at random around today's, requests and oracles grow, answers fail one by one and all at
once in an outage. The stake and its nodes stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Final

from linkpool.economics.chance import dice, drift, events
from linkpool.economics.earnings import HOURS, Conditions, Prices, asked_of_node, conditions
from linkpool.economics.exact import ONE, ZERO, exact, whole
from linkpool.economics.gas import bill
from linkpool.economics.parameters import Parameters
from linkpool.economics.pool import MONTHS, Size, pool_in, size
from linkpool.errors import UsageError

PATHS: Final = 1000
SEED: Final = 1
MOST_STEPS: Final = 2_000_000  # paths times months: some two minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of one figure over all futures: the mean, and what so many of a hundred are worse than."""

    mean: Decimal
    worst: Decimal
    low: Decimal
    """5 of a hundred."""
    quarter: Decimal
    median: Decimal
    three_quarters: Decimal
    high: Decimal
    """95 of a hundred."""
    best: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Future:
    """One of them."""

    operator: tuple[Decimal, ...]
    """USD, month by month."""
    operator_total: Decimal
    """USD, as all totals."""
    owners_total: Decimal
    together_total: Decimal
    """The operator's own and the owners'."""
    staker_link: Decimal
    """Return a year in LINK, as a fraction."""
    staker_usd: Decimal
    """The same in USD: the stake's price is part of it."""
    lost: Decimal
    """Part of the stake that penalties took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """All of them. Chances are fractions."""

    seed: int
    paths: int
    months: int
    size: Size
    operator_total: Spread
    owners_total: Spread
    together_total: Spread
    operator_month: tuple[Spread, ...]
    staker_link: Spread
    staker_usd: Spread
    lost: Spread
    operator_loses: Decimal
    together_loses: Decimal
    staker_loses_link: Decimal
    staker_loses_usd: Decimal
    staker_below_target: Decimal
    returns: tuple[Decimal, ...]
    """Every future's `staker_link`, in order of size."""
    totals: tuple[Decimal, ...]
    """Every future's `operator_total`, in order of size."""


@exact
def simulate(
    p: Parameters,
    *,
    seed: int = SEED,
    paths: int = PATHS,
    months: int = 12,
    done: Callable[[int], None] = lambda _path: None,
) -> Simulation:
    """UsageError where there is nothing to simulate, or too much. `done` hears of each path."""
    if paths < 1 or months < 1:
        raise UsageError(f"paths and months: 1 at least, not {min(paths, months)}")
    if paths * months > MOST_STEPS:
        raise UsageError(
            f"paths times months: {paths * months:,}, at most {MOST_STEPS:,}; take fewer paths"
        )
    has = size(p)
    if not has.stake:
        raise UsageError("nobody has staked, no node runs: there is nothing to simulate")
    asked = replace(p, rounding="exact")
    found = []
    for path in range(paths):
        found.append(_future(asked, has, dice(seed, path), months))
        done(path + 1)
    returns = tuple(sorted(one.staker_link for one in found))
    totals = tuple(sorted(one.operator_total for one in found))
    return Simulation(
        seed=seed,
        paths=paths,
        months=months,
        size=has,
        operator_total=spread(totals),
        owners_total=spread([one.owners_total for one in found]),
        together_total=spread([one.together_total for one in found]),
        operator_month=tuple(
            spread([one.operator[month] for one in found]) for month in range(months)
        ),
        staker_link=spread(returns),
        staker_usd=spread([one.staker_usd for one in found]),
        lost=spread([one.lost for one in found], is_loss=True),
        operator_loses=_part(one.operator_total < 0 for one in found),
        together_loses=_part(one.together_total < 0 for one in found),
        staker_loses_link=_part(one.staker_link < 0 for one in found),
        staker_loses_usd=_part(one.staker_usd < 0 for one in found),
        staker_below_target=_part(one.staker_link < p.target_return for one in found),
        returns=returns,
        totals=totals,
    )


def _future(p: Parameters, has: Size, random: Random, months: int) -> Future:
    of, world = bill(p), conditions(p)
    first = world.now
    operator: list[Decimal] = []
    owners = together = lost = ZERO
    link = has.stake
    for month in range(months):
        if month:
            world = _next(p, world, random, month)
        drawn = _drawn(p, world, has, random)
        pool = pool_in(p, drawn, of, has)
        operator.append(pool.yours)
        owners += pool.owners
        together += pool.together
        link += pool.stakers / drawn.now.link
        lost += pool.node.lost * has.nodes / drawn.now.link
    end = world.now.link / first.link
    year = MONTHS / months
    return Future(
        operator=tuple(operator),
        operator_total=sum(operator, ZERO),
        owners_total=owners,
        together_total=together,
        staker_link=(link / has.stake - ONE) * year,
        staker_usd=(link * end / has.stake - ONE) * year,
        lost=lost / has.stake,
    )


def _next(p: Parameters, world: Conditions, random: Random, month: int) -> Conditions:
    """One month later. A minimum price is set at the end of a month for those that follow."""
    now = Prices(
        gas=world.now.gas * drift(random, p.gas_volatility),
        eth=world.now.eth * drift(random, p.eth_volatility),
        link=world.now.link * drift(random, p.link_volatility),
    )
    every = int(p.reprice_months)
    quoted = world.quoted
    if not every:
        quoted = now
    elif not month % every:
        quoted = world.now
    return replace(
        world,
        now=now,
        quoted=quoted,
        requests=world.requests * (ONE + p.growth),
        oracles=max(world.oracles * (ONE + p.oracle_growth), ONE),
    )


def _drawn(p: Parameters, world: Conditions, has: Size, random: Random) -> Conditions:
    """Faults, for all nodes together; an outage takes its hours from every one of them."""
    asked = int(whole(asked_of_node(p, world) * has.nodes))
    hours = p.outage_hours if events(random, 1, p.outage) else ZERO
    if not asked:
        return replace(world, missed=ZERO, late=ZERO, wrong=ZERO)
    answered = asked - events(random, asked, p.missed)
    late = events(random, answered, p.late)
    wrong = events(random, answered - late, p.wrong / (ONE - p.late) if p.late < 1 else ZERO)
    given = Decimal(max(answered, 1))
    return replace(
        world,
        missed=ONE - Decimal(answered) / asked * (ONE - hours / HOURS),
        late=late / given,
        wrong=wrong / given,
    )


def spread(found: Sequence[Decimal], *, is_loss: bool = False) -> Spread:
    """Nearest rank: a figure that one of them has. Of a loss the most is the worst."""
    ranked = sorted(found, reverse=is_loss)

    def rank(of_hundred: int) -> Decimal:
        return ranked[-(-of_hundred * len(ranked) // 100) - 1]

    return Spread(
        mean=sum(ranked, ZERO) / len(ranked),
        worst=ranked[0],
        low=rank(5),
        quarter=rank(25),
        median=rank(50),
        three_quarters=rank(75),
        high=rank(95),
        best=ranked[-1],
    )


def _part(found: Iterable[bool]) -> Decimal:
    flags = list(found)
    return Decimal(sum(flags)) / len(flags)
