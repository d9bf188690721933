# SPDX-License-Identifier: MIT
"""The price that several exchanges agree on."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from linkpool.adapters.vwap import Agreed, Ticker, volume_weighted


def agreed(*tickers: tuple[str, str, str], minimum: int = 1, deviation: str = "0.05") -> Agreed:
    found = [Ticker(name, Decimal(price), Decimal(volume)) for name, price, volume in tickers]
    return volume_weighted(found, deviation=Decimal(deviation), minimum=minimum)


def test_prices_count_by_volume() -> None:
    assert agreed(("a", "100", "1"), ("b", "103", "2")).price == Decimal("102")
    assert agreed(("a", "100", "1"), ("b", "101", "2")).price == Decimal("100.666666666666666667")


def test_prices_are_exact_at_any_size() -> None:
    big, small = "9" * 60, "0." + "0" * 50 + "1"
    assert agreed(("a", big, small)).price == Decimal(big)
    assert agreed(("a", small, big)).price == 0
    assert agreed(("a", "1000", "1"), ("b", "1000.000000000000000002", "1")).price == Decimal(
        "1000.000000000000000001"
    )


def test_an_outlier_is_left_out_whatever_its_volume() -> None:
    found = agreed(("a", "100", "1"), ("b", "101", "1"), ("c", "200", "1000000"))
    assert found.price == Decimal("100.5")
    assert [one.exchange for one in found.used] == ["a", "b"]
    assert found.warnings == ("c: price is too far from the others'",)


def test_the_edge_of_the_deviation_still_counts() -> None:
    assert len(agreed(("a", "95", "1"), ("b", "100", "1"), ("c", "105", "1")).used) == 3
    assert len(agreed(("a", "94.99", "1"), ("b", "100", "1"), ("c", "105.01", "1")).used) == 1


def test_what_is_not_positive_does_not_count() -> None:
    found = agreed(("a", "100", "1"), ("b", "100", "0"), ("c", "0", "1"), ("d", "-100", "-1"))
    assert found.price == 100
    assert found.warnings == (
        "b: volume is not positive",
        "c: price is not positive",
        "d: price is not positive",
    )


def test_two_that_contradict_each_other_agree_on_nothing() -> None:
    found = agreed(("a", "100", "1"), ("b", "200", "1"))
    assert (found.price, found.used, len(found.warnings)) == (None, (), 2)


def test_too_few_is_no_price() -> None:
    assert agreed(("a", "100", "1"), minimum=2).price is None
    assert agreed(minimum=1).price is None


positive = st.decimals("0.000001", "1000000", places=6)


@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=9))
def test_a_price_lies_among_those_it_is_made_of(pairs: list[tuple[Decimal, Decimal]]) -> None:
    tickers = [Ticker(str(n), price, volume) for n, (price, volume) in enumerate(pairs)]
    found = volume_weighted(tickers, deviation=Decimal("0.05"), minimum=1)
    assert len(found.used) + len(found.warnings) == len(tickers)
    if found.price is not None:
        prices = [ticker.price for ticker in found.used]
        assert min(prices) <= found.price <= max(prices)
        assert max(prices) <= min(prices) * Decimal("1.05") / Decimal("0.95")


@given(st.lists(st.tuples(positive, positive), min_size=3, max_size=9), positive, positive)
def test_one_liar_moves_an_honest_majority_by_the_deviation_at_most(
    pairs: list[tuple[Decimal, Decimal]], price: Decimal, volume: Decimal
) -> None:
    honest = [Ticker(str(n), Decimal(100), volume) for n, (_, volume) in enumerate(pairs)]
    liar = Ticker("liar", price, volume * 10**6)
    found = volume_weighted([*honest, liar], deviation=Decimal("0.05"), minimum=2)
    assert found.price is not None
    assert 95 <= found.price <= 105
