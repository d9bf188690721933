# SPDX-License-Identifier: MIT
"""The gas that the model counts with: the paper's estimate, and this project's own measurements."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from linkpool.economics.gas import SIZES, bill, estimate, measured, of_round
from linkpool.economics.parameters import Parameters
from linkpool.errors import UsageError
from tools.gas_figures import ACTIONS
from tools.sources import ROOT

PAGE = (ROOT / "docs" / "explain" / "gas.md").read_text(encoding="utf-8")
LABELS = {
    ("The pool", "first stake at a node"): "stake.direct.new",
    ("The pool", "withdrawal of everything"): "withdraw.direct.all",
    ("The pool", "node created"): "node.create",
    ("The pool", "distribution, any number of stakers"): "distribute.300",
    ("The pool", "request"): "oracle.request.again",
    ("The pool", "answer"): "oracle.fulfil",
    ("The ChainLink network", "agreement posted"): "agreement",
    ("The ChainLink network", "bid, with a provider"): "bid.provider",
    ("The ChainLink network", "answer, in time"): "answer",
    ("The ChainLink network", "any later one"): "deposit",
    ("The ChainLink network", "return of everything"): "release.full",
    **{("The ChainLink network", f"start of {size}"): f"start.{size}" for size in SIZES},
    **{
        ("The ChainLink network", f"settling {size}, all in time"): f"settle.good.{size}"
        for size in SIZES
    },
}
AGREEMENTS = Parameters(flow="agreements")


def page_says(section: str, label: str) -> Decimal:
    part = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    (row,) = re.findall(rf"^\| {re.escape(label)} \| ([\d,]+) \|", part, re.MULTILINE)
    return Decimal(row.replace(",", ""))


def test_every_figure_has_its_row() -> None:
    assert set(LABELS.values()) == set(ACTIONS) == set(measured())


@pytest.mark.parametrize(("row", "action"), LABELS.items(), ids=LABELS.values())
def test_the_figures_are_those_of_the_page(row: tuple[str, str], action: str) -> None:
    assert measured()[action] == page_says(*row), "run: python -m tools.gas_figures"


def test_a_transfer_and_thirty_percent_are_35_000_gas() -> None:
    p = Parameters()
    assert estimate(p) == 35_000
    assert bill(p).answer == 70_000
    assert estimate(replace(p, erc20_gas=Decimal(50_000), erc20_extra=Decimal("0.1"))) == 55_000


def test_without_a_penalty_an_answer_is_half() -> None:
    assert bill(Parameters(penalty_transfers=Decimal(0))).answer == 35_000


def test_a_direct_answer_is_the_measured_one() -> None:
    assert bill(Parameters(flow="direct")).answer == measured()["oracle.fulfil"]


def test_an_agreement_s_answer_is_bid_turn_and_answer() -> None:
    gas = measured()
    turn = Fraction(int(gas["start.5"] + gas["settle.good.5"]), 5)
    own = int(gas["bid.provider"] + gas["answer"])
    found = bill(replace(AGREEMENTS, nodes_per_request=Decimal(5)))
    assert Fraction(found.answer) == turn + own
    assert Fraction(found.answered) == int(gas["answer"])
    assert {item.source for item in found.items} == {"measured"}


def test_bids_that_lose_are_paid_for() -> None:
    half = bill(replace(AGREEMENTS, bids_won=Decimal("0.5")))
    assert half.answer - bill(AGREEMENTS).answer == measured()["bid.provider"]


def test_between_two_sizes_a_round_is_on_the_line() -> None:
    three, five = of_round(Decimal(3)), of_round(Decimal(5))
    assert of_round(Decimal(4)) == (three + five) / 2
    assert three < of_round(Decimal("3.1")) < of_round(Decimal("4.9")) < five
    sources = {item.what: item.source for item in bill(AGREEMENTS).items}
    assert sources["start and settling, in turns"] == "interpolated"


@pytest.mark.parametrize("oracles", ["0.5", "31.5", "100"])
def test_no_round_beyond_what_an_agreement_can_have(oracles: str) -> None:
    with pytest.raises(UsageError, match="1 to 31 oracles"):
        of_round(Decimal(oracles))


def test_an_answer_computed_off_chain_pays_its_part_of_one_transaction() -> None:
    p = Parameters(flow="direct", aggregated=Decimal(16))
    gas = measured()["oracle.fulfil"]
    assert bill(p).answer == gas / 16 + 4_552
    assert bill(replace(p, aggregated_gas=Decimal(0))).answer == gas / 16


def test_what_is_sent_each_month() -> None:
    p = replace(AGREEMENTS, deposits=Decimal(3), distributions=Decimal(2))
    gas = measured()
    deposits = 3 * (gas["deposit"] + gas["release.full"])
    assert bill(p).monthly == deposits + 2 * gas["distribute.300"]


def test_gas_that_is_given_goes_first() -> None:
    p = replace(
        AGREEMENTS,
        answer_gas=Decimal(1),
        bid_gas=Decimal(2),
        round_gas=Decimal(12),
        penalty_gas=Decimal(5),
        deposits=Decimal(1),
    )
    assert (bill(p).answer, bill(p).monthly) == (6, 5)
    assert {item.source for item in bill(p).items} == {"given"}
