# SPDX-License-Identifier: MIT
"""jsonparse: one value out of a JSON document. Fractions stay decimals; they are read as a
Chainlink node reads them.
"""

from __future__ import annotations

from typing import Any, Final

from linkpool.net.document import load
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call

MAX_PLACE: Final = 9  # digits


def parse_json(call: Call) -> Any:
    """What `path` leads to: the whole document where it is empty; null instead of an error where
    nothing is there and the task is `lax`.
    """
    path = call.required("path") if call.raw("path") is not None else ""
    lax = call.flag("lax", False)
    document = _load(call.value("data"))
    for step in _steps(path, call.task.attributes.get("separator") or ","):
        found = _inside(document, step)
        if found is _MISSING and not lax:
            raise TaskError(f"path {_shown(path)}: the answer has no {step!r}")
        if found is _MISSING:
            return None
        document = found
    return document


class _Missing:
    pass


_MISSING = _Missing()


def _load(data: Any) -> Any:
    if not isinstance(data, str | bytes):
        return data
    text = data.decode(errors="replace") if isinstance(data, bytes) else data
    if not text.strip():
        raise TaskError("the answer is empty")
    try:
        return load(text)
    except ValueError as error:
        raise TaskError(f"the answer is not JSON: {error}") from None


def _steps(path: Any, separator: str) -> list[str]:
    if isinstance(path, list | tuple):
        return [str(step) for step in path]
    if isinstance(path, bytes):
        path = path.decode(errors="replace")
    if not isinstance(path, str):
        raise TaskError(f"path: expected text or a list, got {type(path).__name__}")
    return path.split(separator) if path else []


def _shown(path: Any) -> str:
    return repr(path)[:100]


def _inside(document: Any, step: str) -> Any:
    """A map's value or a list's element; negative positions count from the end."""
    if isinstance(document, dict):
        return document.get(step, _MISSING)
    digits = step.removeprefix("-")
    if isinstance(document, list) and digits.isdecimal() and len(digits) <= MAX_PLACE:
        place = int(step)
        if -len(document) <= place < len(document):
            return document[place]
    return _MISSING
