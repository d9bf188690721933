# SPDX-License-Identifier: MIT
"""api-aggregator: one number out of several APIs, whose addresses the job or the requester gives.

Requesters may have a part in the addresses, so that private ones are only for the hosts that the
operator lists in `private_hosts`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from pydantic import Field

from linkpool.adapters.errors import AdapterError, wrong
from linkpool.adapters.framework import Adapter, Endpoint, Parameters, Result, now_ms, parameter
from linkpool.adapters.reading import at, document, number
from linkpool.adapters.settings import AdapterSettings
from linkpool.adapters.vwap import EXACT, PLACES, median
from linkpool.net import HttpClient, HttpError, Message
from linkpool.net.document import complaint


class AggregatorSettings(AdapterSettings):
    """The file of an api-aggregator."""

    most: int = Field(default=10, ge=1, le=50, description="how many APIs one request may name")
    private_hosts: tuple[str, ...] = Field(
        default=(), description="hosts that may be asked although their addresses are private"
    )


class Sources(Parameters):
    """What is asked of whom."""

    urls: list[str] = parameter(
        "urls", "api", "apis", min_length=1, max_length=50, description="addresses of the APIs"
    )
    paths: str | list[str] = parameter(
        "paths", "path", description="path to the number: one for all, or one for each", default=""
    )
    aggregation: str = parameter(
        "aggregation",
        "aggregationType",
        description="median, mean or mode",
        default="median",
    )
    minimum: int | None = parameter(
        "minimum",
        "minimumAnswers",
        ge=1,
        le=50,
        description="how many have to answer; more than half where nothing is said",
        default=None,
    )


def mean(values: Sequence[Decimal]) -> Decimal:
    """18 decimals, rounded half to even."""
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return EXACT.divide(total, Decimal(len(values))).quantize(PLACES, context=EXACT)


def mode(values: Sequence[Decimal]) -> Decimal:
    """The value given most often; of several such the lowest."""
    counted = Counter(values)
    return min(counted, key=lambda value: (-counted[value], value))


HOW: Final[Mapping[str, Callable[[Sequence[Decimal]], Decimal]]] = {
    "median": median,
    "mean": mean,
    "mode": mode,
}


class Aggregator:
    """Asks all at once."""

    def __init__(self, settings: AggregatorSettings, http: HttpClient) -> None:
        self._settings = settings
        self._http = http

    async def answer(self, sources: Sources) -> Result:
        count = len(sources.urls)
        how = HOW.get(sources.aggregation.lower())
        if how is None:
            raise wrong(f"aggregation: expected one of {', '.join(HOW)}")
        if count > self._settings.most:
            raise wrong(f"urls: at most {self._settings.most}, got {count}")
        minimum = sources.minimum or count // 2 + 1
        if minimum > count:
            raise wrong(f"minimum: {minimum} of {count} cannot answer")
        paths = [sources.paths] * count if isinstance(sources.paths, str) else sources.paths
        if len(paths) != count:
            raise wrong(f"paths: expected one, or {count}, got {len(paths)}")
        requested = now_ms()
        found = await asyncio.gather(*map(self._one, sources.urls, paths))
        values = [one for one in found if isinstance(one, Decimal)]
        warnings = [f"{place}: {one}" for place, one in enumerate(found, 1) if isinstance(one, str)]
        if len(values) < minimum:
            raise AdapterError(
                f"{len(values)} of {count} APIs answered, {minimum} are needed: "
                f"{'; '.join(warnings)}"
            )
        result = how(values).normalize(EXACT)
        data = {"values": values, "aggregation": sources.aggregation.lower(), "warnings": warnings}
        return Result(value=result, data=data, requested=requested, received=now_ms())

    async def _one(self, url: str, path: str) -> Decimal | str:
        """The number, or why there is none."""
        private = self._settings.private_hosts
        try:
            answer = await self._http.send(Message("GET", url), private=private)
            if answer.status >= 400:
                return f"answered {answer.status}: {complaint(answer.text)}"
            return number(at(document(answer.text), path))
        except (HttpError, AdapterError) as error:
            return str(error)


def build(settings: AggregatorSettings, folder: Path, http: HttpClient) -> Adapter:
    aggregator = Aggregator(settings, http)
    endpoint = Endpoint(
        "aggregate", Sources, aggregator.answer, ("api-aggregator",), settings.max_age
    )
    shown = {"most": settings.most, "private_hosts": settings.private_hosts}
    return Adapter(
        settings.name or "api-aggregator", [endpoint], overrides=settings.overrides, shown=shown
    )
