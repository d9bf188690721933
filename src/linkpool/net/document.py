# SPDX-License-Identifier: MIT
"""JSON from strangers: parsed with a bound on its depth, fractions as a Chainlink node reads them.

Its errors and everything else that a data source says become printable text, so that no source
can write to an operator's terminal.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

MAX_DEPTH: Final = 100


def load(text: str) -> Any:
    """The document; ValueError where it is none. Fractions are decimals, whole numbers integers."""
    if _depth(text) > MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH}")
    return json.loads(text, parse_float=_fraction, parse_constant=_constant)


def _depth(text: str) -> int:
    """How deep brackets nest outside strings; 0 where that cannot be much. The parser recurses,
    and could be made to overflow; this takes one pass, whatever the text.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return 0  # there are not even so many: the usual case, and a hundred times faster
    deepest = depth = at = 0
    quoted = False
    while at < len(text):
        letter = text[at]
        if quoted and letter == "\\":
            at += 1
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif not quoted and letter in "]}":
            depth -= 1
        at += 1
    return deepest


def _fraction(text: str) -> Decimal:
    value = Decimal(repr(float(text)))
    if not value.is_finite():
        raise ValueError(f"{text[:40]} is out of range")
    return value


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not a number")


def printable(text: str, length: int = 200) -> str:
    """One short line without control characters.

    >>> printable("a\\x1b[31m\\n b")
    'a [31m b'
    """
    shown = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * length])
    return " ".join(shown.split())[:length]
