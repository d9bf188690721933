# SPDX-License-Identifier: MIT
"""An external adapter: endpoints with typed parameters, answered from a source or from a cache.

    class Pair(Parameters):
        base: str = parameter("base", "from", "coin", description="what is priced")

    async def price(pair: Pair) -> Result:
        ...

    Adapter("prices", [Endpoint("price", Pair, price, max_age=5)])

How it is asked over HTTP is in `server`. Whoever asks the same while it is being found out waits
for that answer.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from linkpool.adapters.cache import Cache
from linkpool.adapters.errors import AdapterError, wrong
from linkpool.net import HttpError
from linkpool.net.document import dump, printable

MAX_TEXT: Final = 1_000


class Parameters(BaseModel):
    """What an endpoint is asked with; other fields of a request are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", str_max_length=MAX_TEXT)


def parameter(*names: str, description: str, **rules: Any) -> Any:
    """A field of Parameters: its name, and others under which it is known."""
    return Field(validation_alias=AliasChoices(*names), description=description, **rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`data` is shown beside the result; moments are milliseconds since 1970."""

    value: Any
    data: Mapping[str, Any] = field(default_factory=dict)
    requested: int | None = None
    received: int | None = None
    indicated: int | None = None
    """When the source says that it knew."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One question that the adapter answers. `max_age`: seconds for which an answer serves again.
    `symbols`: parameters whose values `overrides` translates.
    """

    name: str
    parameters: type[Parameters]
    answer: Callable[[Any], Awaitable[Result]]
    aliases: tuple[str, ...] = ()
    max_age: float = 0.0
    symbols: tuple[str, ...] = ()


class Adapter:
    """The first endpoint is the one that a request means when it names none."""

    def __init__(
        self,
        name: str,
        endpoints: Sequence[Endpoint],
        *,
        overrides: Mapping[str, str] | None = None,
        shown: Mapping[str, Any] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.endpoints = tuple(endpoints)
        self.overrides = dict(overrides or {})
        self.shown = dict(shown or {})
        """Settings that /status shows: no secrets."""
        self.cache: Cache[Result] = Cache(clock)

    async def answer(self, data: Mapping[str, Any]) -> Result:
        """AdapterError where a request is wrong or its source fails."""
        endpoint = self.endpoint(data.get("endpoint"))
        given = self._parsed(endpoint, data)
        key = dump([endpoint.name, given.model_dump(mode="json")])
        try:
            return await self.cache.get(key, endpoint.max_age, lambda: endpoint.answer(given))
        except HttpError as error:
            raise AdapterError(str(error)) from None

    def endpoint(self, name: Any) -> Endpoint:
        if name is None:
            return self.endpoints[0]
        for endpoint in self.endpoints:
            if str(name).lower() in (endpoint.name, *endpoint.aliases):
                return endpoint
        known = ", ".join(endpoint.name for endpoint in self.endpoints)
        raise wrong(f"endpoint {printable(str(name), 40)!r}: expected one of {known}")

    def _parsed(self, endpoint: Endpoint, data: Mapping[str, Any]) -> Parameters:
        given = _checked(endpoint, data)
        overrides = self.overrides | _overrides(data, self.name)
        changed = {
            name: overrides[text]
            for name in endpoint.symbols
            if (text := str(getattr(given, name)).upper()) in overrides
        }
        return _checked(endpoint, {**data, **_renamed(endpoint, changed)}) if changed else given


def _checked(endpoint: Endpoint, data: Mapping[str, Any]) -> Parameters:
    try:
        return endpoint.parameters.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise wrong(printable(f"data.{where}: {first['msg']}")) from None


def _overrides(data: Mapping[str, Any], name: str) -> dict[str, str]:
    """Those of the request: {"overrides": {"<adapter>": {"SYMBOL": "as the source calls it"}}}."""
    given = data.get("overrides")
    mine = given.get(name) if isinstance(given, Mapping) else None
    if not isinstance(mine, Mapping):
        return {}
    return {str(symbol).upper(): str(other) for symbol, other in mine.items()}


def _renamed(endpoint: Endpoint, changed: Mapping[str, str]) -> dict[str, str]:
    """By the name that is looked for first."""
    names = {}
    for name, value in changed.items():
        alias = endpoint.parameters.model_fields[name].validation_alias
        first = alias.choices[0] if isinstance(alias, AliasChoices) else name
        names[str(first)] = value
    return names


def now_ms() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)
