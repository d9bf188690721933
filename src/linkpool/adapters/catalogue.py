# SPDX-License-Identifier: MIT
"""The adapters that come with the package, from a settings file to a server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from linkpool.adapters import aggregator, asset_price, generic
from linkpool.adapters.framework import Adapter
from linkpool.adapters.server import Doors, application
from linkpool.adapters.settings import AdapterSettings, first_line, read
from linkpool.errors import UsageError
from linkpool.net import HttpClient, HttpError, host_of


@dataclass(frozen=True, slots=True)
class Kind:
    """An adapter that can be run: its settings and what makes it."""

    settings: type[AdapterSettings]
    build: Callable[[Any, Path, HttpClient], Adapter]
    what: str


KINDS: Final[Mapping[str, Kind]] = {
    "api-aggregator": Kind(
        aggregator.AggregatorSettings,
        aggregator.build,
        "median, mean or mode of what several APIs say",
    ),
    "asset-price": Kind(
        asset_price.AssetPriceSettings,
        asset_price.build,
        "volume-weighted price over several exchanges, outliers left out",
    ),
    "generic": Kind(
        generic.GenericSettings, generic.build, "one HTTP API behind a key of the operator's"
    ),
}


def from_file(name: str, file: Path) -> FastAPI:
    """UsageError where the name is unknown or the file is wrong."""
    kind = KINDS.get(name)
    if kind is None:
        raise UsageError(f"there is no adapter {name!r}: choose one of {', '.join(KINDS)}")
    settings = read(kind.settings, file)
    folder = file.parent
    try:
        doors = Doors(
            token=_token(settings.token_file, folder),
            answer_token=_token(settings.answer_token_file, folder),
            nodes=tuple(node for node in settings.nodes if host_of(node)),
        )
        http = HttpClient(settings.http)
        return application(kind.build(settings, folder, http), http, doors)
    except (UsageError, HttpError) as error:
        raise UsageError(f"{file}: {error}") from None


def _token(file: Path | None, folder: Path) -> str | None:
    return None if file is None else first_line(folder / file.expanduser())
