# SPDX-License-Identifier: AGPL-3.0-only
# pragma version 0.4.3
"""
@title median
@notice The median of a few numbers, and whether a number is near it. Exact for all of int256: no sum, difference
        or product here can overflow.
"""

MOST: constant(uint256) = 31
PPM: constant(uint256) = 1_000_000


@pure
@internal
def _median(numbers: DynArray[int256, MOST]) -> int256:
    """
    @notice The middle one; the mean of the middle two, rounded down, where their number is even.
    @param numbers at least one, in any order
    """
    ranked: DynArray[int256, MOST] = numbers
    for i: uint256 in range(1, len(ranked), bound=MOST):
        number: int256 = ranked[i]
        place: uint256 = i
        for ignored: uint256 in range(MOST):
            if place == 0 or ranked[place - 1] <= number:
                break
            ranked[place] = ranked[place - 1]
            place -= 1
        ranked[place] = number
    middle: uint256 = len(ranked) // 2
    high: int256 = ranked[middle]
    if len(ranked) % 2 == 1:
        return high
    low: int256 = ranked[middle - 1]
    half: uint256 = self._distance(low, high) // 2
    # low + half lies between the two: as bits it cannot go wrong.
    return convert(convert(unsafe_add(self._bits(low), half), bytes32), int256)


@pure
@internal
def _is_within(answer: int256, median: int256, tolerance: uint256) -> bool:
    size: uint256 = self._distance(0, median)
    # size * tolerance // PPM without its overflow: tolerance is PPM at most.
    most: uint256 = size // PPM * tolerance + size % PPM * tolerance // PPM
    return self._distance(answer, median) <= most


@pure
@internal
def _distance(a: int256, b: int256) -> uint256:
    """
    @notice |a - b|: two's complement, so exact for all numbers.
    """
    if a < b:
        return unsafe_sub(self._bits(b), self._bits(a))
    return unsafe_sub(self._bits(a), self._bits(b))


@pure
@internal
def _bits(number: int256) -> uint256:
    return convert(convert(number, bytes32), uint256)
