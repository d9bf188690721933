# SPDX-License-Identifier: MIT
"""Exact amounts of many nodes at once: all LINK there is takes 90 bits, a machine word has 64.

An amount is hi * 2**40 + lo, lo always within 0 to 2**40 - 1, hi signed: sums and differences carry
by a shift, and an amount times a ratio in ppm stays within a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from linkpool.economics.errors import ModelError
from linkpool.economics.penalty import PPM

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
At = Any
"""What picks nodes out of a column: a slice, or an array of indices without repetition."""

BITS: Final = 40
MOST_TIMES: Final = 1 << 23
"""What an amount may be multiplied with: the low limb has 23 bits to spare."""
_LOW: Final = (1 << BITS) - 1


@dataclass(frozen=True, slots=True)
class Juels:
    """A column of amounts, or a part of one."""

    hi: Ints
    lo: Ints

    @classmethod
    def of(cls, amounts: Sequence[int]) -> Juels:
        return cls(
            np.array([amount >> BITS for amount in amounts], dtype=np.int64),
            np.array([amount & _LOW for amount in amounts], dtype=np.int64),
        )

    @classmethod
    def same(cls, amount: int, many: int) -> Juels:
        return cls(
            np.full(many, amount >> BITS, dtype=np.int64),
            np.full(many, amount & _LOW, dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.hi)

    def __add__(self, other: Juels) -> Juels:
        return _carried(self.hi + other.hi, self.lo + other.lo)

    def __sub__(self, other: Juels) -> Juels:
        return _carried(self.hi - other.hi, self.lo - other.lo)

    def times(self, numbers: Ints) -> Juels:
        """Each amount, below 2**79 then, with its number, 0 to MOST_TIMES.

        Raises:
            ModelError: Another amount or number: a word would silently overflow.
        """
        if len(self) and (
            int(numbers.min()) < 0
            or int(numbers.max()) > MOST_TIMES
            or int(self.hi.min()) < 0
            or int(self.hi.max()) >= 1 << (79 - BITS)
        ):
            raise ModelError("amounts below 2**79 are multiplied with 0 to 2**23, no others")
        return _carried(self.hi * numbers, self.lo * numbers)

    def ppm(self, ratios: Ints) -> Juels:
        """amount * ratio // 10**6 of amounts from 0 to 2**90; ratios 0 to 10**6."""
        high, rest = np.divmod(self.hi, PPM)
        low, rest = np.divmod((rest << BITS) + self.lo, PPM)
        return _carried(high * ratios, low * ratios + rest * ratios // PPM)

    def any(self) -> Flags:
        """Which are not zero."""
        found: Flags = (self.hi | self.lo) != 0
        return found

    def below(self, other: Juels) -> Flags:
        level = np.equal(self.hi, other.hi)
        return np.less(np.where(level, self.lo, self.hi), np.where(level, other.lo, other.hi))

    def least(self, other: Juels) -> Juels:
        """The smaller of each two."""
        return other.where(other.below(self), self)

    def where(self, flags: Flags, other: Juels) -> Juels:
        """This where the flag is set, else the other."""
        return Juels(np.where(flags, self.hi, other.hi), np.where(flags, self.lo, other.lo))

    def copy(self) -> Juels:
        return Juels(self.hi.copy(), self.lo.copy())

    def take(self, at: At) -> Juels:
        """Of a slice it is the column itself: what is put there later shows."""
        return Juels(self.hi[at], self.lo[at])

    def put(self, at: At, amounts: Juels) -> None:
        self.hi[at] = amounts.hi
        self.lo[at] = amounts.lo

    def get(self, index: int) -> int:
        """One amount, as it is."""
        return (int(self.hi[index]) << BITS) + int(self.lo[index])

    def set(self, index: int, amount: int) -> None:
        self.hi[index] = amount >> BITS
        self.lo[index] = amount & _LOW

    def sum(self) -> int:
        """Of up to 2**13 columns' worth of all LINK; exact."""
        return (int(self.hi.sum()) << BITS) + int(self.lo.sum())

    def tolist(self) -> list[int]:
        pairs = zip(self.hi.tolist(), self.lo.tolist(), strict=True)
        return [(hi << BITS) + lo for hi, lo in pairs]

    def floats(self) -> NDArray[np.float64]:
        """For decisions and figures that people read, never for amounts."""
        return self.hi.astype(np.float64) * (1 << BITS) + self.lo


def _carried(hi: Ints, lo: Ints) -> Juels:
    return Juels(hi + (lo >> BITS), lo & _LOW)
