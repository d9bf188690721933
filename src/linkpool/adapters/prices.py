# SPDX-License-Identifier: MIT
"""A small HTTP data source on this machine: prices that move a little with each question, the same
way each time.

    GET /ETH/USD           ->  {"ETH": {"USD": 2412.07}, "question": 3}
    GET /ETH/USD?after=15  ->  the same, 15 seconds later
    GET /ETH/USD?plus=20   ->  20 % too high
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from hashlib import blake2b
from typing import Final
from urllib.parse import parse_qsl

from linkpool.errors import PortInUse

HOST: Final = "127.0.0.1"
MAX_HEAD: Final = 8_192
TIMEOUT: Final = 10.0
SLOWEST: Final = 60
CENTS: Final = {("ETH", "USD"): 241_000, ("LINK", "USD"): 1_425, ("BTC", "USD"): 6_130_000}
PHRASES: Final = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}


def price(base: str, quote: str, question: int) -> int | None:
    """The price in cents at the n-th question: within two percent of a fixed one. None for an
    unknown pair.
    """
    around = CENTS.get((base, quote))
    if around is None:
        return None
    seed = blake2b(f"{base}/{quote}/{question}".encode(), digest_size=8).digest()
    width = around // 50
    return around - width + int.from_bytes(seed, "big") % (2 * width + 1)


class PriceSource:
    """The server; `async with PriceSource() as source` runs it on a free port."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.asked: Counter[tuple[str, str]] = Counter()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> PriceSource:
        try:
            self._server = await asyncio.start_server(self._serve, HOST, self.port, limit=MAX_HEAD)
        except OSError:
            text = f"port {self.port} is in use: choose another for the data source"
            raise PortInUse(text) from None
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                head = await reader.readuntil(b"\r\n\r\n")
            line = head.split(b"\r\n", 1)[0].decode("latin-1")
            wanted = _wanted(line)
            await asyncio.sleep(wanted["after"])
            async with asyncio.timeout(TIMEOUT):
                status, document = self._answer(line, plus=wanted["plus"])
                writer.write(_response(status, document))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # who asks badly or goes away gets no answer
        finally:
            writer.close()

    def _answer(self, line: str, *, plus: int = 0) -> tuple[int, dict[str, object]]:
        words = line.split(" ")
        if len(words) != 3:
            return 400, {"error": "not an HTTP request"}
        if words[0] != "GET":
            return 405, {"error": "only GET is answered"}
        base, _, quote = words[1].partition("?")[0].strip("/").partition("/")
        cents = price(base, quote, self.asked[base, quote] + 1)
        if cents is None:
            known = ", ".join("/" + "/".join(pair) for pair in CENTS)
            return 404, {"error": f"ask for one of {known}"}
        self.asked[base, quote] += 1
        cents += cents * plus // 100
        return 200, {base: {quote: cents / 100}, "question": self.asked[base, quote]}


def _wanted(line: str) -> dict[str, int]:
    """Of the query: by how many seconds late and percent too high the answer is to be."""
    given = dict(parse_qsl(line.split(" ")[1].partition("?")[2])) if " " in line else {}
    numbers = {name: given.get(name, "") for name in ("after", "plus")}
    return {n: min(int(t[:3]), SLOWEST) if t.isdecimal() else 0 for n, t in numbers.items()}


def _response(status: int, document: dict[str, object]) -> bytes:
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status} {PHRASES[status]}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
