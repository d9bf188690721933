# SPDX-License-Identifier: MIT
"""JSON from strangers and to them: parsed with a bound on its depth, fractions as a Chainlink node
reads them.

Its errors and everything else that a data source says become printable text, so that no source
can write to an operator's terminal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

MAX_DEPTH: Final = 100
WRITTEN_OUT: Final = 100  # digits before or after the point, beyond which numbers have exponents


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


def dump(value: Any) -> str:
    """JSON text with every number in full: decimals as numbers, bytes as 0x-hexadecimal.
    ValueError where a value has no such form.

    >>> dump({"price": Decimal("0.10"), "id": b"\\x01", "wei": 10**21})
    '{"price":0.10,"id":"0x01","wei":1000000000000000000000}'
    """
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(k))}:{dump(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dump, value)) + "]"
    if isinstance(value, bytes):
        return f'"0x{value.hex()}"'
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}" if abs(value.adjusted()) < WRITTEN_OUT else str(value)
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise ValueError(f"{type(value).__name__} has no form in JSON") from None


def complaint(text: str) -> str:
    """What a server says of its own error, where it says it in one of the usual ways."""
    try:
        said = load(text)
    except ValueError:
        said = None
    if isinstance(said, dict):
        error = said.get("error") or said.get("errorMessage") or text
        if isinstance(error, dict):
            error = error.get("message") or error.get("name") or text
        text = str(error)
    return printable(text)


def printable(text: str, length: int = 200) -> str:
    """One short line without control characters.

    >>> printable("a\\x1b[31m\\n b")
    'a [31m b'
    """
    shown = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * length])
    return " ".join(shown.split())[:length]
