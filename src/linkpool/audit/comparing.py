# SPDX-License-Identifier: MIT
"""Where two endpoints say different things about one block; pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from linkpool.audit.facts import Facts
from linkpool.audit.words import one_line

_SHOWN = 60  # characters of a value


def differences(one: Facts, other: Facts) -> list[str]:
    """One line for each fact that differs; empty where they agree on all."""
    return [one_line(text) for text in _within("", one, other)]


def _within(at: str, one: Any, other: Any) -> Iterator[str]:
    if type(one) is not type(other):
        yield f"{at}: {_shown(one)} and {_shown(other)}"
    elif dataclasses.is_dataclass(one) and not isinstance(one, type):
        for field in dataclasses.fields(one):
            way = f"{at}.{field.name}" if at else field.name
            yield from _within(way, getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, Mapping):
        for key in dict.fromkeys([*one, *other]):
            yield from _within(f"{at}[{key}]", one.get(key), other.get(key))
    elif isinstance(one, tuple):
        if len(one) != len(other):
            yield f"{at}: {len(one)} and {len(other)}"
        for number, pair in enumerate(zip(one, other, strict=False)):
            yield from _within(f"{at}[{number}]", *pair)
    elif one != other:
        yield f"{at}: {_shown(one)} and {_shown(other)}"


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes, 0x{value[:8].hex()}…"
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
