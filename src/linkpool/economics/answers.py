# SPDX-License-Identifier: MIT
"""The two questions, answered in words. An operator: what do I earn, at which prices and gas, with
how many nodes? A staker: what is my return, what can go wrong?
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Final

from linkpool.economics.breakeven import BEYOND, BreakEven
from linkpool.economics.earnings import Prices, conditions
from linkpool.economics.exact import ZERO, exact
from linkpool.economics.gas import bill, measured
from linkpool.economics.parameters import Parameters, changed
from linkpool.economics.pool import pool_month, size
from linkpool.economics.report import Report
from linkpool.economics.scale import SUPPLY, Limit, batch, index_bytes, kept_from, limits, load
from linkpool.economics.simulation import Simulation
from linkpool.economics.text import count, digits, dollars, figures_of, noun, percent, usd, written

Words = Iterator[tuple[str, str]]

EMPTY: Final = "Nothing is staked and no node runs: there is nothing to earn, and no return."
_NAMES: Final = {
    "gas_price": "gas price",
    "eth_price": "price of ETH",
    "minimum_price": "minimum price",
    "share": "demand",
    "oracles": "number of oracles",
    "makers": "owners' part",
}
_TINY: Final = Decimal("1e-9")
_EXAMPLE: Final = Decimal(10_000)  # LINK of a staker


@exact
def operator(report: Report) -> Words:
    """Label and sentence."""
    if report.is_empty or report.fleet is None:
        yield "earnings", EMPTY
        return
    p, pool, node = report.parameters, report.pool, report.pool.node
    does = "earn" if pool.operator >= 0 else "lose"
    nodes = noun(pool.size.nodes, "node")
    yield "earnings", f"you {does} {dollars(abs(pool.operator))} a month with {nodes}"
    parts = f"{count(node.answered)} answers at {usd(node.price, 5)} = {usd(node.revenue)}"
    costs = f"less {usd(node.gas)} gas and {usd(node.hardware)} hardware"
    yield (
        "a node",
        f"{parts}, {costs}; {written('makers', p.makers)} of what is shared is the owners'",
    )
    yield (
        "gas",
        f"{digits(node.answer_gas, 0)} gas an answer, {usd(node.answer_cost, 5)} at "
        + (f"{written('gas_price', p.gas_price)} and ETH at {written('eth_price', p.eth_price)}"),
    )
    capped = abs(node.operations - node.revenue * p.ceiling) < _TINY
    if p.deduction == "quoted" and capped and node.operations < node.gas + node.hardware:
        yield (
            "running cost",
            f"{usd(node.operations)} of {usd(node.gas + node.hardware)} come off the income of a "
            f"node: the ceiling is {written('ceiling', p.ceiling)} of a payment, the rest is yours",
        )
    for label, name, rest in (
        ("gas price", "gas_price", "while the minimum price stays"),
        ("ETH", "eth_price", "while the minimum price stays"),
        ("price", "minimum_price", "an answer"),
        ("demand", "share", "of the API calls served by oracles"),
        ("oracles", "oracles", "on the network"),
    ):
        yield label, _bound(report.operator[name], "you earn", rest)
    yield "nodes", _nodes(report)


def _nodes(report: Report) -> str:
    of = report.fleet
    assert of is not None
    if of.best == 0:
        return "every node loses: none is best"
    if of.least is None:
        return "no number of nodes pays the pool's fixed costs"
    first = f"pays from {noun(of.least, 'node')} on"
    if of.best is None:
        return f"{first}; every further one earns, each a little less"
    best = f"most with {digits(of.best, 0)} ({dollars(of.best_month)} a month)"
    last = f", nothing left above {digits(of.most, 0)}" if of.most is not None else ""
    return f"{first}; {best}{last}; {digits(of.others, 0)} nodes of others stay as they are"


@exact
def staker(report: Report) -> Words:
    """Label and sentence."""
    p, pool = report.parameters, report.pool
    found = pool.yearly_return
    if found is None or pool.size.each is None:
        yield "return", EMPTY
        return
    link = _EXAMPLE * found
    yield (
        "return",
        f"{percent(found)} a year at {written('link_price', p.link_price)} a LINK: "
        f"{digits(link)} LINK ({usd(link * p.link_price)}) on {digits(_EXAMPLE, 0)} LINK",
    )
    gas = measured()["stake.direct.new"] + measured()["withdraw.direct.all"]
    cost = gas * Prices(gas=p.gas_price, eth=p.eth_price, link=p.link_price).of_gas
    back = _least(cost, found * p.link_price)
    yield "in and out", f"{digits(gas, 0)} gas, {usd(cost)}: {back}"
    wanted = written("target_return", p.target_return)
    yield "wanted", f"{wanted} with LINK at {_link_price(p, found)} or less, payments set in USD"
    for name, rest in (
        ("share", "of the API calls served by oracles"),
        ("oracles", "on the network"),
        ("minimum_price", "an answer"),
        ("makers", "for the owners"),
    ):
        yield "", _bound(report.staker[name], wanted, rest)
    yield from _dangers(report)


def _link_price(p: Parameters, found: Decimal) -> str:
    """Payments in USD are so much more LINK as LINK is cheaper: the return is a hyperbola."""
    return usd(max(found, ZERO) * p.link_price / p.target_return, 4)


def _least(cost: Decimal, income: Decimal) -> str:
    if income <= 0:
        return "never earned back"
    return f"a stake below {digits(cost / income)} LINK takes more than a year to earn that back"


def _dangers(report: Report) -> Words:
    p, pool = report.parameters, report.pool
    month = 1 - (1 - p.loss_cap) ** 3
    yield (
        "dangers",
        f"penalties: at most {written('loss_cap', p.loss_cap)} of a node's stake within 14 days, "
        f"{percent(month)} within a month",
    )
    lost = pool.node.lost * 12 * pool.size.nodes / (pool.size.stake * conditions(p).now.link)
    expected = f"{percent(lost, 3)} of the stake a year" if lost else "none"
    yield "", f"penalties to be expected from the faults given: {expected}"
    yield "", "LINK: the stake and all income are LINK; its price moves all of it"
    yield "", "more oracles: twice as many halve the income; more stake on a node does not raise it"
    yield "", "the operator stops: income stops, the stake can be withdrawn at any time"


def futures(found: Simulation) -> Words:
    """What a simulation says to both."""
    if found.operator_total.worst == found.operator_total.best:
        yield "chance", "there is none: without volatility and faults every future is the same"
    yield (
        "operator",
        f"{dollars(found.operator_total.median)} in {found.months} months in the middle of "
        f"{found.paths:,} futures; 5 of 100 are below {dollars(found.operator_total.low)}",
    )
    yield "", f"you lose money in {percent(found.operator_loses, 1)} of them"
    yield (
        "staker",
        f"{percent(found.staker_link.median)} a year in LINK in the middle; 5 of 100 are below "
        f"{percent(found.staker_link.low)}",
    )
    yield (
        "",
        f"LINK is lost in {percent(found.staker_loses_link, 1)} of them; counted in USD, the "
        f"stake's price included, {percent(found.staker_loses_usd, 1)} end below",
    )
    yield "", f"less than the wanted return in {percent(found.staker_below_target, 1)}"


@exact
def scale(p: Parameters) -> Words:
    """What is full first, and what all the calls would take."""
    for place, one in enumerate(limits(p)):
        yield "then" if place else "first", f"{one.what} at {_requests(p, one)}"
    yield from _everything(p)
    yield "keeping", _keeping(p)
    now, whole = (index_bytes(one) for one in (p, changed(p, "share", Decimal(1))))
    yield (
        "index",
        f"all that the contracts say is {figures_of(now / 10**9, 3)} GB a year; of all calls it "
        f"would be {figures_of(whole / 10**12, 3)} TB",
    )
    room = size(p).nodes * p.stake_limit
    yield (
        "stake",
        f"the pool's nodes hold {digits(room, 0)} LINK; all LINK there is needs "
        + noun((SUPPLY / p.stake_limit).to_integral_value(ROUND_CEILING), "node"),
    )


def _everything(p: Parameters) -> Words:
    whole = load(changed(p, "share", Decimal(1)))
    if whole.chains <= 1:
        yield "all calls", "one chain carries them"
        return
    yield (
        "all calls",
        f"{digits(whole.requests, 0)} requests a month need {figures_of(whole.chains, 3)} such "
        "chains, all of their blocks",
    )
    yield (
        "instead",
        "one chain is enough where a transaction with an answer's gas settles "
        f"{figures_of(batch(p), 3)} requests: computed off chain, written as one root",
    )


def _keeping(p: Parameters) -> str:
    """What the keeper sends, whether there are requests or not."""
    pool = pool_month(p)
    gas = bill(p).monthly * pool.size.nodes
    if not gas:
        return "nothing is sent but answers: no deposits, no distributions"
    cost = gas * conditions(p).now.of_gas
    part = f", {percent(cost / pool.owners, 1)} of the owners' part" if pool.owners else ""
    least = kept_from(p)
    paid = "" if least is None else f"; paid from {figures_of(least)} requests a month on"
    return (
        f"deposits and distributions of {noun(pool.size.nodes, 'node')} take {digits(gas, 0)} gas "
        f"a month, {dollars(cost)}{part}{paid}"
    )


def _requests(p: Parameters, limit: Limit) -> str:
    part = limit.requests / (p.api_calls * p.calls_per_user)
    return f"{figures_of(limit.requests)} requests a month, {figures_of(part * 100, 3)} % of all"


def _bound(of: BreakEven, gain: str, rest: str) -> str:
    """Where the gain is, and where one is now."""
    name = _NAMES[of.name]
    now = written(of.name, of.now)
    if of.value is None:
        return {
            "pays at every value": f"{gain} at any {name} (now {now})",
            "never pays": f"{gain}: not by the {name} alone (now {now})",
            "makes no difference": f"the {name} makes no difference",
            BEYOND: f"the {name} {BEYOND} (now {now})",
        }[of.words]
    side = "from" if of.at_least else "up to"
    return f"{gain} {side} {written(of.name, of.value)} {rest} (now {now})"
