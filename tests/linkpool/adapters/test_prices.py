# SPDX-License-Identifier: MIT
"""The bundled data source."""

import asyncio
import json

import pytest

from linkpool.adapters.prices import CENTS, PriceSource, price
from linkpool.errors import PortInUse
from tests.linkpool.awaited import awaited


async def said(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await writer.drain()
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


def test_prices_vary_a_little_and_the_same_way_each_time() -> None:
    for (base, quote), around in CENTS.items():
        asked = [price(base, quote, question) or 0 for question in range(200)]
        assert len(set(asked)) > 20
        assert all(abs(cents - around) * 50 <= around for cents in asked)
    assert [price("ETH", "USD", n) for n in (1, 2)] == [243_821, 236_936]
    assert price("ETH", "ZZZ", 1) is None


@awaited
async def test_it_answers_what_is_asked_and_refuses_the_rest() -> None:
    async with PriceSource() as source:
        good = await said(source.port, b"GET /LINK/USD?x=1 HTTP/1.1\r\nhost: x\r\n\r\n")
        head, _, body = good.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        cents = price("LINK", "USD", 1) or 0
        assert json.loads(body) == {"LINK": {"USD": cents / 100}, "question": 1}
        for request, status in (
            (b"GET /nothing HTTP/1.1\r\n\r\n", b"404"),
            (b"POST /LINK/USD HTTP/1.1\r\n\r\n", b"405"),
            (b"hello\r\n\r\n", b"400"),
        ):
            assert (await said(source.port, request)).split(b" ")[1] == status
        assert await said(source.port, b"GET /LINK") == b""
        assert await said(source.port, b"x" * 20_000) == b""
        plus = await said(source.port, b"GET /LINK/USD?plus=20&after=x HTTP/1.1\r\n\r\n")
        cents = price("LINK", "USD", 2) or 0
        answer = json.loads(plus.partition(b"\r\n\r\n")[2])
        assert answer["LINK"]["USD"] == (cents + cents // 5) / 100
        with pytest.raises(PortInUse, match=f"port {source.port} is in use"):
            async with PriceSource(source.port):
                pass


@awaited
async def test_it_is_slow_where_it_is_asked_to_be() -> None:
    async with PriceSource() as source:
        slow = said(source.port, b"GET /LINK/USD?after=1 HTTP/1.1\r\n\r\n")
        waiting = asyncio.create_task(slow)
        fast = await said(source.port, b"GET /ETH/USD?after=0 HTTP/1.1\r\n\r\n")
        assert fast.startswith(b"HTTP/1.1 200 OK")
        assert not waiting.done()
        assert (await waiting).startswith(b"HTTP/1.1 200 OK")
