# SPDX-License-Identifier: MIT
"""The questions, answered in words. An operator: what do I earn, at which prices and gas, with how
many nodes? An owner: what is my part? A staker: what is my return, what can go wrong?
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from linkpool.economics.breakeven import BEYOND, BreakEven
from linkpool.economics.earnings import Prices, answers_of, conditions, node_month
from linkpool.economics.exact import ZERO, exact
from linkpool.economics.fleet import Fleet
from linkpool.economics.gas import measured
from linkpool.economics.parameters import Parameters, specs
from linkpool.economics.pool import pool_month
from linkpool.economics.report import Report
from linkpool.economics.scale import consumer_gas
from linkpool.economics.simulation import Simulation
from linkpool.economics.specs import bounds
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
_EXAMPLE: Final = Decimal(10_000)  # LINK of a staker


@exact
def operator(report: Report) -> Words:
    """Label and sentence: what is the operator's alone."""
    if report.is_empty or report.fleet is None:
        yield "earnings", EMPTY
        return
    p, pool, node = report.parameters, report.pool, report.pool.node
    nodes = noun(pool.size.nodes, "node")
    yield "earnings", f"{_earned(pool.yours)} with {nodes}"
    spent = (node.gas + node.hardware) * pool.size.nodes + p.fixed_costs
    yield (
        "costs",
        f"{dollars(spent)} of gas, hardware and fixed costs are yours to pay; "
        f"{dollars(node.operations * pool.size.nodes)} come off the income for them",
    )
    if p.deduction != "actual":
        most = dollars(node.revenue * p.ceiling * pool.size.nodes)
        part = f"at most {written('ceiling', p.ceiling)} of a payment, {most}"
        yield "", f"you or the pool's owner set what comes off, {part} (deduction)"
    yield "owning", _owned(report)
    if p.own_stake:
        yield "own stake", f"your {digits(p.own_stake)} LINK earn {dollars(pool.own_stake)} of it"
    parts = f"{count(node.answered)} answers at {usd(node.price, 5)} = {usd(node.revenue)}"
    yield "a node", f"{parts}, less {usd(node.gas)} gas and {usd(node.hardware)} hardware"
    yield (
        "gas",
        f"{digits(node.answer_gas, 0)} gas an answer, {usd(node.answer_cost, 5)} at "
        + (f"{written('gas_price', p.gas_price)} and ETH at {written('eth_price', p.eth_price)}"),
    )
    yield from _bounds(report.operator, "your costs are covered")
    yield "nodes", _nodes(report.fleet, pool.size.nodes)


@exact
def owners(report: Report) -> Words:
    """Label and sentence: what the pool's owners have, and with them who also runs its nodes."""
    if report.is_empty or report.fleet_together is None:
        yield "part", EMPTY
        return
    p, pool = report.parameters, report.pool
    shared = (pool.node.revenue - pool.node.operations) * pool.size.nodes
    yield (
        "part",
        f"{dollars(pool.owners)} a month: {written('makers', p.makers)} of the "
        f"{dollars(shared)} that are shared, {dollars(pool.owners / 100)} for each percent owned",
    )
    whole = "you own the pool and run its nodes"
    yield "together", f"where {whole}, {_earned(pool.together)}"
    yield from _bounds(report.together, "together you earn")
    yield "nodes", _nodes(report.fleet_together, pool.size.nodes)


def _earned(amount: Decimal) -> str:
    if not amount:
        return "you earn nothing above your costs"
    return f"you {'earn' if amount > 0 else 'lose'} {dollars(abs(amount))} a month"


def _owned(report: Report) -> str:
    p, pool = report.parameters, report.pool
    if p.owned:
        part = f"{written('owned', p.owned)} of the pool are yours: {dollars(pool.owned)}"
        return f"{part} of the owners' {dollars(pool.owners)}"
    none = f"nothing of the owners' {dollars(pool.owners)} is yours (owned 0 %)"
    even = report.operator["owned"]
    return none if not even.value else f"{none}; from {written('owned', even.value)} on you earn"


