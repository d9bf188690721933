# SPDX-License-Identifier: MIT
"""What http and bridge have in common: a JSON body, headers, a deadline, and the reason that a
server gives for an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from linkpool.net.document import load, printable
from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call

LONGEST: Final = 600.0  # a run ends then anyway


def headers(call: Call) -> dict[str, str]:
    """The task's own headers; as in Chainlink they may replace the content type."""
    pairs = [] if call.raw("headers") is None else call.document("headers")
    if not isinstance(pairs, list) or len(pairs) % 2 or not all(isinstance(p, str) for p in pairs):
        raise TaskError("headers: expected a list of names and values in turn")
    named = {name.lower(): text for name, text in zip(pairs[::2], pairs[1::2], strict=True)}
    return {"content-type": "application/json"} | named


def patience(call: Call) -> float | None:
    """Seconds that the task gives the server; None leaves it to the settings."""
    if not call.raw("timeout"):
        return None
    return min(seconds(call.text("timeout")) or LONGEST, LONGEST)


def wire(value: Any) -> str:
    """JSON with every number in full: decimals as numbers, bytes as 0x-hexadecimal.

    >>> wire({"price": Decimal("0.10"), "id": b"\\x01", "wei": 10**21})
    '{"price":0.10,"id":"0x01","wei":1000000000000000000000}'
    """
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(k))}:{wire(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(wire, value)) + "]"
    if isinstance(value, bytes):
        return f'"0x{value.hex()}"'
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    if isinstance(value, TaskError):
        raise value
    try:
        return json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise TaskError(f"requestData: {type(value).__name__} has no form in JSON") from None


def reason(text: str) -> str:
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
