# SPDX-License-Identifier: MIT
"""Arithmetic that does not depend on who calls."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, FloatOperation, getcontext, localcontext

import pytest

from linkpool.economics import answers
from linkpool.economics.exact import DIGITS, exact, floored, raised, whole
from linkpool.economics.network import network
from linkpool.economics.reading import parameters
from linkpool.economics.report import Report, report


@exact
def third() -> Decimal:
    return Decimal(1) / 3


@exact
def thirds() -> Iterator[Decimal]:
    yield Decimal(1) / 3
    yield Decimal(2) / 3


@pytest.mark.parametrize("precision", [3, 28, 200])
def test_a_function_and_every_step_of_a_generator_have_sixty_digits(precision: int) -> None:
    with localcontext() as context:
        context.prec = precision
        found = [third(), *thirds()]
        assert getcontext().prec == precision
    assert [len(one.as_tuple().digits) for one in found] == [DIGITS] * 3


def test_a_float_is_no_amount() -> None:
    @exact
    def mixed() -> Decimal:
        return Decimal(float("1.5"))

    with pytest.raises(FloatOperation):
        mixed()


def test_words_do_not_depend_on_the_caller_s_precision() -> None:
    found = report("agreements", parameters("agreements"))
    with localcontext() as context:
        context.prec = 4
        low = words(found)
        again = report("agreements", parameters("agreements"))
    assert again == found
    assert low == words(found)


def words(of: Report) -> list[tuple[str, str]]:
    people = [*answers.operator(of), *answers.owners(of), *answers.staker(of)]
    return [*people, *answers.assumed(of.parameters), *network(of.parameters)]


def test_rounding() -> None:
    assert (floored(Decimal("1.9")), floored(Decimal("-1.1"))) == (1, -2)
    assert (whole(Decimal("34999.9")), whole(Decimal("2.5"))) == (35_000, 2)
    assert raised(Decimal(1), Decimal(1_000_000)) == 1_000_000
    assert raised(Decimal(2_000_000), Decimal(1_000_000)) == 2_000_000
