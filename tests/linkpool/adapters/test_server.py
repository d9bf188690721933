# SPDX-License-Identifier: MIT
"""What every adapter does, whatever it is asked: on one that says what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from linkpool.adapters.errors import AdapterError
from linkpool.adapters.framework import Adapter, Endpoint, Parameters, Result, parameter
from linkpool.adapters.later import Later
from linkpool.adapters.server import Doors, application
from linkpool.adapters.serving import serving
from linkpool.errors import PortInUse, UsageError
from linkpool.net import HttpClient
from tests.linkpool.adapters.running import Running, play
from tests.linkpool.net.servers import INSIDE, Asked, Source, reply


class Words(Parameters):
    word: str = parameter("word", "text", max_length=10, description="what is said")
    times: int = parameter("times", ge=1, le=9, description="how often", default=1)


class Echo:
    def __init__(self) -> None:
        self.asked: list[Words] = []
        self.go = asyncio.Event()
        self.go.set()

    async def say(self, words: Words) -> Result:
        self.asked.append(words)
        await self.go.wait()
        if words.word == "fail":
            raise AdapterError("the source\x1b[2J is away", 502, 503)
        return Result(
            value=words.word * words.times,
            data={"length": len(words.word)},
            requested=1,
            received=2,
            indicated=0,
        )

    async def shout(self, words: Words) -> Result:
        return Result(value=words.word.upper())


@asynccontextmanager
async def echo(doors: Doors | None = None) -> AsyncIterator[tuple[Echo, Running]]:
    source = Echo()
    adapter = Adapter(
        "echo",
        [
            Endpoint("say", Words, source.say, ("repeat",), 60, ("word",)),
            Endpoint("shout", Words, source.shout),
        ],
        overrides={"ETH": "WETH"},
        shown={"kind": "test"},
    )
    async with HttpClient() as http:
        async with serving(application(adapter, HttpClient(), doors)) as url:
            yield source, Running(url, http)


def test_a_good_answer_has_every_field_that_jobs_look_for() -> None:
    async def story() -> None:
        async with echo() as (_, adapter):
            status, body = await adapter.ask({"word": "ab", "times": 2}, meta={"x": 1}, more=1)
            assert (status, body) == (
                200,
                {
                    "jobRunID": "7",
                    "data": {"length": 2, "result": "abab"},
                    "result": "abab",
                    "statusCode": 200,
                    "timestamps": {
                        "providerDataRequestedUnixMs": 1,
                        "providerDataReceivedUnixMs": 2,
                        "providerIndicatedTimeUnixMs": 0,
                    },
                },
            )
            for identity in ({"jobRunID": "9"}, {"id": "9"}):
                raw = await adapter.raw(json.dumps({**identity, "data": {"word": "a"}}).encode())
                assert json.loads(raw.text)["jobRunID"] == "9"

    play(story)


def test_endpoints_and_parameters_have_other_names() -> None:
    async def story() -> None:
        async with echo() as (_, adapter):
            assert await adapter.result({"endpoint": "SHOUT", "text": "a"}) == "A"
            assert await adapter.result({"endpoint": "Repeat", "text": "a"}) == "a"
            text = await adapter.error({"endpoint": "sing", "word": "a"}, 400)
            assert text == "endpoint 'sing': expected one of say, shout"

    play(story)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, "data.word: Field required"),
        ({"word": 5}, "data.word: Input should be a valid string"),
        ({"word": "a" * 11}, "at most 10 characters"),
        ({"word": "a", "times": 10}, "data.times: Input should be less than"),
        ({"word": "a", "times": "x"}, "valid integer"),
        ([], "data: expected an object"),
        ("x", "data: expected an object"),
    ],
)
def test_a_wrong_parameter_is_named(data: Any, text: str) -> None:
    async def story() -> None:
        async with echo() as (source, adapter):
            assert text in await adapter.error(data, 400)
            assert source.asked == []

    play(story)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 300, "not JSON"),
        (b"[]", "expected an object"),
        (b"null", "expected an object"),
        (b'{"data": {"word": "' + b"a" * 70_000 + b'"}}', "longer than 65536"),
    ],
)
def test_a_request_that_is_none_is_refused(body: bytes, text: str) -> None:
    async def story() -> None:
        async with echo() as (_, adapter):
            answer = await adapter.raw(body)
            assert answer.status == 400
            assert text in json.loads(answer.text)["error"]["message"]
            assert (await adapter.page("/health")).status == 200

    play(story)


def test_a_failure_says_whose_it_is() -> None:
    async def story() -> None:
        async with echo() as (_, adapter):
            status, body = await adapter.ask({"word": "fail"})
            assert (status, body) == (
                502,
                {
                    "jobRunID": "7",
                    "status": "errored",
                    "statusCode": 502,
                    "providerStatusCode": 503,
                    "error": {
                        "name": "AdapterDataProviderError",
                        "message": "the source [2J is away",
                    },
                },
            )

    play(story)


def test_answers_serve_again_and_questions_are_asked_once() -> None:
    async def story() -> None:
        async with echo() as (source, adapter):
            source.go.clear()
            asking = [asyncio.create_task(adapter.result({"word": "a"})) for _ in range(5)]
            while not source.asked:
                await asyncio.sleep(0.01)
            source.go.set()
            assert await asyncio.gather(*asking) == ["a"] * 5
            assert await adapter.result({"text": "a", "times": 1}) == "a"
            assert len(source.asked) == 1
            assert await adapter.result({"word": "a", "times": 2}) == "aa"

    play(story)


def test_symbols_are_translated_by_settings_and_by_the_request() -> None:
    async def story() -> None:
        async with echo() as (_, adapter):
            assert await adapter.result({"word": "eth"}) == "WETH"
            mine = {"overrides": {"echo": {"eth": "stETH", "BTC": "XBT"}, "other": {"A": "B"}}}
            assert await adapter.result({"text": "ETH", **mine}) == "stETH"
            assert await adapter.result({"word": "btc", **mine}) == "XBT"
            assert await adapter.result({"word": "A", **mine}) == "A"
            long = {"overrides": {"echo": {"A": "much too long"}}}
            assert "at most 10" in await adapter.error({"word": "A", **long}, 400)

    play(story)


def test_only_who_knows_the_token_may_ask() -> None:
    async def story() -> None:
        async with echo(Doors(token="sesame")) as (source, adapter):
            body = b'{"data": {"word": "a"}}'
            for shown in ({}, {"authorization": "Bearer no"}, {"authorization": "sesame"}):
                answer = await adapter.raw(body, **shown)
                assert answer.status == 401
                assert json.loads(answer.text)["error"]["name"] == "AdapterTokenError"
            assert source.asked == []
            assert (await adapter.raw(body, authorization="bearer sesame")).status == 200
            assert (await adapter.page("/health")).status == 200

    play(story)


def test_it_shows_how_it_is() -> None:
    async def story() -> None:
        async with echo() as (_, adapter):
            await adapter.result({"word": "a"})
            await adapter.result({"word": "a"})
            await adapter.error({"word": "fail"})
            health = json.loads((await adapter.page("/health")).text)
            assert health == {"status": "ok", "adapter": "echo"}
            status = json.loads((await adapter.page("/status")).text)
            assert status["cache"] == {"entries": 1, "hits": 1, "misses": 2, "joined": 0}
            assert status["settings"] == {"kind": "test"}
            say, shout = status["endpoints"]
            assert (say["name"], say["aliases"], shout["maxAgeSeconds"]) == ("say", ["repeat"], 0.0)
            assert say["parameters"][0] == {
                "name": "word",
                "names": ["word", "text"],
                "required": True,
                "type": "string",
                "description": "what is said",
            }
            page = await adapter.page("/metrics")
            found = {
                (sample.name, *sample.labels.values()): sample.value
                for family in text_string_to_metric_families(page.text)
                for sample in family.samples
            }
            assert found["linkpool_adapter_requests_total", "answered"] == 2
            assert found["linkpool_adapter_requests_total", "errored"] == 1
            assert found["linkpool_adapter_requests_total", "pending"] == 0
            assert found["linkpool_adapter_cache_hits_total",] == 1
            assert found["linkpool_adapter_request_seconds_count",] == 3
            assert (await adapter.page("/nowhere")).status == 404

    play(story)


def test_a_taken_port_is_said() -> None:
    async def story() -> None:
        async with echo() as (_, adapter):
            port = int(adapter.url.rpartition(":")[2])
            with pytest.raises(PortInUse, match=f"port {port} is in use"):
                async with serving(application(Adapter("x", []), HttpClient()), port=port):
                    pass

    play(story)


@pytest.mark.parametrize("address", ["192.0.2.1", "a" * 70, "a..b"])
def test_an_address_that_is_none_of_this_machine_is_said(address: str) -> None:
    async def story() -> None:
        with pytest.raises(UsageError, match="give an IPv4 address of this machine"):
            async with serving(application(Adapter("x", []), HttpClient()), address=address):
                pass

    play(story)


# ---- Answers that come later ----


def test_a_known_node_gets_its_answer_later() -> None:
    async def story() -> None:
        async with Source(host=INSIDE) as node:
            address = node.url("", INSIDE)
            doors = Doors(nodes=(f"{address}/",), answer_token="mine")
            async with echo(doors) as (source, adapter):
                source.go.clear()
                where = f"{address}/v2/resume/0e1f2a3b-0000-4000-8000-000000000000"
                for word in ("a", "fail"):
                    status, body = await adapter.ask({"word": word}, responseURL=where)
                    assert (status, body) == (202, {"jobRunID": "7", "pending": True})
                assert node.asked == []
                source.go.set()
                while len(node.asked) < 2:
                    await asyncio.sleep(0.01)
                good, bad = sorted(node.asked, key=lambda asked: b"error" in asked.body)
                assert (good.method, good.path) == ("PATCH", where.removeprefix(address))
                assert good.headers["authorization"] == "Bearer mine"
                assert json.loads(json.loads(good.body)["value"])["data"]["result"] == "a"
                assert json.loads(bad.body) == {"error": "the source [2J is away"}
                assert "data.word" in await adapter.error({}, 400)

    play(story)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/v2/resume/0e1f",
        "{node}/v2/jobs/0e1f",
        "{node}/v2/resume/",
        "{node}/v2/resume/../jobs",
        "{node}/v2/resume/a?b",
        "{node}/v2/resume/a/b",
        "{node}@evil.example/v2/resume/0e1f",
        "ftp://x",
        5,
        None,
    ],
)
def test_nobody_else_is_written_to(url: Any) -> None:
    async def story() -> None:
        async with Source(host=INSIDE) as node:
            address = node.url("", INSIDE)
            async with echo(Doors(nodes=(address,))) as (_, adapter):
                where = url.format(node=address) if isinstance(url, str) else url
                status, body = await adapter.ask({"word": "a"}, responseURL=where)
                assert (status, body["result"]) == (200, "a")
                assert node.connections == 0

    play(story)


def test_a_node_that_is_not_well_is_tried_again() -> None:
    async def story() -> None:
        states = [500, 503, 200, 404]

        def answer(asked: Asked) -> bytes:
            return reply("", states.pop(0))

        async def ready() -> dict[str, Any]:
            return {"value": 1}

        async with Source(answer, host=INSIDE) as node, HttpClient() as http:
            later = Later(http, [node.url("", INSIDE)], None, pause=0.01)
            for left in (1, 0):
                later.start(node.url("/v2/resume/a", INSIDE), ready())
                while len(states) > left or later._tasks:
                    await asyncio.sleep(0.01)
            assert len(node.asked) == 4
            assert "authorization" not in node.asked[0].headers

    play(story)
