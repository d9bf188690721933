# SPDX-License-Identifier: MIT
"""Gas and fee in LINK beside the payment, to the juel; and where the price comes from."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from linkpool.chain.calls import Fees
from linkpool.net.testing import FakeHttp, answer
from linkpool.oracle.errors import TaskError
from linkpool.oracle.runs.gate import Costs, refusal
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.runs.prices import Prices, price
from linkpool.units import Juels, Wei

COSTS = Costs(gas=100_000, fee=Wei(10**9), link_per_ether=Decimal("150.5"))


def test_a_payment_that_covers_the_cost_is_enough_to_the_juel() -> None:
    assert COSTS.needed == 15_050_000_000_000_000
    assert refusal(Juels(COSTS.needed), COSTS) == ""
    said = refusal(Juels(COSTS.needed - 1), COSTS)
    assert said.startswith(
        "unprofitable: pays 0.015049999999999999 LINK, an answer costs 0.01505 LINK ("
    )
    assert "100000 gas at 1000000000 wei, 150.5 LINK per ETH" in said


def test_the_cost_is_rounded_up_and_the_margin_multiplies_it() -> None:
    odd = Costs(gas=1, fee=Wei(1), link_per_ether=Decimal("0.1"))
    assert odd.needed == 1
    twice = Costs(gas=10, fee=Wei(10), link_per_ether=Decimal(1), margin=Decimal("1.5"))
    assert twice.needed == 150


def test_without_a_price_nobody_is_refused() -> None:
    assert refusal(Juels(0), None) == ""


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [('{"ETH": {"LINK": 151.25}}', "ETH,LINK", "151.25"), ("[7]", "0", "7"), ("3", "", "3")],
)
def test_a_price_is_found_by_its_path(text: str, path: str, found: str) -> None:
    assert price(text, path) == Decimal(found)


@pytest.mark.parametrize(
    ("text", "path"),
    [("oops", ""), ("{}", "a"), ("[1]", "x"), ('"much"', ""), ("0", ""), ("-1", ""), ("null", "a")],
)
def test_no_price_is_an_error(text: str, path: str) -> None:
    with pytest.raises(TaskError, match="price source"):
        price(text, path)


class Chain:
    """Of a Connection, what the gate asks."""

    async def fees(self) -> Fees:
        return Fees(base=Wei(8), tip=Wei(2), ceiling=Wei(18))


def costs(http: FakeHttp, *moments: float, **settings: object) -> list[Costs | None]:
    limits = RunLimits(**settings)  # type: ignore[arg-type]

    async def asked() -> list[Costs | None]:
        prices = Prices(Chain(), http, limits)  # type: ignore[arg-type]
        return [await prices.costs(moment) for moment in moments]

    return asyncio.run(asked())


def test_the_gate_is_off_unless_it_is_asked_for() -> None:
    assert costs(FakeHttp(), 100, link_per_ether=5) == [None]


def test_a_fixed_price_is_used_with_the_fee_that_will_be_paid() -> None:
    [found] = costs(FakeHttp(), 100, gate=True, link_per_ether=5)
    assert found == Costs(gas=500_000, fee=Wei(10), link_per_ether=Decimal(5))


def test_a_source_is_asked_now_and_then_and_its_last_price_kept() -> None:
    texts = iter(['{"p": 4}', "broken", '{"p": 6}'])
    http = FakeHttp(lambda message: answer(next(texts)))
    found = costs(
        http, 100, 110, 170, 240, gate=True, price_url="https://example.org/p", price_path="p"
    )
    assert [None if one is None else one.link_per_ether for one in found] == [4, 4, 4, 6]


def test_a_source_that_never_said_anything_refuses_nobody() -> None:
    http = FakeHttp(lambda message: answer("out of order", 500))
    assert costs(http, 100, gate=True, price_url="https://example.org/p") == [None]
