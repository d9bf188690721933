# SPDX-License-Identifier: MIT
"""What a check says: one line of the report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """From good to bad."""

    OK = "ok"
    LOOK = "look"  # as the contracts allow; who has money here should know it
    UNKNOWN = "unknown"  # could not be judged
    DEVIATES = "DEVIATES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`check` is one of a dozen short names, `what` the contract or node that it is about."""

    check: str
    what: str
    found: str
    expected: str
    verdict: Verdict


def right(check: str, what: str, found: str, expected: str = "") -> Finding:
    """As it should be; what was expected is what was found, where nothing else is said."""
    return Finding(
        check=check, what=what, found=found, expected=expected or found, verdict=Verdict.OK
    )


def look(check: str, what: str, found: str, expected: str = "") -> Finding:
    return Finding(check=check, what=what, found=found, expected=expected, verdict=Verdict.LOOK)


def unknown(check: str, what: str, found: str, expected: str = "") -> Finding:
    return Finding(check=check, what=what, found=found, expected=expected, verdict=Verdict.UNKNOWN)


def wrong(check: str, what: str, found: str, expected: str) -> Finding:
    return Finding(check=check, what=what, found=found, expected=expected, verdict=Verdict.DEVIATES)


def compared(check: str, what: str, found: object, expected: object) -> Finding:
    """Two values that have to be the same."""
    make = right if found == expected else wrong
    return make(check, what, str(found), str(expected))
