# SPDX-License-Identifier: MIT
"""Every figure that the paper prints in sections 4 and 5, what the model says to it, and the exact
one where the paper's is loose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from linkpool.economics.exact import ONE, exact
from linkpool.economics.gas import bill, estimate
from linkpool.economics.parameters import HARDWARE, Parameters
from linkpool.economics.pool import pool_month

PAPER: Final = Parameters()
EXACT: Final = replace(PAPER, rounding="exact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One printed number."""

    section: str
    what: str
    printed: str
    """As the paper has it, without its unit and thousands apart."""
    model: Decimal
    """Under the paper's roundings."""
    exact: Decimal
    unit: str
    loose: str = ""
    """What the paper does with it."""
    why: str = ""
    """The same in a sentence."""


@exact
def figures() -> tuple[Figure, ...]:
    """In the paper's order."""
    return (*_section_4(), *_section_5())


def _section_4() -> Iterator[Figure]:
    calls = PAPER.api_calls * PAPER.share
    yield _same("4", "requests a month, 0.001 %", "4000000", calls, "requests")
    yield Figure(
        section="4.1",
        what="gas of a call: transfer and 30 %",
        printed="35000",
        model=estimate(PAPER),
        exact=PAPER.erc20_gas * (ONE + PAPER.erc20_extra),
        unit="gas",
        loose="estimate",
        why="estimate: 26,923 gas a transfer and 30 % are 34,999.9; the contracts are measured now",
    )
    gas = bill(PAPER)
    node, other = pool_month(PAPER).node, pool_month(EXACT).node
    yield _same("4.1", "gas of answer and penalty", "70000", gas.answer, "gas")
    yield Figure(
        section="4.1",
        what="the same at 1 gwei",
        printed="0.02744",
        model=node.answer_cost,
        exact=other.answer_cost,
        unit="USD",
        loose="fixed ETH",
        why="fixed ETH: at $392 for ever, gas at 1 gwei",
    )
    yield _same("4.2", "price, 100 % above it", "0.05488", node.price, "USD")
    floor = "rounded down"
    why = "rounded down: a node has 16 million / 19,000 = 842 and 2/19 requests"
    hosted = other.profit - HARDWARE["ecs"]
    yield _figure(
        "4.2", "requests of a node", "842", node.asked, other.asked, "answers", floor, why
    )
    yield _figure("4.2", "revenue of a node", "46.20896", node.revenue, other.revenue, "USD", floor)
    yield _figure("4.2", "cost of a node", "23.10448", node.gas, other.gas, "USD", floor)
    yield _figure(
        "4.2",
        "profit of a node",
        "23.10448",
        node.profit,
        other.profit,
        "USD",
        "no hardware",
        f"no hardware: ECS takes ${HARDWARE['ecs']} of it, ${hosted:.2f} are left",
    )


def _section_5() -> Iterator[Figure]:
    pool, other = pool_month(PAPER), pool_month(EXACT)
    stake = "rounded up"
    why = "rounded up: 13,969,252.36 LINK fill 698 nodes and 46 % of one more"
    both = "both"
    why_both = "both: the stake is rounded up, the requests of each node down"
    yield _figure("5", "stake", "14000000", pool.size.stake, other.size.stake, "LINK", stake, why)
    yield _figure(
        "5",
        "nodes",
        "700",
        pool.size.nodes,
        other.size.nodes,
        "nodes",
        stake,
    )
    yield _figure(
        "5", "profit of the pool", "16173.136", pool.profit, other.profit, "USD", both, why_both
    )
    yield _figure("5", "the stakers' 75 %", "12129.852", pool.stakers, other.stakers, "USD", both)
    yield _figure("5", "the owners' 25 %", "4043.284", pool.owners, other.owners, "USD", both)


def _same(section: str, what: str, printed: str, value: Decimal, unit: str) -> Figure:
    return _figure(section, what, printed, value, value, unit, "")


def _figure(
    section: str,
    what: str,
    printed: str,
    model: Decimal,
    exactly: Decimal,
    unit: str,
    loose: str,
    why: str = "",
) -> Figure:
    return Figure(
        section=section,
        what=what,
        printed=printed,
        model=model,
        exact=exactly,
        unit=unit,
        loose=loose,
        why=why,
    )
