# SPDX-License-Identifier: MIT
"""What a run of years starts from: the model's parameters, for the contracts and for the dice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from linkpool.economics.earnings import HOURS, asked_of_node, conditions, minimum_price
from linkpool.economics.exact import ONE, ZERO, exact, floored
from linkpool.economics.gas import bill
from linkpool.economics.parameters import Parameters
from linkpool.economics.penalty import PPM
from linkpool.economics.pool import size
from linkpool.economics.scale import SUPPLY
from linkpool.economics.world.nodes import DAY, Terms
from linkpool.errors import UsageError

LINK: Final = 10**18
MONTH: Final = HOURS / 24
MOST_NODES: Final = 100_000
MOST_STAKERS: Final = 1_000_000
MOST_YEARS: Final = 100
MOST_ASKED: Final = 4_000_000
"""Answers of a node a day: what is drawn around it stays below 2**22 by 97 standard deviations, its
penalties in halves below what an amount may be multiplied with."""
_DELAY: Final = 14 * DAY
_LIFE: Final = 7 * DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Juels for amounts; chances and growth as floats: they draw what happens, never an amount."""

    nodes: int
    stakers: int
    years: int
    seed: int
    terms: Terms
    interest: int
    """What the stakers have, all together."""
    payment: int
    penalty: int
    asked: float
    """Answers of one node on the first day."""
    growth: float
    """Of the requests, a day: a factor."""
    missed: float
    late: float
    wrong: float
    outage: float
    """Chance of a day."""
    down: float
    """Part of that day."""
    target: float
    """The median of what stakers want a year, as a fraction."""
    every: int
    """Days between two distributions of a node."""


@exact
def plan(
    p: Parameters, *, years: int, stakers: int, nodes: int | None = None, seed: int = 1
) -> Plan:
    """UsageError where there is nothing to run, or too much."""
    many = int(size(p).nodes) if nodes is None else nodes
    _check("years", years, MOST_YEARS)
    _check("stakers", stakers, MOST_STAKERS)
    _check("nodes", many, MOST_NODES)
    if not p.interest:
        raise UsageError("interest: nobody has LINK to stake; there is nothing to run")
    world = conditions(p)
    asked = asked_of_node(p, world) / MONTH
    last = asked * (ONE + p.growth) ** int(years * 12)
    if max(asked, last) > MOST_ASKED:
        raise UsageError(
            f"{max(asked, last):,.0f} answers a day of one node are more than is modelled "
            f"({MOST_ASKED:,}); lower share or growth, or raise oracles"
        )
    of = bill(p)
    price = minimum_price(p, world.quoted, of) / world.quoted.link
    cost = of.answer * world.quoted.of_gas / world.quoted.link
    if p.deduction == "ceiling":
        cost = price
    if price * max(asked, last) * MONTH * many > SUPPLY:
        raise UsageError(
            "share: these nodes would be paid more than all the LINK there is in a month; lower "
            "it, or raise link-price"
        )
    return Plan(
        nodes=many,
        stakers=stakers,
        years=years,
        seed=seed,
        terms=Terms(
            limit=_juels(p.stake_limit),
            makers=int(floored(p.makers * PPM)),
            ceiling=int(floored(p.ceiling * PPM)),
            cost=_juels(cost),
            loss_cap=int(floored(p.loss_cap * PPM)),
            delay=_DELAY,
            penalty_life=_LIFE,
        ),
        interest=_juels(p.interest),
        payment=_juels(price),
        penalty=_juels(p.penalty),
        asked=float(asked),
        growth=float(ONE + p.growth) ** float(1 / MONTH),
        missed=float(p.missed),
        late=float(p.late),
        wrong=float(p.wrong),
        outage=float(p.outage / MONTH),
        down=float(min(p.outage_hours / 24, ONE)),
        target=float(p.target_return),
        every=max(1, int(MONTH / p.distributions)) if p.distributions > ZERO else int(MONTH),
    )


def _juels(link: Decimal) -> int:
    return int(floored(link * LINK))


def _check(name: str, number: int, most: int) -> None:
    if not 1 <= number <= most:
        raise UsageError(f"{name}: 1 to {most:,}, not {number:,}")
