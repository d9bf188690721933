# SPDX-License-Identifier: MIT
"""The TOML file of an adapter. Secrets are in files of their own, named here."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from linkpool.errors import UsageError, reason_of
from linkpool.net import HttpLimits

S = TypeVar("S", bound="AdapterSettings")


class Secret(BaseModel):
    """What is sent to a source: a secret is the first line of a file, anything else a value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: str | None = Field(default=None, description="text that is no secret")
    file: Path | None = Field(default=None, description="file that holds the secret")
    prefix: str = Field(default="", description='what is put before it, as in "Bearer "')

    def secret(self, folder: Path) -> str | None:
        """UsageError where the file has none."""
        return None if self.file is None else first_line(folder / self.file.expanduser())

    def text(self, folder: Path) -> str:
        """As it is sent; UsageError where there is nothing to send."""
        found = self.secret(folder) or self.value
        if found is None:
            raise UsageError("a header or parameter needs `value` or `file`")
        return self.prefix + found


class AdapterSettings(BaseModel):
    """What every adapter knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(default=None, description="what it is called in answers and metrics")
    max_age: float = Field(
        default=5, ge=0, le=86_400, description="seconds for which an answer serves again"
    )
    token_file: Path | None = Field(
        default=None,
        description="file with the token that nodes have to show (the bridge's outgoing token)",
    )
    answer_token_file: Path | None = Field(
        default=None,
        description="file with the token that is shown to nodes when answering later "
        "(the bridge's incoming token)",
    )
    nodes: tuple[str, ...] = Field(
        default=(),
        description="addresses of the nodes to which answers may be sent later, as "
        "http://127.0.0.1:8001; without one every request is answered at once",
    )
    overrides: dict[str, str] = Field(
        default_factory=dict, description="symbols as the source calls them"
    )
    http: HttpLimits = Field(
        default_factory=HttpLimits, description="bounds of requests to the sources"
    )


def read(kind: type[S], file: Path) -> S:
    """UsageError, one line, for whatever is wrong with it."""
    try:
        content: dict[str, Any] = tomllib.loads(file.read_text())
    except OSError as error:
        raise UsageError(f"{file}: {reason_of(error)}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{file} is not readable: {error}") from None
    try:
        return kind(**content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{file}: {where}: {first['msg']}") from None


def first_line(file: Path) -> str:
    """Of a file with a secret; UsageError where it has none."""
    try:
        lines = file.read_text().strip().splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file} cannot be read: check its name and permissions") from None
    if not lines:
        raise UsageError(f"{file} is empty")
    return lines[0]
