# SPDX-License-Identifier: MIT
"""What an answer costs now, for the profitability gate: the chain's fee, and the price of ETH in
LINK from the settings or from a data source.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from linkpool.chain.connection import Connection
from linkpool.errors import LinkPoolError
from linkpool.net import Message
from linkpool.net.document import load
from linkpool.oracle.errors import TaskError
from linkpool.oracle.runs.gate import Costs
from linkpool.oracle.runs.limits import RunLimits
from linkpool.oracle.world import HttpClient
from linkpool.telemetry import logger

LOG: Final = logger("oracle.prices")
SECONDS: Final = 15.0
BYTES: Final = 32_768


class Prices:
    """Asks no more often than the settings say."""

    def __init__(self, connection: Connection, http: HttpClient, limits: RunLimits) -> None:
        self._connection = connection
        self._http = http
        self._limits = limits
        self._price = limits.link_per_ether
        self._asked = 0.0

    async def costs(self, now: float) -> Costs | None:
        """None where the gate is off, or no price is known: a source that is down stops nobody."""
        limits = self._limits
        if not limits.gate:
            return None
        if limits.price_url is not None and now - self._asked >= limits.price_seconds:
            self._asked = now
            await self._ask(limits.price_url)
        if self._price is None:
            return None
        fees = await self._connection.fees()
        return Costs(
            gas=limits.gate_gas,
            fee=fees.expected,
            link_per_ether=self._price,
            margin=limits.gate_margin,
        )

    async def _ask(self, url: str) -> None:
        try:
            answer = await self._http.send(
                Message("GET", url), unrestricted=True, limit=SECONDS, max_bytes=BYTES
            )
            self._price = price(answer.text, self._limits.price_path)
        except LinkPoolError as error:
            LOG.warning("price.unknown", why=str(error), kept=str(self._price))


def price(text: str, path: str) -> Decimal:
    """The number at `path` (names and indices with commas between them)."""
    try:
        found: Any = load(text)
    except ValueError as error:
        raise TaskError(f"the price source says no JSON: {error}") from None
    for part in filter(None, path.split(",")):
        try:
            found = found[int(part)] if isinstance(found, list) else found[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise TaskError(f"the price source has nothing at {path}") from None
    try:
        value = Decimal(str(found))
    except InvalidOperation:
        raise TaskError(f"the price source has no number at {path}") from None
    if not value.is_finite() or value <= 0:
        raise TaskError(f"the price source says {value}")
    return value
