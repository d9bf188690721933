# SPDX-License-Identifier: MIT
"""Settings written as the file they could have come from."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any


def document(values: Iterable[tuple[str, Any]]) -> str:
    """TOML of values by name, groups as tables; those of no group come first."""
    lines: list[str] = []
    for group, members in groupby(values, lambda one: one[0].rpartition(".")[0]):
        if group:
            lines += ["", f"[{group}]"]
        for name, value in members:
            key = name.rpartition(".")[2]
            lines.append(f"# {key} is not set" if value is None else f"{key} = {_text(value)}")
    return "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return json.dumps(str(value))
