# SPDX-License-Identifier: MIT
"""How far it goes: gas of a whole network against what one chain carries, collateral against what a
node's stake may back; what is reached first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from linkpool.economics.earnings import HOURS, asked_of_node, conditions, minimum_price, month_in
from linkpool.economics.exact import ONE, ZERO, exact
from linkpool.economics.gas import bill, measured
from linkpool.economics.parameters import Parameters, changed
from linkpool.economics.pool import MONTHS, pool_month, size

SECONDS: Final = HOURS * 3600  # of a month
LOG_BYTES: Final = Decimal(1_000)
"""Of one log in the store, with its indices and its event; measured by a test on the tables."""
_HALVINGS: Final = 80  # to a thousandth of a request
SUPPLY: Final = Decimal(10**9)
"""LINK that there is."""
NODE_ANSWERS: Final = Decimal(60)
"""A second: what the bench of the oracle program asks of one node, its goal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The whole network in a month, at one number of requests."""

    requests: Decimal
    answers_per_second: Decimal
    gas_per_block: Decimal
    chains: Decimal
    """Of which every block is full."""
    gas_cost: Decimal
    """USD: nodes' and consumers'."""
    of_revenue: Decimal | None
    """The nodes' gas as a fraction of their revenue; None without revenue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Something that is full at so many requests a month."""

    what: str
    requests: Decimal


@exact
def loads(p: Parameters) -> tuple[Load, ...]:
    """From the share that was asked about to all the calls there are, ten times more each."""
    found, share = [], p.share
    while share < 1:
        found.append(load(changed(p, "share", share)))
        share *= 10
    return (*found, load(changed(p, "share", ONE)))


@exact
def load(p: Parameters) -> Load:
    """At the requests that were asked about."""
    p = replace(p, rounding="exact")
    world, of = conditions(p), bill(p)
    node = month_in(p, world, of, stake=p.stake_limit)
    nodes = world.oracles * p.provider_oracles
    answers = node.asked * nodes
    own = (node.asked * of.asked + node.answered * of.answered + of.monthly) * nodes
    gas = own + answers * consumer_gas(p)
    chains = gas / capacity(p)
    return Load(
        requests=world.requests,
        answers_per_second=answers / SECONDS,
        gas_per_block=chains * p.block_gas,
        chains=chains,
        gas_cost=gas * world.now.of_gas,
        of_revenue=node.gas / node.revenue if node.revenue else None,
    )


@exact
def consumer_gas(p: Parameters) -> Decimal:
    """What asking costs the consumer for each answer; the paper has no figure."""
    if p.flow == "paper":
        return ZERO
    if p.flow == "direct":
        return measured()["oracle.request.again"]
    return measured()["agreement"] / p.nodes_per_request


@exact
def limits(p: Parameters) -> Iterator[Limit]:
    """Each in requests a month of the network, the first to be reached first."""
    now, world = load(p), conditions(p)
    kept = bill(p).monthly * p.oracles * p.provider_oracles / capacity(p)
    each = (now.chains - kept) / now.requests
    found = []
    if each:
        blocks = max(ONE - kept, ZERO) / each
        found.append(Limit(what="one chain's blocks are full", requests=blocks))
    asked = asked_of_node(replace(p, rounding="exact"), world)
    if p.flow == "agreements" and p.penalty and asked:
        backed = p.stake_limit * p.loss_cap / p.penalty
        most = backed * SECONDS / p.held_seconds
        full = now.requests * most / asked
        found.append(Limit(what="a node's collateral is all reserved", requests=full))
    if asked:
        each = now.requests / asked
        most = NODE_ANSWERS * SECONDS * each
        found.append(Limit(what="a node gives 60 answers a second", requests=most))
        price = minimum_price(p, world.quoted, bill(p)) / world.quoted.link
        whole = SUPPLY / (price * p.nodes_per_request)
        found.append(Limit(what="a month's payments are all the LINK there is", requests=whole))
    return iter(sorted(found, key=lambda one: one.requests))


@exact
def index_bytes(p: Parameters) -> Decimal:
    """By which an index of all that the network's contracts say grows in a year."""
    return conditions(p).requests * logs_of_request(p) * LOG_BYTES * MONTHS


@exact
def logs_of_request(p: Parameters) -> Decimal:
    """Of the contracts, LINK's own aside: a request and its response for each node; with an
    agreement also bids, what was recorded of each answer, and posting, start and settling.
    """
    nodes = p.nodes_per_request
    if p.flow != "agreements":
        return 2 * nodes
    return 3 + nodes * (4 + ONE / p.bids_won)


@exact
def kept_from(p: Parameters) -> Decimal | None:
    """Requests a month of the network from which on the owners' part pays what the keeper sends;
    None where not even all the calls do.
    """
    p = replace(p, rounding="exact")
    cost = bill(p).monthly * conditions(p).now.of_gas * size(p).nodes
    low, high = ZERO, ONE
    if not cost:
        return ZERO
    if _owners(p, high) < cost:
        return None
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _owners(p, middle) >= cost else (middle, high)
    return p.api_calls * high * p.calls_per_user


def _owners(p: Parameters, share: Decimal) -> Decimal:
    return pool_month(changed(p, "share", share)).owners


@exact
def capacity(p: Parameters) -> Decimal:
    """Gas that one chain has in a month."""
    return p.block_gas * SECONDS / p.block_seconds


@exact
def batch(p: Parameters) -> Decimal:
    """How many requests one transaction, with the gas of the one that answers, would have to carry
    for one chain to be enough for all the calls.
    """
    whole = conditions(changed(p, "share", ONE)).requests
    return whole * bill(p).answered * p.aggregated / capacity(p)
