# SPDX-License-Identifier: MIT
"""Each consideration of section 4.2 moves a node's month as it should."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from linkpool.economics.earnings import NodeMonth, conditions, node_month, pinned
from linkpool.economics.exact import exact
from linkpool.economics.parameters import Parameters

BASE = Parameters(rounding="exact")
NEAR = Decimal("1e-45")


def at(p: Parameters = BASE, **changes: Any) -> NodeMonth:
    values = {
        name: value if isinstance(value, str) and name in ("flow", "deduction", "backend")
        else Decimal(value)
        for name, value in changes.items()
    }  # fmt: skip
    return node_month(replace(p, **values))


def same(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) < NEAR


def test_four_million_are_a_thousandth_of_a_percent() -> None:
    assert conditions(BASE).requests == 4_000_000
    assert conditions(replace(BASE, share=Decimal("0.0001"))).requests == 40_000_000


def test_the_margin_is_on_top_of_the_gas() -> None:
    assert at().price == 2 * at().answer_cost
    assert at(margin="0").profit == 0
    assert at(margin="0.5").price == at().answer_cost * Decimal("1.5")
    assert at(minimum_price="0.1").price == Decimal("0.1")


def test_gas_that_rises_after_the_price_was_set_eats_the_margin() -> None:
    quoted = pinned(BASE)
    assert same(at(quoted, gas_price="2").profit, Decimal(0))
    assert at(quoted, gas_price="3").profit < 0
    assert at(quoted, gas_price="3").revenue == at().revenue


def test_a_price_that_follows_keeps_its_margin() -> None:
    dear = at(gas_price="3")
    assert dear.price == 3 * at().price
    assert same(dear.profit, 3 * at().profit)


def test_users_who_are_contracts_call_less() -> None:
    assert same(at(calls_per_user="0.1").asked * 10, at().asked)


def test_payments_above_the_minimum_are_more_and_go_to_more_nodes() -> None:
    """A tenth of the requests pay three times the minimum, to eight nodes."""
    rich = at(high_value="0.1", high_value_price="3", high_value_nodes="8")
    answers = Decimal("0.9") * 4 + Decimal("0.1") * 8
    assert same(rich.asked, at().asked * answers / 4)
    paid = Decimal("0.9") * 4 + Decimal("0.1") * 8 * 3
    assert same(rich.revenue, at().revenue * paid / 4)
    assert same(rich.gas, at().gas * answers / 4)


def test_fewer_oracles_with_the_same_provider_get_more_each() -> None:
    assert same(at(provider_oracles="0.5").asked, 2 * at().asked)
    assert same(at(provider_oracles="0.5", provider_demand="0.5").asked, at().asked)
    assert at(provider_demand="0").revenue == 0


def test_off_chain_computation_makes_an_answer_cheaper() -> None:
    """Sixteen answers in one transaction: only the penalty's transfer is left, and a check."""
    cheap = at(pinned(BASE), aggregated="16", minimum_price="0.05488")
    assert cheap.answer_gas == 35_000 + Decimal(35_000) / 16 + 4_552
    assert cheap.revenue == at().revenue
    assert cheap.profit > at().profit


def test_hardware_is_a_cost_that_the_paper_leaves_out() -> None:
    assert same(at().profit - at(backend="ecs").profit, Decimal("9.01"))
    assert at(backend="ecs", hardware="1").hardware == 1


def test_link_that_falls_after_the_price_was_set_takes_income_with_it() -> None:
    fallen = at(pinned(BASE), link_price="0.15")
    assert same(fallen.revenue * 2, at().revenue)
    assert fallen.gas == at().gas
    assert at(link_price="0.15").revenue == at().revenue


def test_the_running_cost_is_what_it_was_or_what_was_quoted() -> None:
    """As quoted, gas that rises is the operator's alone; stakers keep their part."""
    quoted = pinned(replace(BASE, deduction="quoted"))
    calm, dear = at(quoted), at(quoted, gas_price="1.5")
    assert same(calm.stakers, at().stakers)
    assert calm.stakers == dear.stakers
    assert same(calm.operator - dear.operator, dear.gas - calm.gas)
    actual = pinned(BASE)
    assert at(actual, gas_price="1.5").stakers < at(actual).stakers