def _bounds(of: Mapping[str, BreakEven], gain: str) -> Words:
    for label, name, rest in (
        ("gas price", "gas_price", "while the minimum price stays"),
        ("ETH", "eth_price", "while the minimum price stays"),
        ("price", "minimum_price", "an answer"),
        ("demand", "share", "of the API calls served by oracles"),
        ("oracles", "oracles", "on the network"),
    ):
        yield label, _bound(of[name], gain, rest)


def _nodes(of: Fleet, now: Decimal) -> str:
    last = "" if of.most is None else f", nothing left above {digits(of.most, 0)}"
    if of.best == 0:
        if of.least is None:
            return "every node loses: none is best"
        each = "each node gets its costs back and earns nothing"
        return f"{each}{last and f'; above {digits(of.most or now, 0)} not even that'}"
    if of.least is None:
        return "no number of nodes pays the pool's fixed costs"
    first = f"pays from {noun(of.least, 'node')} on"
    if of.best is None:
        return f"{first}; every further one earns, each a little less"
    best = f"most with {digits(of.best, 0)} ({dollars(of.best_month)} a month)"
    return f"{first}; {best}{last}; {digits(of.others, 0)} nodes of others stay as they are"


@exact
def assumed(p: Parameters) -> Words:
    """What is taken for granted, wherever a figure in USD stands."""
    yield "prices", f"{_prices(p)}: chosen, not read from a market"
    yield "consumers", f"pay {_request(p)}"
    yield (
        "demand",
        f"is fixed: {figures_of(conditions(p).requests, 7)} requests a month whatever they cost; "
        f"oracles stay {digits(p.oracles, 0)} whatever they earn",
    )


@exact
def caveat(p: Parameters) -> str:
    """The same in a line, for below a table."""
    pay = usd(node_month(p).price * answers_of(p), 5)
    return f"assumed: {_prices(p)}, a demand that is fixed at any price ({pay} a request)"


def _prices(p: Parameters) -> str:
    eth, link = written("eth_price", p.eth_price), written("link_price", p.link_price)
    return f"ETH {eth}, LINK {link}, gas {written('gas_price', p.gas_price)}"


def _request(p: Parameters) -> str:
    node, market = node_month(p), conditions(p)
    answers = answers_of(p)
    gas = consumer_gas(p) * market.now.of_gas * answers
    own = f", plus {usd(gas, 5)} of gas to ask" if gas else "; what asking costs them is not in it"
    said = f"{usd(node.price * answers, 5)} a request"
    return f"{said} ({figures_of(answers)} answers at {usd(node.price, 5)}){own}"


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
    greedy = pool_month(replace(p, deduction="ceiling")).yearly_return
    if p.deduction == "quoted" and greedy != pool.yearly_return and greedy is not None:
        yield (
            "",
            f"the operator sets the running cost, up to {written('ceiling', p.ceiling)} of a "
            f"payment: {percent(greedy)} a year then",
        )
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
        "owners",
        f"{dollars(found.owners_total.median)} in the middle; with the operator's "
        f"{dollars(found.together_total.median)}, in {percent(found.together_loses, 1)} a loss",
    )
    yield (
        "staker",
        f"{percent(found.staker_link.median)} a year in LINK in the middle; 5 of 100 are below "
        f"{percent(found.staker_link.low)}",
    )
    yield (
        "",
        f"LINK is lost in {percent(found.staker_loses_link, 1)} of them, income and penalties "
        "together; counted in USD, the stake's price included, "
        f"{percent(found.staker_loses_usd, 1)} end below",
    )
    yield "", f"less than the wanted return in {percent(found.staker_below_target, 1)}"


def _bound(of: BreakEven, gain: str, rest: str) -> str:
    """Where the gain is, and where one is now."""
    name = _NAMES[of.name]
    now = written(of.name, of.now)
    if of.value is None:
        return {
            "pays at every value": f"{gain} at any {name} that can be asked, "
            f"{bounds(specs()[of.name])} (now {now})",
            "never pays": f"{gain}: not by the {name} alone (now {now})",
            "makes no difference": f"the {name} makes no difference",
            BEYOND: f"the {name} {BEYOND} (now {now})",
        }[of.words]
    side = "from" if of.at_least else "up to"
    return f"{gain} {side} {written(of.name, of.value)} {rest} (now {now})"
