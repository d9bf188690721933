# SPDX-License-Identifier: MIT
"""Offers: what nodes take, never above the limit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linkpool.transactions.fees import Price, raised, today
from linkpool.transactions.limits import TransactionLimits

GWEI = 10**9
LIMITS = TransactionLimits(
    max_fee=100 * GWEI, min_tip=GWEI // 10, max_tip=5 * GWEI, replace_percent=20
)
amounts = st.integers(0, 200 * GWEI)


def test_the_first_offer_bears_a_doubling_of_the_base_fee() -> None:
    assert today(10 * GWEI, GWEI, LIMITS) == Price(ceiling=21 * GWEI, tip=GWEI)


def test_the_tip_stays_between_its_limits() -> None:
    assert today(GWEI, 0, LIMITS).tip == GWEI // 10
    assert today(GWEI, 50 * GWEI, LIMITS).tip == 5 * GWEI


def test_no_base_fee_makes_us_offer_more_than_the_limit() -> None:
    assert today(500 * GWEI, GWEI, LIMITS) == Price(ceiling=100 * GWEI, tip=GWEI)


def test_a_replacement_offers_a_fifth_more() -> None:
    last = Price(ceiling=10 * GWEI, tip=GWEI)
    now = Price(ceiling=5 * GWEI, tip=GWEI)
    assert raised(last, now, LIMITS) == Price(ceiling=12 * GWEI, tip=GWEI * 12 // 10)


def test_a_replacement_offers_what_today_asks_where_that_is_more() -> None:
    last = Price(ceiling=10 * GWEI, tip=GWEI)
    now = Price(ceiling=50 * GWEI, tip=2 * GWEI)
    assert raised(last, now, LIMITS) == now


def test_the_last_step_up_to_the_limit_may_be_smaller_but_not_too_small() -> None:
    now = Price(ceiling=GWEI, tip=GWEI)
    last = raised(Price(ceiling=90 * GWEI, tip=GWEI), now, LIMITS)
    assert last == Price(ceiling=100 * GWEI, tip=GWEI * 12 // 10)
    assert raised(Price(ceiling=91 * GWEI, tip=GWEI), now, LIMITS) is None


def test_replacements_do_not_carry_the_tip_beyond_its_bound() -> None:
    now = today(10 * GWEI, GWEI, LIMITS)
    offer: Price | None = now
    while offer is not None:
        last, offer = offer, raised(offer, now, LIMITS)
    assert 9 * LIMITS.max_tip <= 10 * last.tip <= 10 * LIMITS.max_tip


def test_where_the_market_is_dear_a_replacement_may_outbid_it() -> None:
    now = today(10 * GWEI, 50 * GWEI, LIMITS)
    assert now.tip == LIMITS.max_tip
    offer = raised(now, now, LIMITS)
    assert offer is not None
    assert offer.tip == LIMITS.max_tip * 12 // 10


def test_at_the_tips_bound_a_base_fee_that_has_grown_is_followed() -> None:
    last = Price(ceiling=20 * GWEI, tip=5 * GWEI)
    assert raised(last, today(5 * GWEI, GWEI, LIMITS), LIMITS) is None
    now = today(30 * GWEI, GWEI, LIMITS)
    assert raised(last, now, LIMITS) == Price(ceiling=now.ceiling, tip=55 * GWEI // 10)


@given(amounts, amounts, amounts, amounts)
def test_every_replacement_is_one_that_nodes_take(a: int, b: int, c: int, d: int) -> None:
    last, now = Price(ceiling=max(a, b), tip=min(a, b)), Price(ceiling=max(c, d), tip=min(c, d))
    offer = raised(last, now, LIMITS)
    if offer is not None:
        assert 10 * offer.ceiling >= 11 * last.ceiling
        assert 10 * offer.tip >= 11 * last.tip
        assert offer.tip <= offer.ceiling <= LIMITS.max_fee
        assert offer != last


@given(amounts, amounts)
def test_raising_on_and_on_ends_at_the_limit(base: int, tip: int) -> None:
    offer: Price | None = today(base, tip, LIMITS)
    now = today(base, tip, LIMITS)
    for _ in range(100):
        assert offer is not None
        offer = raised(offer, now, LIMITS)
        if offer is None:
            return
    raise AssertionError("it goes on for ever")
