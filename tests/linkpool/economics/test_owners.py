# SPDX-License-Identifier: MIT
"""The exact model of the owners."""

from fractions import Fraction

import pytest

from linkpool.economics import ModelError, OwnersBook
from linkpool.economics.owners import NOBODY


def owners(**shares: int) -> OwnersBook:
    book = OwnersBook()
    for name, amount in shares.items():
        book.move(NOBODY, name, amount)
    return book


def test_each_distribution_is_shared_by_the_shares_of_its_moment() -> None:
    book = owners(fay=1, gus=2)
    book.distribute(10)
    book.move("gus", "hana", 1)
    book.distribute(10)
    assert book.due("fay") == Fraction(20, 3)
    assert book.due("gus") == Fraction(10)
    assert book.due("hana") == Fraction(10, 3)
    book.claim("gus", 10)
    assert (book.due("gus"), book.paid["gus"]) == (0, 10)


def test_what_cannot_be_is_said() -> None:
    book = owners(fay=1)
    book.distribute(3)
    for impossible in (
        lambda: book.claim("fay", 4),
        lambda: book.claim("gus", 1),
        lambda: book.move("gus", "fay", 1),
        lambda: OwnersBook().distribute(1),
    ):
        with pytest.raises(ModelError):
            impossible()
