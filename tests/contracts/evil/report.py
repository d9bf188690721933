# SPDX-License-Identifier: MIT
"""How a broken promise is said."""

from __future__ import annotations


class Violation(AssertionError):
    """A promise that the contracts broke; `promise` is its number, such as "P3"."""

    def __init__(self, promise: str, said: str) -> None:
        super().__init__(f"{promise}: {said}")
        self.promise = promise


def demand(kept: bool, promise: str, said: str) -> None:
    """Raises unless the promise is kept."""
    if not kept:
        raise Violation(promise, said)
