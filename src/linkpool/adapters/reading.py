# SPDX-License-Identifier: MIT
"""Numbers out of other people's documents, exactly."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from linkpool.adapters.errors import AdapterError
from linkpool.net.document import load

NUMBER: Final = re.compile(r"[+-]?(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,3})?", re.ASCII)
LARGEST: Final = 60  # digits before the point, zeros after it


def document(text: str) -> Any:
    """AdapterError where it is no JSON."""
    try:
        return load(text)
    except ValueError as error:
        raise AdapterError(f"the answer is not JSON: {error}") from None


def at(content: Any, path: str) -> Any:
    """The value that a path leads to: keys and positions with commas between, as in jobs.

    >>> at({"data": [{"last": "1.5"}]}, "data,-1,last")
    '1.5'
    """
    here = content
    for step in path.split(",") if path else []:
        here = _step(here, step, path)
    return here


def _step(here: Any, step: str, path: str) -> Any:
    if isinstance(here, dict) and step in here:
        return here[step]
    if isinstance(here, list) and step.removeprefix("-").isdecimal():
        place = int(step[:12])
        if -len(here) <= place < len(here):
            return here[place]
    raise AdapterError(f"path {path[:100]!r}: the answer has no {step[:60]!r}")


def number(value: Any) -> Decimal:
    """A number, or text that is one. AdapterError where it is none, or out of all proportion.

    >>> number("0.10"), number(3)
    (Decimal('0.10'), Decimal('3'))
    """
    if isinstance(value, str) and NUMBER.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise AdapterError(f"expected a number, got {_kind(value)}")
    found = Decimal(value)
    if found and not -LARGEST <= found.adjusted() <= LARGEST:
        raise AdapterError("the number is out of range")
    return found


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
