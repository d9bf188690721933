# SPDX-License-Identifier: MIT
"""What is wrong with a setting, in one sentence that says what is expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

NEAR: Final = 0.75  # below, a suggestion misleads

_EXPECTED: Final[dict[str, str]] = {
    "string_type": "expected text",
    "path_type": "expected the name of a file or folder",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "model_type": "expected a table",
    "missing": "it has to be given",
}
_NAMES: Final[dict[Any, str]] = {
    int: "whole number",
    float: "number",
    Decimal: "number",
    bool: "`true` or `false`",
    Path: "path",
}
_KINDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
}
_BOUNDS: Final = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
    "multiple_of": ("multiple_of", "a multiple of"),
}


def sentence(problem: Mapping[str, Any]) -> str:
    """One of pydantic's errors in our words."""
    kind, context = str(problem["type"]), problem.get("ctx", {})
    if kind == "literal_error":
        expected = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        return f"expected one of {expected}"
    if kind == "value_error":
        return str(context["error"])
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        bound = float(context[key])
        return f"expected {words} {int(bound) if bound.is_integer() else bound}"
    if kind in ("finite_number", "int_from_float"):
        return "expected " + _KINDS["float" if kind == "finite_number" else "int"]
    family = kind.partition("_")[0]
    if family in _KINDS:
        return f"expected {_KINDS[family]}"
    return _EXPECTED.get(kind, str(problem["msg"]).lower())


def kind(field: FieldInfo) -> str:
    """What a setting holds, with its bounds: `whole number, 0 to 65535`."""
    annotation = field.annotation
    several = get_origin(annotation) is tuple
    parts = [one for one in get_args(annotation) if one not in (type(None), Ellipsis)]
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(f"`{one}`" for one in parts)
    plain = parts[0] if parts else annotation
    name = _NAMES.get(plain, "text")
    return ("list of " if several else "") + name + _bounds(field)


def _bounds(field: FieldInfo) -> str:
    given = {
        key: getattr(one, key)
        for one in field.metadata
        for key, _ in _BOUNDS.values()
        if getattr(one, key, None) is not None
    }
    if "ge" in given and "le" in given:
        return f", {given['ge']} to {given['le']}"
    words = dict(_BOUNDS.values())
    return "".join(f", {words[key]} {bound}" for key, bound in given.items())


def unknown(shown: str, name: str, known: Iterable[str]) -> str:
    """A name that is no setting, with the nearest one where that is near."""
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=NEAR)
    more = (
        f"did you mean {nearest[0].lower()}?"
        if nearest
        else "`linkpool config show` lists them all"
    )
    return f"unknown setting {shown}: {more}"
