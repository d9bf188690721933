# SPDX-License-Identifier: MIT
"""Two words are as good as one big number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpool.economics.errors import ModelError
from linkpool.economics.penalty import PPM
from linkpool.economics.world.juels import MOST_TIMES, Juels

amounts = st.one_of(
    st.integers(0, 2**90 - 1),
    st.sampled_from([0, 1, 2**40 - 1, 2**40, 2**80 - 1, 2**90 - 1, 10**27, 10**18 - 1]),
)
ratios = st.one_of(st.integers(0, PPM), st.sampled_from([0, 1, 250_000, PPM]))


@given(st.lists(st.tuples(amounts, amounts, ratios), min_size=1, max_size=20))
def test_sums_and_parts_are_exact(rows: list[tuple[int, int, int]]) -> None:
    first, second = Juels.of([r[0] for r in rows]), Juels.of([r[1] for r in rows])
    parts = np.array([r[2] for r in rows], dtype=np.int64)
    assert (first + second).tolist() == [a + b for a, b, _ in rows]
    assert (first - second).tolist() == [a - b for a, b, _ in rows]
    assert first.ppm(parts).tolist() == [a * part // PPM for a, _, part in rows]
    assert first.least(second).tolist() == [min(a, b) for a, b, _ in rows]
    assert first.below(second).tolist() == [a < b for a, b, _ in rows]
    assert first.any().tolist() == [a != 0 for a, _, _ in rows]
    assert first.sum() == sum(a for a, _, _ in rows)


@given(st.integers(0, 2**79 - 1), st.integers(0, MOST_TIMES))
def test_a_multiple_is_exact(amount: int, times: int) -> None:
    assert Juels.of([amount]).times(np.array([times])).tolist() == [amount * times]


@given(amounts, amounts)
def test_one_is_read_and_written_among_many(before: int, after: int) -> None:
    column = Juels.same(before, 3)
    column.set(1, after)
    assert [column.get(i) for i in range(3)] == column.tolist() == [before, after, before]
    part = np.array([0, 2])
    column.put(part, column.take(part) + Juels.same(after, 2))
    assert column.tolist() == [before + after, after, before + after]
    assert len(column) == 3
    assert column.floats()[1] == float(after) or abs(column.floats()[1] / after - 1) < 1e-12


@pytest.mark.parametrize(
    ("amount", "number"), [(1, MOST_TIMES + 1), (1, -1), (2**79, 1), (-1, 1), (2**85, 2**18)]
)
def test_what_would_overflow_a_word_is_refused(amount: int, number: int) -> None:
    with pytest.raises(ModelError, match="no others"):
        Juels.same(amount, 1).times(np.array([number], dtype=np.int64))
