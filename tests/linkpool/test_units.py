# SPDX-License-Identifier: MIT
"""Text and money: exact both ways, and refused where it would not be."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpool import telemetry, units
from linkpool.chain import addresses, reverts
from linkpool.errors import UsageError
from linkpool.nodes import rules
from linkpool.units import SUPPLY, ether, link, percent, share, show_link, show_percent

amounts = st.integers(0, SUPPLY)


@pytest.mark.parametrize("module", [units, telemetry, addresses, reverts, rules])
def test_the_examples_in_the_docstrings_are_true(module: object) -> None:
    done = doctest.testmod(module)  # type: ignore[arg-type]
    assert done.attempted > 0
    assert done.failed == 0


@given(amounts)
def test_every_amount_of_juels_survives_its_text(amount: int) -> None:
    assert link(show_link(amount).removesuffix(" LINK").replace(",", "")) == amount


@given(st.integers(0, 1_000_000))
def test_every_ratio_survives_its_text(ratio: int) -> None:
    assert percent(show_percent(ratio)) == ratio


@given(amounts, st.integers(0, 1_000_000))
def test_a_share_and_its_rest_are_the_whole(amount: int, ratio: int) -> None:
    part = share(amount, ratio)
    assert 0 <= part * 1_000_000 <= amount * ratio < (part + 1) * 1_000_000


@pytest.mark.parametrize(
    "text",
    ["", "1.", ".5", "1e3", "-1", "0x10", "1 2", "1,5", "1_0", "ten", "1.0000000000000000001", "١"],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="LINK"):
        link(text)


def test_more_digits_than_python_reads_are_refused_alike() -> None:
    for text in ("9" * 5_000, "0." + "0" * 5_000):
        with pytest.raises(UsageError, match="characters: no amount of LINK has"):
            link(text)


def test_ether_has_its_own_name_in_the_refusal() -> None:
    with pytest.raises(UsageError, match="ETH"):
        ether("much")
    with pytest.raises(UsageError, match="percent"):
        percent("0.00001%")
