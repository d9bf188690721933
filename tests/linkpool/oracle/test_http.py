# SPDX-License-Identifier: MIT
"""The http task: what it asks, what it refuses, what it gives up on."""

import asyncio
import gzip
from typing import Any

import httpx
import pytest

from linkpool.adapters.prices import PriceSource
from linkpool.oracle import address
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks import World
from linkpool.oracle.tasks.http import Client
from tests.linkpool.oracle.worlds import Handler, run, world

PUBLIC = "93.184.216.34"
SAID: dict[str, Any] = {"asked": {"get": "http://prices.example/x"}}


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What names resolve to here; a plain address is itself."""
    known = {"prices.example": [PUBLIC], "inside.example": [PUBLIC, "10.0.0.7"]}

    async def resolve(host: str, port: int) -> list[str]:
        return known.get(host, [host.strip("[]")])

    monkeypatch.setattr(address, "_resolve", resolve)
    return known


def fetch(handler: Handler, url: str = "$(asked.get)", **attributes: str) -> Any:
    return asyncio.run(run("http", None, SAID, world(handler), url=url, **attributes))


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, text="42")

    assert fetch(handler, "https://prices.example:8443/x?y=1") == "42"
    assert seen[0].url == f"https://{PUBLIC}:8443/x?y=1"
    assert seen[0].headers["host"] == "prices.example:8443"
    assert seen[0].extensions["sni_hostname"] == "prices.example"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "inside.example",
    ],
)
def test_a_requesters_url_cannot_lead_inside(host: str) -> None:
    SAID["asked"]["get"] = f"http://{host}/secret"
    with pytest.raises(TaskError, match="not a public address"):
        fetch(lambda request: httpx.Response(200))
    assert fetch(lambda r: httpx.Response(200), allowunrestrictednetworkaccess="true") == ""
    assert fetch(lambda r: httpx.Response(200), f"http://{host}/secret") == ""


def test_a_redirect_cannot_lead_inside_either() -> None:
    SAID["asked"]["get"] = "http://prices.example/x"
    target = {"location": "http://169.254.169.254/latest"}
    with pytest.raises(TaskError, match="not a public address"):
        fetch(lambda request: httpx.Response(302, headers=target))


def test_redirects_are_followed_and_counted() -> None:
    def once(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/x":
            return httpx.Response(302, headers={"location": "/y"})
        return httpx.Response(200, text="there")

    assert fetch(once, "http://prices.example/x") == "there"
    with pytest.raises(TaskError, match="more than 5 redirects"):
        fetch(lambda r: httpx.Response(302, headers={"location": "/"}), "http://prices.example/")


def test_keys_in_headers_stay_with_the_first_host() -> None:
    seen: list[tuple[str, bool]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append((request.headers["host"], "x-key" in request.headers))
        if len(seen) == 1:
            return httpx.Response(307, headers={"location": "/again"})
        if len(seen) == 2:
            return httpx.Response(302, headers={"location": "http://inside.example/"})
        return httpx.Response(200, text="there")

    assert fetch(handler, "http://prices.example/", headers='["X-Key", "k"]') == "there"
    hosts = ["prices.example", "prices.example", "inside.example"]
    assert seen == list(zip(hosts, [True, True, False], strict=True))


def test_every_address_of_a_host_is_tried(names: dict[str, list[str]]) -> None:
    names["prices.example"] = ["::1", "127.0.0.1"]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.host == "::1":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, text=request.url.host)

    assert fetch(handler, "http://prices.example/") == "127.0.0.1"
    names["prices.example"].pop()
    with pytest.raises(TaskError, match=r"prices\.example: refused"):
        fetch(handler, "http://prices.example/")


def test_compression_is_no_way_around_the_limit() -> None:
    def packed(size: int) -> httpx.Response:
        body = gzip.compress(b"x" * size)
        stream = httpx.ByteStream(body)
        return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=stream)

    assert fetch(lambda r: packed(32_768), "http://prices.example") == "x" * 32_768
    with pytest.raises(TaskError, match="longer than 32768"):
        fetch(lambda r: packed(10_000_000), "http://prices.example")
    for coding in ("br", "gzip"):
        broken = httpx.Response(
            200, headers={"content-encoding": coding}, stream=httpx.ByteStream(b"no")
        )
        with pytest.raises(TaskError, match=r"prices\.example: "):
            fetch(lambda r, answer=broken: answer, "http://prices.example")


def test_a_source_cannot_write_to_the_operators_terminal() -> None:
    with pytest.raises(TaskError) as error:
        fetch(
            lambda r: httpx.Response(500, text="\x1b]0;x\x07\n[" * 9_000), "http://prices.example"
        )
    assert str(error.value).isprintable()


def test_a_long_answer_is_refused() -> None:
    with pytest.raises(TaskError, match="longer than 32768"):
        fetch(lambda r: httpx.Response(200, content=b"x" * 32_769), "http://prices.example")
    whole = fetch(lambda r: httpx.Response(200, content=b"x" * 32_768), "http://prices.example")
    assert len(whole) == 32_768


def test_an_error_of_the_source_is_shown() -> None:
    with pytest.raises(TaskError, match="answered 429: too many"):
        fetch(lambda r: httpx.Response(429, json={"error": "too many"}), "http://prices.example")


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://x:99999/"])
def test_a_wrong_url_is_refused(url: str) -> None:
    with pytest.raises(TaskError, match="url"):
        fetch(lambda request: httpx.Response(200), url)


def test_a_slow_source_is_given_up_on() -> None:
    async def slow() -> Any:
        async def wait(request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(30)
            return httpx.Response(200)

        return await run(
            "http", None, SAID, world(wait), url="http://prices.example", timeout="50ms"
        )

    with pytest.raises(TaskError, match=r"no answer in 0\.05 s"):
        asyncio.run(slow())


def test_a_post_carries_data_and_headers() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.content, request.headers["x-key"]) == (
            "POST",
            b'{"a": 1}',
            "k",
        )
        return httpx.Response(200, text="ok")

    answer = fetch(
        handler,
        "http://prices.example",
        method="post",
        requestdata='{"a": 1}',
        headers='["X-Key", "k"]',
    )
    assert answer == "ok"


def test_the_bundled_source_answers_over_a_real_socket() -> None:
    async def story() -> tuple[str, str, str]:
        async with PriceSource() as source, httpx.AsyncClient(trust_env=False) as client:
            outside = World(Client(client))
            first = await run("http", outside=outside, url=f"{source.url}/ETH/USD")
            again = await run("http", outside=outside, url=f"{source.url}/ETH/USD")
            with pytest.raises(TaskError, match="answered 404: ask for one of /ETH/USD"):
                await run("http", outside=outside, url=f"{source.url}/X/Y")
            return first, again, source.url

    first, again, _ = asyncio.run(story())
    assert first != again
    assert first == '{"ETH": {"USD": 2438.21}, "question": 1}'
