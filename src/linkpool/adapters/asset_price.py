# SPDX-License-Identifier: MIT
"""asset-price: what several exchanges say an asset costs, weighted by volume, outliers left out."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator
from yarl import URL

from linkpool.adapters.errors import AdapterError
from linkpool.adapters.framework import Adapter, Endpoint, Parameters, Result, now_ms, parameter
from linkpool.adapters.reading import at, document, number
from linkpool.adapters.settings import AdapterSettings
from linkpool.adapters.vwap import EXACT, Ticker, volume_weighted
from linkpool.errors import UsageError
from linkpool.net import HttpClient, HttpError, Message, host_of

SYMBOL: Final = r"^[A-Za-z0-9]{1,20}$"


class Exchange(BaseModel):
    """Where one exchange shows its ticker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(
        description="address of a ticker: {BASE}, {QUOTE} or {base}, {quote} are put in"
    )
    price: str = Field(description="path to the price, as data,last")
    volume: str = Field(description="path to the volume of a day")
    volume_in_quote: bool = Field(
        default=False, description="the volume is in units of the quote, not of the base"
    )
    symbols: dict[str, str] = Field(
        default_factory=dict, description="assets that this exchange calls otherwise"
    )

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Exchange:
        try:
            self.address("A", "B")
        except (KeyError, IndexError, ValueError, AttributeError, HttpError):
            raise ValueError(
                "url: expected http://… with {BASE}, {QUOTE} or {base}, {quote}"
            ) from None
        return self

    def address(self, base: str, quote: str) -> str:
        base, quote = self.symbols.get(base, base), self.symbols.get(quote, quote)
        url = self.url.format(
            BASE=base.upper(), QUOTE=quote.upper(), base=base.lower(), quote=quote.lower()
        )
        host_of(url)
        return url


class AssetPriceSettings(AdapterSettings):
    """The file of an asset-price adapter."""

    exchanges: dict[str, Exchange] = Field(description="the exchanges by name")
    deviation: Decimal = Field(
        default=Decimal("0.05"),
        gt=0,
        lt=1,
        description="how far a price may be from the median of all, as a part of it",
    )
    minimum: int = Field(
        default=2, ge=1, description="how many exchanges have to agree for there to be a price"
    )


class Pair(Parameters):
    """What is priced in what."""

    base: str = parameter("base", "from", "coin", "asset", pattern=SYMBOL, description="the asset")
    quote: str = parameter(
        "quote", "to", "market", pattern=SYMBOL, description="what its price is in", default="USD"
    )


class AssetPrice:
    """Asks all exchanges at once."""

    def __init__(self, settings: AssetPriceSettings, http: HttpClient) -> None:
        if settings.minimum > len(settings.exchanges):
            raise UsageError(
                f"minimum: {settings.minimum} exchanges cannot agree, there are "
                f"{len(settings.exchanges)}"
            )
        self._settings = settings
        self._http = http

    async def answer(self, pair: Pair) -> Result:
        base, quote = pair.base.upper(), pair.quote.upper()
        requested = now_ms()
        names = list(self._settings.exchanges)
        found = await asyncio.gather(*(self._ticker(name, base, quote) for name in names))
        tickers = [one for one in found if isinstance(one, Ticker)]
        failures = [one for one in found if isinstance(one, str)]
        agreed = volume_weighted(
            tickers, deviation=self._settings.deviation, minimum=self._settings.minimum
        )
        warnings = [*failures, *agreed.warnings]
        if agreed.price is None:
            raise AdapterError(
                f"{len(agreed.used)} of {len(names)} exchanges have a price for {base}/{quote}, "
                f"{self._settings.minimum} are needed: {'; '.join(warnings)}"
            )
        data: dict[str, Any] = {
            "base": base,
            "quote": quote,
            "price": agreed.price,
            "exchanges": [
                {"name": one.exchange, "price": one.price, "volume": one.volume}
                for one in agreed.used
            ],
            "warnings": warnings,
        }
        return Result(value=agreed.price, data=data, requested=requested, received=now_ms())

    async def _ticker(self, name: str, base: str, quote: str) -> Ticker | str:
        """The ticker, or a line about why there is none."""
        exchange = self._settings.exchanges[name]
        url = exchange.address(base, quote)
        try:
            answer = await self._http.send(Message("GET", url), private=[host_of(url)])
            if answer.status >= 400:
                return f"{name}: answered {answer.status}"
            content = document(answer.text)
            price = number(at(content, exchange.price))
            volume = number(at(content, exchange.volume))
        except (HttpError, AdapterError) as error:
            return f"{name}: {error}"
        if exchange.volume_in_quote and price > 0:
            volume = EXACT.divide(volume, price)
        return Ticker(name, price, volume)


def build(settings: AssetPriceSettings, folder: Path, http: HttpClient) -> Adapter:
    source = AssetPrice(settings, http)
    endpoint = Endpoint(
        "price", Pair, source.answer, ("crypto", "ticker"), settings.max_age, ("base", "quote")
    )
    shown = {
        "exchanges": {
            name: URL(one.address("A", "B")).host for name, one in settings.exchanges.items()
        },
        "deviation": settings.deviation,
        "minimum": settings.minimum,
    }
    return Adapter(
        settings.name or "asset-price", [endpoint], overrides=settings.overrides, shown=shown
    )
