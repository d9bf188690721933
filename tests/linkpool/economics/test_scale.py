# SPDX-License-Identifier: MIT
"""How far it goes: gas against blocks, penalties against collateral."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from linkpool.economics.earnings import conditions
from linkpool.economics.gas import bill, measured
from linkpool.economics.network import network
from linkpool.economics.parameters import Parameters, changed
from linkpool.economics.pool import pool_month, size
from linkpool.economics.reading import parameters
from linkpool.economics.scale import (
    batch,
    capacity,
    consumer_gas,
    index_bytes,
    kept_from,
    limits,
    load,
    loads,
    logs_of_request,
)

PAPER = Parameters()
NEAR = Decimal("1e-40")
BLOCKS = Decimal(730 * 3600) / 12


def test_a_chain_s_month_is_its_blocks() -> None:
    assert capacity(PAPER) == BLOCKS * 36_000_000


def test_the_paper_s_network_fills_a_seventh_of_a_chain() -> None:
    """16 million answers of 70,000 gas."""
    now = load(PAPER)
    gas = Decimal(16_000_000 * 70_000)
    assert abs(now.chains - gas / capacity(PAPER)) < NEAR
    assert abs(now.gas_per_block - gas / BLOCKS) < Decimal("1e-30")
    assert abs(now.gas_cost - gas * 392 / 10**9) < NEAR
    assert abs(now.answers_per_second - Decimal(16_000_000) / (730 * 3600)) < NEAR
    assert now.of_revenue is not None
    assert abs(now.of_revenue - Decimal("0.5")) < NEAR


def test_the_ladder_ends_at_all_the_calls() -> None:
    found = loads(PAPER)
    assert [int(one.requests) for one in found] == [4 * 10**power for power in range(6, 12)]
    assert [int(one.requests) for one in loads(parameters("paper", ["share=60"]))] == [
        240_000_000_000,
        400_000_000_000,
    ]
    assert len(loads(parameters("paper", ["share=100"]))) == 1


@pytest.mark.parametrize("scenario", ["paper", "direct", "agreements", "aggregated"])
def test_at_the_limit_one_chain_is_full(scenario: str) -> None:
    p = parameters(scenario)
    full = next(one for one in limits(p) if "blocks" in one.what)
    there = changed(p, "share", (full.requests / p.api_calls).quantize(Decimal("1e-50")))
    assert abs(load(there).chains - 1) < Decimal("1e-30")


def test_consumers_pay_for_asking() -> None:
    assert consumer_gas(PAPER) == 0
    assert consumer_gas(parameters("direct")) == measured()["oracle.request.again"]
    assert consumer_gas(parameters("agreements")) == measured()["agreement"] / 4
    direct = parameters("direct", ["distributions=0", "missed=0", "outage=0"])
    each = measured()["oracle.request.again"] + measured()["oracle.fulfil"]
    assert abs(load(direct).chains - 16_000_000 * each / capacity(direct)) < NEAR


def test_collateral_bounds_what_a_node_can_promise_at_once() -> None:
    """5 % of 20,000 LINK at half a LINK each: 2,000 agreements of 900 seconds."""
    p = parameters("agreements")
    (found,) = (one for one in limits(p) if "collateral" in one.what)
    a_node = 2_000 * Decimal(730 * 3600) / 900
    assert abs(found.requests - a_node * 19_000 / 4) < Decimal("1e-30")
    assert not [one for one in limits(replace(p, penalty=Decimal(0))) if "coll" in one.what]


def test_the_first_limit_comes_first() -> None:
    dear = parameters("agreements", ["penalty=1000", "held-seconds=518400"])
    usual = parameters("agreements")
    names = {p: [one.what.split("'")[0] for one in limits(p)] for p in (dear, usual)}
    assert names[dear] == ["a node", "one chain", "a month", "a node gives 60 answers a second"]
    assert names[usual] == ["one chain", "a month", "a node", "a node gives 60 answers a second"]
    for p in (dear, usual):
        found = [one.requests for one in limits(p)]
        assert found == sorted(found)


def test_payments_of_a_month_may_be_all_the_link_there_is() -> None:
    """At half a LINK for each of four answers: 500 million requests."""
    p = parameters("agreements", ["minimum-price=0.15", "link-price=0.3"])
    (found,) = (one for one in limits(p) if "payments" in one.what)
    assert abs(found.requests - 500_000_000) < NEAR


def test_a_node_has_so_many_answers_a_second() -> None:
    (found,) = (one for one in limits(PAPER) if "a second" in one.what)
    assert abs(found.requests * 4 / 19_000 / (730 * 3600) - 60) < Decimal("1e-30")
    idle = parameters("agreements", ["provider-demand=0"])
    assert [one.what for one in limits(idle) if "a second" in one.what] == []


def test_an_index_has_each_log_once() -> None:
    """Bids, four logs of each answer, three of the agreement; of a bare request its two."""
    p = parameters("agreements")
    assert logs_of_request(p) == 3 + 4 * (Decimal(4) + Decimal("1.25"))
    assert logs_of_request(parameters("direct")) == 8
    assert index_bytes(p) == 4_000_000 * 24 * 12 * 1_000


@pytest.mark.parametrize("name", ["direct", "agreements", "aggregated"])
def test_the_owners_pay_the_keeper_from_some_demand_on(name: str) -> None:
    p = parameters(name)
    least = kept_from(p)
    assert least is not None
    cost = bill(p).monthly * conditions(p).now.of_gas * size(p).nodes
    share = least / p.api_calls
    assert abs(pool_month(changed(p, "share", share)).owners / cost - 1) < Decimal("1e-9")
    assert pool_month(changed(p, "share", share * Decimal("0.99"))).owners < cost
    assert kept_from(parameters(name, ["provider-demand=0"])) is None
    assert kept_from(PAPER) == 0


def test_where_keeping_the_nodes_fills_the_chain_no_request_fits() -> None:
    full = parameters("agreements", ["deposits=1000", "oracles=1e9"])
    assert next(limits(full)).requests == 0


def test_all_the_calls_in_one_chain_want_a_batch() -> None:
    p = parameters("direct")
    exactly = 400 * 10**9 * bill(p).answered / capacity(p)
    assert abs(batch(p) - exactly) < NEAR
    aggregated = parameters("aggregated")
    assert abs(batch(aggregated) - batch(p) * 16 * bill(aggregated).answered / bill(p).answered) < (
        Decimal("1e-40")
    )


def test_one_chain_may_be_enough() -> None:
    words = dict(network(parameters("paper", ["block-gas=1e12"])))
    assert words["all calls"] == "one chain carries them"
    assert "instead" not in words


def test_keeping_the_nodes_is_a_part_of_the_owners() -> None:
    """Three deposits and a distribution of 699 nodes."""
    p = parameters("agreements")
    gas = bill(p).monthly * 699
    words = dict(network(p))["keeping"]
    assert words.startswith(f"deposits and distributions of 699 nodes take {gas:,.0f} gas a month")
    assert "% of the owners' part; paid from " in words
    assert dict(network(PAPER))["keeping"].startswith("nothing is sent but answers")
    idle = dict(network(parameters("agreements", ["provider-demand=0"])))["keeping"]
    assert "owners" not in idle
