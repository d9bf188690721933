# SPDX-License-Identifier: MIT
"""The whole network in words: what is full first, and what all the calls would take."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from linkpool.economics.answers import Words
from linkpool.economics.earnings import conditions
from linkpool.economics.exact import exact
from linkpool.economics.gas import bill
from linkpool.economics.parameters import Parameters, changed
from linkpool.economics.pool import pool_month, size
from linkpool.economics.scale import SUPPLY, Limit, batch, index_bytes, kept_from, limits, load
from linkpool.economics.text import digits, dollars, figures_of, noun, percent


@exact
def network(p: Parameters) -> Words:
    """Label and sentence."""
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
        f"the pool's nodes have room for {digits(room, 0)} LINK; all LINK there is needs "
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
