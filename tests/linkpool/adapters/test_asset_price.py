# SPDX-License-Identifier: MIT
"""asset-price: several exchanges, some of them no good."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.linkpool.adapters.running import Running, play, running
from tests.linkpool.net.servers import INSIDE, Asked, Source, reply

GOOD = {"alpha": ("2000", "10"), "beta": ("2010", "30"), "gamma": ("2020", "10")}


def ticker(price: Any, volume: Any) -> bytes:
    return reply(json.dumps({"data": {"last": price, "volume": volume}}))


@asynccontextmanager
async def prices(
    folder: Path, answers: Mapping[str, bytes], *, settings: str = "minimum = 2", more: str = ""
) -> AsyncIterator[tuple[dict[str, Source], Running]]:
    """Exchanges alpha, beta and gamma, each answering in its way, and the adapter before them."""
    async with AsyncExitStack() as stack:
        sources, lines = {}, [settings, "max_age = 0", "[http]", "seconds = 0.5"]
        for name, (price, volume) in GOOD.items():
            raw = answers.get(name, ticker(price, volume))
            sources[name] = source = Source(lambda asked, raw=raw: raw, host=INSIDE)  # type: ignore[misc]
            await stack.enter_async_context(source)
            url = source.url("/t/{BASE}-{quote}", INSIDE)
            lines += [f"[exchanges.{name}]", f'url = "{url}"']
            lines += ['price = "data,last"', 'volume = "data,volume"']
        adapter = running("asset-price", folder, "\n".join([*lines, more]))
        yield sources, await stack.enter_async_context(adapter)


def test_the_price_counts_by_volume(tmp_path: Path) -> None:
    async def story() -> None:
        async with prices(tmp_path, {}) as (sources, adapter):
            status, body = await adapter.ask({"from": "eth", "to": "usd"})
            assert (status, body["result"]) == (200, 2010)
            assert body["data"] == {
                "base": "ETH",
                "quote": "USD",
                "price": 2010,
                "result": 2010,
                "warnings": [],
                "exchanges": [
                    {"name": name, "price": int(price), "volume": int(volume)}
                    for name, (price, volume) in GOOD.items()
                ],
            }
            assert [one.asked[0].path for one in sources.values()] == ["/t/ETH-usd"] * 3
            assert body["timestamps"]["providerDataReceivedUnixMs"] > 1.7e12

    play(story)


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (ticker("20000", "99999999"), "too far from the others'"),
        (ticker("0.0001", "1"), "too far from the others'"),
        (ticker("2000", "0"), "volume is not positive"),
        (ticker("2000", "-5"), "volume is not positive"),
        (ticker("0", "5"), "price is not positive"),
        (ticker("-2000", "5"), "price is not positive"),
        (ticker(None, "5"), "expected a number, got nothing"),
        (ticker("NaN", "5"), "expected a number"),
        (ticker(True, "5"), "expected a number"),
        (ticker([1], "5"), "expected a number"),
        (ticker("1e99", "5"), "out of range"),
        (reply('{"data": {"last": 2000}}'), "no 'volume'"),
        (reply("{}"), "no 'data'"),
        (reply("<html>sorry"), "not JSON"),
        (reply(""), "not JSON"),
        (reply("x" * 40_000), "longer than 32768 bytes"),
        (reply("no", 500), "answered 500"),
        (reply("", 302, "location: http://169.254.169.254/"), "not a public address"),
        (b"garbage\r\n\r\n", "not HTTP"),
    ],
)
def test_one_that_is_no_good_is_left_out(tmp_path: Path, raw: bytes, warning: str) -> None:
    async def story() -> None:
        async with prices(tmp_path, {"gamma": raw}) as (_, adapter):
            status, body = await adapter.ask({"base": "ETH"})
            assert (status, body["result"]) == (200, 2007.5)
            assert [one["name"] for one in body["data"]["exchanges"]] == ["alpha", "beta"]
            [said] = body["data"]["warnings"]
            assert said.startswith("gamma: ")
            assert warning in said

    play(story)


def test_a_slow_one_does_not_hold_up_the_others(tmp_path: Path) -> None:
    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async def story() -> None:
        async with prices(tmp_path, {}) as (sources, adapter):
            sources["gamma"].serve = silent
            status, body = await adapter.ask({"base": "ETH"})
            assert (status, body["result"]) == (200, 2007.5)
            assert "no answer in 0.5 s" in body["data"]["warnings"][0]

    play(story)


def test_too_few_are_no_price(tmp_path: Path) -> None:
    async def story() -> None:
        bad = {"beta": reply("", 500), "gamma": ticker("9999", "1")}
        async with prices(tmp_path, bad) as (_, adapter):
            text = await adapter.error({"base": "ETH"})
            assert text.startswith("0 of 3 exchanges have a price for ETH/USD, 2 are needed: ")
            assert "beta: answered 500" in text

    play(story)


@pytest.mark.parametrize(
    "data", [{}, {"base": "E/T"}, {"base": ".."}, {"base": "a" * 21}, {"base": 5}]
)
def test_a_pair_is_letters_and_digits(tmp_path: Path, data: Any) -> None:
    async def story() -> None:
        async with prices(tmp_path, {}) as (sources, adapter):
            assert "data.base" in await adapter.error(data, 400)
            assert all(source.connections == 0 for source in sources.values())

    play(story)


def test_exchanges_have_names_of_their_own_for_assets(tmp_path: Path) -> None:
    async def story() -> None:
        more = 'volume_in_quote = true\nsymbols = {WBTC = "XBT"}'
        overrides = 'minimum = 1\noverrides = {BTC = "WBTC"}'
        answers = {"gamma": ticker("2000", "20000")}
        async with prices(tmp_path, answers, settings=overrides, more=more) as (sources, adapter):
            _, body = await adapter.ask({"coin": "btc"})
            assert body["data"]["exchanges"][2] == {"name": "gamma", "price": 2000, "volume": 10}
            paths = [one.asked[0].path for one in sources.values()]
            assert paths == ["/t/WBTC-usd", "/t/WBTC-usd", "/t/XBT-usd"]

    play(story)
