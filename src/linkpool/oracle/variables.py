# SPDX-License-Identifier: MIT
"""`$(task.field.0)`: how an attribute of a task refers to results of others.

A value that is nothing but a reference keeps its type (bytes, numbers of any size, maps). Inside
JSON every reference is replaced after parsing, so that no text of a requester can change the shape
of the document. What a job's text means is worked out once and kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from linkpool.net.document import load
from linkpool.oracle.errors import TaskError

REFERENCE: Final = re.compile(r"\$\(\s*([A-Za-z0-9_.\-]+)\s*\)")
MARK: Final = "\x00"
MAX_DIGITS: Final = 9  # of a place in a list
KEPT: Final = 4_096  # texts


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value is to be found."""

    path: str
    steps: tuple[str, ...]


@lru_cache(KEPT)
def references(text: str) -> tuple[str, ...]:
    """The paths a text refers to."""
    return tuple(REFERENCE.findall(text))


def value(text: str, variables: Mapping[str, Any]) -> Any:
    """The value of an attribute: of its reference, with its type, or the text itself."""
    found = _whole(text)
    return text if found is None else _followed(found, variables)


@lru_cache(KEPT)
def _whole(text: str) -> Reference | None:
    match = REFERENCE.fullmatch(text.strip())
    return _reference(match[1]) if match else None


def _reference(path: str) -> Reference:
    return Reference(path, tuple(path.split(".")))


def lookup(path: str, variables: Mapping[str, Any]) -> Any:
    """What a path leads to. A task that failed passes its failure on to whoever refers to it."""
    return _followed(_reference(path), variables)


def _followed(reference: Reference, variables: Mapping[str, Any], errors: bool = False) -> Any:
    here: Any = variables
    for step in reference.steps:
        here = _step(here, step, reference.path)
        if isinstance(here, TaskError):
            if errors:
                return here
            root = here.root or str(here)
            raise type(here)(f"$({reference.path}): {root}", root=root)
    return here


def _step(here: Any, step: str, path: str) -> Any:
    if isinstance(here, Mapping):
        if step in here:
            return here[step]
    elif isinstance(here, Sequence) and not isinstance(here, str | bytes) and step.isdecimal():
        if len(step) <= MAX_DIGITS and int(step) < len(here):
            return here[int(step)]
    raise TaskError(f"$({path}): there is no {step!r}")


def document(text: str, variables: Mapping[str, Any], *, errors: bool = False) -> Any:
    """A JSON attribute with its references resolved; or the value of the one reference it consists
    of. With `errors` a reference to a failed task becomes its error instead of raising it.
    """
    found = _whole(text)
    if found is not None:
        return _followed(found, variables, errors)
    return _resolved(template(text), variables, errors)


def whole_reference(text: str) -> bool:
    """True where a text is one reference and nothing else."""
    return _whole(text) is not None


def names_of(shape: Mapping[Any, Any]) -> frozenset[str]:
    """The names in a template's map."""
    return frozenset(str(name) for name in shape)


@lru_cache(KEPT)
def template(text: str) -> Any:
    """The parsed JSON with a Reference in the place of each; never changed afterwards."""
    try:
        marked = _marked(text)
        load(marked)  # bounds its depth
        return _prepared(json.loads(marked, parse_float=Decimal))
    except ValueError as error:
        raise TaskError(f"not JSON: {error}") from None


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


def _prepared(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: _prepared(inner) for key, inner in item.items()}
    if isinstance(item, list):
        return [_prepared(inner) for inner in item]
    if isinstance(item, str):
        return _reference(item[1:]) if item.startswith(MARK) else _whole(item) or item
    return item


def _resolved(item: Any, variables: Mapping[str, Any], errors: bool) -> Any:
    if isinstance(item, Reference):
        return _followed(item, variables, errors)
    if isinstance(item, dict):
        return {key: _resolved(inner, variables, errors) for key, inner in item.items()}
    if isinstance(item, list):
        return [_resolved(inner, variables, errors) for inner in item]
    return item
