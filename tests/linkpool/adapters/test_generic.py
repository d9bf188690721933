# SPDX-License-Identifier: MIT
"""The generic adapter: what a job may say, and that nothing it says leads out."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from linkpool.adapters.errors import AdapterError
from linkpool.adapters.generic import below
from tests.linkpool.adapters.running import Running, play, running
from tests.linkpool.net.servers import INSIDE, Asked, Source, reply

KEY = "s3cret key/+="


@asynccontextmanager
async def generic(
    folder: Path, answer: Any = lambda asked: reply('{"result": 5}'), **more: str
) -> AsyncIterator[tuple[Source, Running]]:
    (folder / "key").write_text(f"{KEY}\n")
    async with Source(answer, host=INSIDE) as source:
        lines = [f"{name} = {value}" for name, value in more.items()]
        settings = "\n".join(
            [
                f'base_url = "{source.url("/v1/", INSIDE)}"',
                "max_age = 0",
                *lines,
                '[headers]\nX-Key = {file = "key", prefix = "Token "}',
                '[params]\nkey = {file = "key"}\nformat = {value = "json"}',
            ]
        )
        async with running("generic", folder, settings) as adapter:
            yield source, adapter


def test_a_job_says_what_and_the_operator_how(tmp_path: Path) -> None:
    async def story() -> None:
        async with generic(tmp_path, methods='["GET", "POST"]') as (source, adapter):
            question = {
                "url": "prices/ETH USD/",
                "method": "post",
                "params": {"n": 5, "on": True, "at": ["a b", "&key=x"]},
                "data": {"amount": 1.50},
            }
            assert await adapter.result(question) == 5
            [asked] = source.asked
            assert (asked.method, urlsplit(asked.path).path) == ("POST", "/v1/prices/ETH%20USD/")
            assert parse_qsl(urlsplit(asked.path).query) == [
                ("n", "5"),
                ("on", "true"),
                ("at", "a b"),
                ("at", "&key=x"),
                ("key", KEY),
                ("format", "json"),
            ]
            assert json.loads(asked.body) == {"amount": 1.5}
            assert asked.headers["x-key"] == f"Token {KEY}"

    play(story)


def test_the_result_is_where_the_job_says(tmp_path: Path) -> None:
    async def story() -> None:
        content = '{"data": [{"last": "2412.0700"}], "result": 0.10}'
        async with generic(tmp_path, lambda asked: reply(content)) as (_, adapter):
            assert await adapter.result({"path": "data,0,last"}) == "2412.0700"
            _, body = await adapter.ask({})
            assert body["result"] == 0.1
            assert body["data"]["data"] == [{"last": "2412.0700"}]
            assert "has no 'none'" in await adapter.error({"path": "data,none"})
        async with generic(tmp_path, lambda asked: reply("[1, 2]")) as (_, adapter):
            assert await adapter.result({}) == [1, 2]
            assert await adapter.result({"resultPath": "1"}) == 2

    play(story)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"url": "../admin"}, "below the base address"),
        ({"url": "a/../../admin"}, "below the base address"),
        ({"url": "./a"}, "below the base address"),
        ({"url": ".. /a"}, "below the base address"),
        ({"url": "%2e%2e/admin"}, "below the base address"),
        ({"url": "..%2fadmin"}, "below the base address"),
        ({"url": "..\\admin"}, "below the base address"),
        ({"url": "//evil.example/"}, "below the base address"),
        ({"url": "http://evil.example/"}, "below the base address"),
        ({"url": "a?key=x"}, "below the base address"),
        ({"url": "a#b"}, "below the base address"),
        ({"url": "a\r\nx: y"}, "below the base address"),
        ({"url": "a//b"}, "below the base address"),
        ({"url": "．．/a"}, "below the base address"),
        ({"params": {"KEY": "mine"}}, "'KEY' is the operator's"),
        ({"params": {"a": {"b": 1}}}, "data.params"),
        ({"params": []}, "data.params"),
        ({"method": "POST"}, "method: expected one of GET"),
        ({"url": 5}, "data.url"),
    ],
)
def test_what_leads_out_is_refused(tmp_path: Path, data: Any, text: str) -> None:
    async def story() -> None:
        async with generic(tmp_path) as (source, adapter):
            assert text in await adapter.error(data, 400)
            assert source.connections == 0

    play(story)


def test_an_address_that_looks_like_another_stays_inside(tmp_path: Path) -> None:
    async def story() -> None:
        async with generic(tmp_path) as (source, adapter):
            for url in ("@evil.example/", "evil.example:80", "a:b@c", "/x"):
                await adapter.result({"url": url})
            assert all(urlsplit(asked.path).path.startswith("/v1/") for asked in source.asked)

    play(story)


def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    async def story() -> None:
        async with Source(host=INSIDE) as other:

            def onward(asked: Asked) -> bytes:
                return reply("", 302, f"location: {other.url('/', INSIDE)}")

            async with generic(tmp_path, onward) as (source, adapter):
                assert "redirects" in await adapter.error({})
                assert (len(source.asked), other.connections) == (1, 0)

    play(story)


def test_secrets_do_not_come_back(tmp_path: Path) -> None:
    """From a source that repeats what it was sent, in an answer or in a complaint."""

    def echo(asked: Asked) -> bytes:
        said = {
            "path": asked.path,
            "headers": asked.headers,
            "key": dict(parse_qsl(urlsplit(asked.path).query))["key"],
            "coded": base64.b64encode(KEY.encode()).decode(),
        }
        bad = asked.path.startswith("/v1/bad")
        return reply(json.dumps({"error": said} if bad else said), 403 if bad else 200)

    async def story() -> None:
        async with generic(tmp_path, echo) as (_, adapter):
            good = json.dumps(await adapter.ask({"url": "good"}))
            bad = json.dumps(await adapter.ask({"url": "bad"}))
            status = (await adapter.page("/status")).text
            for text in (good, bad, status):
                assert "s3cret" not in text
                assert base64.b64encode(KEY.encode()).decode() not in text
            assert "***" in good
            assert "X-Key" in status

    play(story)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (reply("", 500), "no reason given"),
        (reply('{"errorMessage": "no such pair"}', 404), "no such pair"),
        (reply("<html>"), "not JSON"),
        (reply(""), "not JSON"),
        (reply('"' + "x" * 40_000 + '"'), "longer than 32768 bytes"),
        (b"garbage\r\n\r\n", "not HTTP"),
    ],
)
def test_a_source_that_fails_is_named(tmp_path: Path, raw: bytes, text: str) -> None:
    async def story() -> None:
        async with generic(tmp_path, lambda asked: raw) as (_, adapter):
            assert text in await adapter.error({})
            assert (await adapter.page("/health")).status == 200

    play(story)


def test_a_slow_source_is_given_up_on(tmp_path: Path) -> None:
    async def silent(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async def story() -> None:
        async with Source(serve=silent, host=INSIDE) as source:
            settings = f'base_url = "{source.url("/", INSIDE)}"\n[http]\nseconds = 0.2'
            async with running("generic", tmp_path, settings) as adapter:
                assert "no answer in 0.2 s" in await adapter.error({})

    play(story)


BASE = URL("https://api.example:8443/v1/x/")


@given(st.text(max_size=40) | st.lists(st.sampled_from([*"./%@:\\ ;~a2eE", ".."])).map("".join))
def test_no_text_leads_out_of_the_base_address(relative: str) -> None:
    try:
        url = below(BASE, relative)
    except AdapterError:
        return
    assert url.origin() == BASE.origin()
    assert str(url).startswith(str(BASE))
    assert ".." not in url.raw_path.split("/")
    assert (url.query_string, url.fragment) == ("", "")
