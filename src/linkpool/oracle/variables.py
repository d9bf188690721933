# SPDX-License-Identifier: MIT
"""`$(task.field.0)`: how an attribute of a task refers to results of others.

A value that is nothing but a reference keeps its type (bytes, numbers of any size, maps). Inside
JSON every reference is replaced after parsing, so that no text of a requester can change the shape
of the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from linkpool.oracle.errors import TaskError

REFERENCE: Final = re.compile(r"\$\(\s*([A-Za-z0-9_.\-]+)\s*\)")
MARK: Final = "\x00"


def references(text: str) -> list[str]:
    """The paths a text refers to."""
    return REFERENCE.findall(text)


def value(text: str, variables: Mapping[str, Any]) -> Any:
    """The value of an attribute: of its reference, with its type, or the text itself."""
    whole = REFERENCE.fullmatch(text.strip())
    return lookup(whole[1], variables) if whole else text


def lookup(path: str, variables: Mapping[str, Any]) -> Any:
    """What a path leads to. A task that failed passes its failure on to whoever refers to it."""
    here: Any = variables
    for step in path.split("."):
        here = _step(here, step, path)
        if isinstance(here, TaskError):
            raise TaskError(f"$({path}): {here}")
    return here


def _step(here: Any, step: str, path: str) -> Any:
    if isinstance(here, Mapping):
        if step in here:
            return here[step]
    elif isinstance(here, Sequence) and not isinstance(here, str | bytes) and step.isdecimal():
        if int(step) < len(here):
            return here[int(step)]
    raise TaskError(f"$({path}): there is no {step!r}")


def document(text: str, variables: Mapping[str, Any]) -> Any:
    """A JSON attribute with its references resolved; or the value of the one reference it consists
    of.
    """
    if REFERENCE.fullmatch(text.strip()):
        return value(text, variables)
    try:
        parsed = json.loads(_marked(text), parse_float=Decimal)
    except ValueError as error:
        raise TaskError(f"not JSON: {error}") from None
    return _resolved(parsed, variables)


def _marked(text: str) -> str:
    """The text with each reference outside a JSON string made a JSON string of its own."""
    parts: list[str] = []
    at, quoted = 0, False
    while at < len(text):
        match = None if quoted else REFERENCE.match(text, at)
        if match:
            parts.append(json.dumps(MARK + match[1]))
            at = match.end()
            continue
        step = 2 if quoted and text[at] == "\\" else 1
        quoted ^= text[at] == '"'
        parts.append(text[at : at + step])
        at += step
    return "".join(parts)


def _resolved(item: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(item, dict):
        return {key: _resolved(inner, variables) for key, inner in item.items()}
    if isinstance(item, list):
        return [_resolved(inner, variables) for inner in item]
    if isinstance(item, str) and item.startswith(MARK):
        return lookup(item[1:], variables)
    return value(item, variables) if isinstance(item, str) else item
