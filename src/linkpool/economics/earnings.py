# SPDX-License-Identifier: MIT
"""One node's month in USD: what it is asked, what it earns and costs, and whose the rest is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from linkpool.economics.exact import GWEI_PER_ETHER, ONE, ZERO, exact, floored, less
from linkpool.economics.gas import Bill, bill
from linkpool.economics.parameters import Parameters

HOURS: Final = Decimal(730)  # of a month
LATE: Final = Decimal("0.5")  # of the penalty


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Gwei for gas, USD for an ether, USD for a LINK."""

    gas: Decimal
    eth: Decimal
    link: Decimal

    @property
    @exact
    def of_gas(self) -> Decimal:
        """USD of one unit of gas."""
        return self.gas * self.eth / GWEI_PER_ETHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What the world is like in one month."""

    requests: Decimal
    oracles: Decimal
    now: Prices
    quoted: Prices
    """When the minimum price was set."""
    missed: Decimal
    late: Decimal
    wrong: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeMonth:
    """USD unless said otherwise. revenue = gas + hardware + profit; operator + owners + stakers =
    profit - lost.
    """

    asked: Decimal
    """Answers."""
    answered: Decimal
    """Answers."""
    price: Decimal
    """Of one answer, on average."""
    answer_gas: Decimal
    """Gas."""
    answer_cost: Decimal
    """Its gas."""
    revenue: Decimal
    gas: Decimal
    hardware: Decimal
    profit: Decimal
    lost: Decimal
    """Penalties."""
    operations: Decimal
    """What came off the income as running cost: the operations wallet's."""
    operator: Decimal
    """That, less what gas and hardware cost. Nothing else of the income is the operator's."""
    owners: Decimal
    """Their part of what is shared, less the pledge's part of penalties."""
    stakers: Decimal
    """Their part, less their part of penalties."""


@exact
def conditions(p: Parameters) -> Conditions:
    """As the parameters say, chances as their expectation."""
    now = Prices(gas=p.gas_price, eth=p.eth_price, link=p.link_price)
    quoted = Prices(
        gas=p.quoted_gas_price or now.gas,
        eth=p.quoted_eth_price or now.eth,
        link=p.quoted_link_price or now.link,
    )
    return Conditions(
        requests=p.api_calls * p.share * p.calls_per_user,
        oracles=p.oracles,
        now=now,
        quoted=quoted,
        missed=ONE - _given(p),
        late=p.late,
        wrong=p.wrong,
    )


def pinned(p: Parameters) -> Parameters:
    """The minimum price stays what it is now, whatever the market does."""
    quoted = conditions(p).quoted
    return replace(
        p,
        quoted_gas_price=quoted.gas,
        quoted_eth_price=quoted.eth,
        quoted_link_price=quoted.link,
    )


def node_month(p: Parameters) -> NodeMonth:
    return month_in(p, conditions(p), bill(p), stake=p.stake_limit)


@exact
def month_in(p: Parameters, c: Conditions, of: Bill, *, stake: Decimal) -> NodeMonth:
    """`stake` LINK on the node bound what penalties can take."""
    normal, high = _answers_per_request(p)
    asked = asked_of_node(p, c)
    answered = asked * (ONE - c.missed)
    followed = c.now.link / c.quoted.link
    minimum = minimum_price(p, c.quoted, of) * followed
    price = minimum * (normal + high * p.high_value_price) / (normal + high)
    revenue = answered * price
    gas = (asked * of.asked + answered * of.answered + of.monthly) * c.now.of_gas
    costs = gas + p.hardware_cost
    operations = min(costs, revenue)
    if p.deduction == "quoted":
        operations = min(_planned(p, c, of, asked) * followed, price * p.ceiling) * answered
    elif p.deduction == "ceiling":
        operations = revenue * p.ceiling
    shared = revenue - operations
    owners = shared * p.makers
    faults = asked - answered + answered * (c.wrong + c.late * LATE)
    lost = min(faults * p.penalty, stake * _most(p.loss_cap)) * c.now.link
    borne = min(lost, owners * p.pledged)
    return NodeMonth(
        asked=asked,
        answered=answered,
        price=price,
        answer_gas=of.answer,
        answer_cost=of.answer * c.now.of_gas,
        revenue=revenue,
        gas=gas,
        hardware=p.hardware_cost,
        profit=revenue - costs,
        lost=lost,
        operations=operations,
        operator=less(operations, costs),
        owners=owners - borne,
        stakers=shared - owners - (lost - borne),
    )


@exact
def asked_of_node(p: Parameters, c: Conditions) -> Decimal:
    """Answers: a node's part of what is asked of the members of its reputation provider."""
    wanted = c.requests * p.provider_demand * answers_of(p)
    each = wanted / (c.oracles * p.provider_oracles)
    return floored(each) if p.rounding == "paper" else each


@exact
def answers_of(p: Parameters) -> Decimal:
    """To the average request."""
    normal, high = _answers_per_request(p)
    return normal + high


@exact
def minimum_price(p: Parameters, quoted: Prices, of: Bill) -> Decimal:
    """USD of one answer, when it is set."""
    if p.minimum_price is not None:
        return p.minimum_price
    return of.answer * quoted.of_gas * (ONE + p.margin)


def _planned(p: Parameters, c: Conditions, of: Bill, asked: Decimal) -> Decimal:
    """USD of running cost for one answer given, as the operator counts on it when the price is set:
    what is asked and never answered costs gas as well, and brings nothing.
    """
    answered = asked * _given(p)
    if not answered:
        return ZERO
    gas = asked * of.asked + answered * of.answered + of.monthly
    return (gas * c.quoted.of_gas + p.hardware_cost) / answered


def _given(p: Parameters) -> Decimal:
    """Part of what is asked that is answered, to be expected."""
    return (ONE - p.missed) * (ONE - p.outage * p.outage_hours / HOURS)


def _answers_per_request(p: Parameters) -> tuple[Decimal, Decimal]:
    """Of the average request: at the minimum price, and above it."""
    nodes = p.nodes_per_request if p.high_value_nodes is None else p.high_value_nodes
    return (ONE - p.high_value) * p.nodes_per_request, p.high_value * nodes


def _most(cap: Decimal) -> Decimal:
    """Part of a stake that a month may cost: days 0, 14 and 28 lie within it."""
    return ONE - (ONE - cap) ** 3
