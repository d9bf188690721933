# SPDX-License-Identifier: MIT
"""What an external adapter's answer means: pure.

Errors come in three shapes: the status of HTTP; `statusCode`, `providerStatusCode` or `error` in
the body; `"status": "errored"`. A body that is not JSON is passed on as it is, and fails where
something is looked for in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from linkpool.net import Answer
from linkpool.net.document import complaint, load, printable
from linkpool.oracle.errors import TaskError

PENDING: Final = "x-chainlink-pending"
GOOD: Final = ("200", "None")


@dataclass(frozen=True, slots=True)
class Said:
    """A good answer; `pending`: the result comes later."""

    text: str
    pending: bool


def said(answer: Answer) -> Said:
    """TaskError where the adapter reports an error."""
    body = _object(answer.text)
    failed = str(body.get("status")).lower() == "errored" or bool(body.get("error"))
    pending = PENDING in answer.headers or body.get("pending") is True
    if answer.status >= 400 or failed:
        raise TaskError(f"answered {_code(answer, body)}: {complaint(answer.text)}")
    if not pending and _code(answer, body) != str(answer.status):
        raise TaskError(f"answered {_code(answer, body)}: {complaint(answer.text)}")
    return Said(answer.text, pending)


def _object(text: str) -> Mapping[str, Any]:
    try:
        body = load(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _code(answer: Answer, body: Mapping[str, Any]) -> str:
    """The status of the source, of the adapter, or of the request, whichever is the first bad
    one.
    """
    codes = (body.get("providerStatusCode"), body.get("statusCode"))
    bad = (printable(str(code), 20) for code in codes if str(code) not in GOOD)
    return next(bad, str(answer.status))
