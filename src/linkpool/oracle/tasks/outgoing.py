# SPDX-License-Identifier: MIT
"""What http and bridge have in common: body, headers and deadline."""

from __future__ import annotations

from typing import Final

from linkpool.net.document import dump
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


def body(call: Call) -> bytes | None:
    """`requestData` as it goes out; None where there is none."""
    if call.raw("requestdata") is None:
        return None
    try:
        return dump(call.document("requestdata")).encode()
    except ValueError as error:
        raise TaskError(f"requestData: {error}") from None
