# SPDX-License-Identifier: MIT
"""From linkpool.toml and the environment to values by name: `network`, `api.port`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from linkpool.errors import UsageError, reason_of
from linkpool.settings.sentences import unknown

PREFIX: Final = "LINKPOOL_"
NAMED: Final = f"{PREFIX}SETTINGS"  # the variable that names the file

_TESTS = ("LINKPOOL_FUZZ_", "LINKPOOL_HYPOTHESIS_")  # read by the test suite, not by the package


def groups(cls: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The nested models by name."""
    return {
        name: field.annotation
        for name, field in cls.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    }


def names(cls: type[BaseModel]) -> Iterator[str]:
    """Every setting: first those of no group."""
    nested = groups(cls)
    yield from (name for name in cls.model_fields if name not in nested)
    for group, model in nested.items():
        yield from (f"{group}.{key}" for key in model.model_fields)


def nested(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted name as the model takes them."""
    content: dict[str, Any] = {}
    for name, value in given.items():
        group, _, key = name.rpartition(".")
        (content.setdefault(group, {}) if group else content)[key] = value
    return content


def from_file(cls: type[BaseModel], path: Path) -> dict[str, Any]:
    """What a TOML file gives; UsageError for a name that is no setting."""
    known, within = set(names(cls)), groups(cls)
    given: dict[str, Any] = {}
    for key, value in _parsed(path).items():
        if key in within and not isinstance(value, dict):
            raise UsageError(f"setting {key} in {path.name}: expected a table, [{key}]")
        found = {f"{key}.{one}": value[one] for one in value} if key in within else {key: value}
        for name in found:
            if name not in known:
                raise UsageError(unknown(f"{name} in {path.name}", name, known))
        given |= found
    return given


def from_environment(
    cls: type[BaseModel], environ: Mapping[str, str]
) -> Iterator[tuple[str, Any, str]]:
    """Name, value and variable; UsageError for a LINKPOOL_ one that is no setting."""
    known = {PREFIX + name.replace(".", "_").upper(): name for name in names(cls)}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable.startswith(_TESTS) or variable == NAMED:
            continue
        if variable not in known:
            key = variable.removeprefix(PREFIX)
            raise UsageError(unknown(variable, key, {one.removeprefix(PREFIX) for one in known}))
        name = known[variable]
        yield name, _parts(text) if _is_list(cls, name) else text, variable


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise UsageError(f"{path} is not readable: {reason_of(error)}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not readable: it is no text file") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not readable: {error}") from None


def _is_list(cls: type[BaseModel], name: str) -> bool:
    group, _, key = name.rpartition(".")
    model = groups(cls)[group] if group else cls
    return str(model.model_fields[key].annotation).startswith(("tuple", "list"))


def _parts(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]