def test_the_quoted_running_cost_counts_on_hardware_and_what_is_sent_monthly() -> None:
    """With the ceiling far away nothing is left of costs that are as planned."""
    node = at(deduction="quoted", backend="ecs", distributions="2", margin="3")
    assert same(node.operations, node.gas + node.hardware)
    assert node.operator == 0
    assert at(deduction="quoted", backend="ecs", provider_demand="0").operations == 0


def test_no_more_running_cost_than_the_ceiling() -> None:
    capped = at(deduction="quoted", ceiling="0.25")
    assert same(capped.operations, capped.revenue / 4)
    assert same(capped.owners, capped.revenue * Decimal("0.75") / 4)


def test_an_operator_may_take_all_that_the_ceiling_lets_him() -> None:
    """He or the pool's owner sets the running cost: what is above the true one is his gain."""
    fair = at(deduction="quoted", ceiling="0.5", margin="3")
    taken = at(deduction="ceiling", ceiling="0.5", margin="3")
    assert fair.operator == 0
    assert same(taken.operations, taken.revenue / 2)
    assert same(taken.operator, taken.revenue / 4)
    assert same(fair.stakers - taken.stakers, taken.operator * 3 / 4)


def test_a_loss_is_never_shared() -> None:
    lossy = at(pinned(BASE), gas_price="3")
    assert (lossy.stakers, lossy.owners) == (0, 0)
    assert lossy.operator == lossy.profit < 0


def test_what_is_missed_earns_nothing_and_costs_the_penalty() -> None:
    node = at(missed="0.01", penalty="0.5")
    assert same(node.answered, at().asked * Decimal("0.99"))
    assert same(node.lost, at().asked / 100 / 2 * Decimal("0.30"))
    spared = at().gas - node.gas
    assert same(spared, at().asked / 100 * 35_000 * 392 / 10**9)


@pytest.mark.parametrize(("fault", "part"), [("late", "0.5"), ("wrong", "1")])
def test_late_and_wrong_answers_are_paid_and_penalised(fault: str, part: str) -> None:
    node = at(penalty="0.5", **{fault: "0.01"})
    assert node.revenue == at().revenue
    assert same(node.lost, at().asked / 100 / 2 * Decimal(part) * Decimal("0.30"))


def test_an_outage_is_its_hours_of_the_month() -> None:
    assert same(at(outage="1", outage_hours="73").answered, at().asked * Decimal("0.9"))
    assert same(at(outage="0.5", outage_hours="73").answered, at().asked * Decimal("0.95"))


def test_penalties_stop_at_the_cap() -> None:
    """Three losses of 5 % fit into a month of thirty days."""
    worst = at(missed="1", penalty="1000")
    assert same(worst.lost, 20_000 * (1 - Decimal("0.95") ** 3) * Decimal("0.30"))


def test_the_owners_due_that_is_pledged_bears_a_loss_first() -> None:
    free, pledged = (at(missed="0.01", penalty="0.5", pledged=part) for part in ("0", "1"))
    assert free.lost == pledged.lost > 0
    assert same(pledged.stakers - free.stakers, free.lost)
    assert same(free.owners - pledged.owners, free.lost)
    assert free.operator == pledged.operator


@exact
def test_what_comes_in_goes_out() -> None:
    node = at(missed="0.01", late="0.02", wrong="0.01", penalty="0.5", backend="ecs", pledged="0.3",
              flow="agreements", deposits="3", distributions="1", deduction="quoted")  # fmt: skip
    assert same(node.revenue, node.gas + node.hardware + node.profit)
    assert same(node.operator + node.owners + node.stakers, node.profit - node.lost)
    shared = node.revenue - node.operations
    borne = shared / 4 - node.owners
    assert 0 < borne <= node.lost
    assert same(node.stakers, shared * 3 / 4 - (node.lost - borne))


def test_the_operator_has_the_running_cost_and_nothing_else() -> None:
    """In the paper's example it comes back to the cent: all the profit is owners' and stakers'."""
    paper = at()
    assert (paper.operator, paper.operations) == (0, paper.gas)
    assert same(paper.owners + paper.stakers, paper.profit)
    short = at(minimum_price="0.02")
    assert short.operations == short.revenue and short.operator == short.profit < 0


def test_what_is_never_answered_is_part_of_the_running_cost() -> None:
    """Expected misses are counted on when the price is set; with a ceiling far away none is left
    with the operator.
    """
    node = at(deduction="quoted", missed="0.1", outage="1", outage_hours="73", margin="3",
              backend="ecs")  # fmt: skip
    assert node.operator == 0
    assert same(node.operations, node.gas + node.hardware)
