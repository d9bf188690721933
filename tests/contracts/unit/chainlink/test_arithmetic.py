# SPDX-License-Identifier: MIT
"""Median and tolerance against Python's whole numbers, which do not overflow."""

from __future__ import annotations

from itertools import count

import boa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.contracts.suite import Contract, actor
from tests.contracts.unit.chainlink.support import COMPLETED, CONSUMER, WRONG, Network, chainlink

LOWEST, HIGHEST = -(2**255), 2**255 - 1
PPM = 10**6
NUMBERS = st.one_of(
    st.integers(LOWEST, HIGHEST),
    st.integers(-50, 50),
    st.sampled_from([LOWEST, LOWEST + 1, -1, 0, 1, HIGHEST - 1, HIGHEST]),
)
TOLERANCES = st.one_of(st.integers(0, PPM), st.sampled_from([0, 1, PPM - 1, PPM]))


def median(numbers: list[int]) -> int:
    """The middle one; the mean of the middle two, rounded down."""
    ranked = sorted(numbers)
    middle = len(ranked) // 2
    if len(ranked) % 2:
        return ranked[middle]
    return (ranked[middle - 1] + ranked[middle]) // 2


def within(number: int, middle: int, tolerance: int) -> bool:
    return abs(number - middle) * PPM <= abs(middle) * tolerance


class Asker:
    """An Aggregator of which the test is the ServiceAgreements; oracles are plain addresses."""

    def __init__(self, network: Network) -> None:
        self.owner = network.agreements.address
        token = network.link.address
        self.contract: Contract = chainlink("Aggregator").deploy(token, sender=self.owner)
        self.ids = count(1)

    def conclude(self, numbers: list[int], tolerance: int) -> tuple[int, list[int]]:
        """The median and each oracle's outcome."""
        id, now = next(self.ids), boa.env.timestamp
        oracles = [actor(f"plain oracle {index}") for index in range(len(numbers))]
        self.contract.request(id, bytes(32), b"", 0, now, oracles, sender=self.owner)
        for index, (oracle, number) in enumerate(zip(oracles, numbers, strict=True)):
            request = self.contract.requestIdOf(id, index)
            self.contract.fulfil(request, number, sender=oracle)
        known, middle, answers, refund, outcomes = self.contract.conclude(
            id, len(oracles), 0, now, tolerance, 1, CONSUMER, sender=self.owner
        )
        assert (known, answers, refund) == (True, len(numbers), 0)
        assert [outcome.oracle for outcome in outcomes] == oracles
        assert [outcome.answer for outcome in outcomes] == numbers
        assert self.contract.answerOf(id) == (True, middle, now)
        return middle, [outcome.outcome for outcome in outcomes]


def check(network: Network, numbers: list[int], tolerance: int) -> None:
    with boa.env.anchor():
        middle, outcomes = Asker(network).conclude(numbers, tolerance)
    assert middle == median(numbers)
    right = [within(number, middle, tolerance) for number in numbers]
    assert outcomes == [COMPLETED if fine else WRONG for fine in right]


@given(numbers=st.lists(NUMBERS, min_size=1, max_size=7), tolerance=TOLERANCES)
@example(numbers=[LOWEST, HIGHEST], tolerance=PPM)
@example(numbers=[LOWEST, LOWEST], tolerance=PPM)
@example(numbers=[HIGHEST, HIGHEST], tolerance=0)
@example(numbers=[-3, -4], tolerance=0)
@example(numbers=[-1, 0], tolerance=PPM)
@example(numbers=[LOWEST, 0, HIGHEST], tolerance=PPM)
@settings(max_examples=60, deadline=None)
def test_median_and_tolerance_are_exact(
    _network: Network, numbers: list[int], tolerance: int
) -> None:
    check(_network, numbers, tolerance)


@given(numbers=st.lists(NUMBERS, min_size=30, max_size=31), tolerance=TOLERANCES)
@settings(max_examples=4, deadline=None)
def test_median_and_tolerance_of_the_most_oracles(
    _network: Network, numbers: list[int], tolerance: int
) -> None:
    check(_network, numbers, tolerance)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("tolerance", "away"), [(0, 0), (1, 1), (10_000, 10_000), (PPM, PPM)])
def test_the_edge_of_the_tolerance(network: Network, sign: int, tolerance: int, away: int) -> None:
    """Around a median of a million, one ppm is one."""
    middle = sign * PPM
    for number, outcome in ((middle + away, COMPLETED), (middle + away + 1, WRONG)):
        _, outcomes = Asker(network).conclude([middle, number, middle], tolerance)
        assert outcomes == [COMPLETED, outcome, COMPLETED]
        _, outcomes = Asker(network).conclude([middle, 2 * middle - number, middle], tolerance)
        assert outcomes == [COMPLETED, outcome, COMPLETED]


def test_around_a_median_of_zero_nothing_else_is_right(network: Network) -> None:
    middle, outcomes = Asker(network).conclude([-1, 0, 1], PPM)
    assert (middle, outcomes) == (0, [WRONG, COMPLETED, WRONG])
