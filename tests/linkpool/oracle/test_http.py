# SPDX-License-Identifier: MIT
"""The http task: what it asks, what it lets a requester reach, and what it makes of an answer.

How the client behind it keeps to that is in tests/linkpool/net.
"""

import asyncio
from typing import Any

import pytest

from linkpool.adapters.prices import PriceSource
from linkpool.net import HttpClient, Message
from linkpool.net.testing import FakeHttp, Handler, answer
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks import World
from tests.linkpool.oracle.worlds import run

INSIDE = "http://10.0.0.7/secret"


def fetch(
    handler: Handler | None = None,
    url: str = "$(asked.get)",
    get: str = "http://prices.example/x",
    **attributes: str,
) -> Any:
    """What the task gives; `get` is what the requester asked for."""
    outside = World(FakeHttp(handler or (lambda message: answer("42"))))
    variables = {"asked": {"get": get, "text": "later", "raw": b"\x01", "wei": 10**21}}
    return asyncio.run(run("http", None, variables, outside, url=url, **attributes))


def test_the_body_is_the_result() -> None:
    assert fetch() == "42"


def test_a_requesters_url_cannot_lead_inside() -> None:
    with pytest.raises(TaskError, match=r"10\.0\.0\.7 is not a public address"):
        fetch(get=INSIDE)


def test_the_jobs_own_url_may_lead_inside() -> None:
    assert fetch(url=INSIDE) == "42"
    with pytest.raises(TaskError, match="not a public address"):
        fetch(url=INSIDE, allowunrestrictednetworkaccess="false")


def test_the_job_may_let_requesters_inside() -> None:
    assert fetch(get=INSIDE, allowunrestrictednetworkaccess="true") == "42"
    assert fetch(get=INSIDE, privatehosts="10.0.0.8, 10.0.0.7:80") == "42"
    with pytest.raises(TaskError, match="not a public address"):
        fetch(get=INSIDE, privatehosts="10.0.0.8, 10.0.0.7:8080")
    with pytest.raises(TaskError, match="write the hosts into the job"):
        fetch(get=INSIDE, privatehosts="$(asked.get)")


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://x:99999/", "http://x:0/", ""])
def test_a_wrong_url_is_refused(url: str) -> None:
    for given in ({"url": url}, {"get": url}):
        with pytest.raises(TaskError, match="expected http"):
            fetch(**given)


def test_a_request_carries_method_data_and_headers() -> None:
    seen: list[Message] = []

    def handler(message: Message) -> Any:
        seen.append(message)
        return answer("ok")

    fetch(
        handler,
        method="post",
        requestdata='{"half": 0.50, "when": $(asked.text), "n": [$(asked.raw), $(asked.wei)]}',
        headers='["X-Key", "k", "X-When", "$(asked.text)"]',
    )
    fetch(handler, headers='["Content-Type", "text/plain"]')
    body = b'{"half":0.50,"when":"later","n":["0x01",1000000000000000000000]}'
    assert (seen[0].method, seen[0].body) == ("POST", body)
    assert seen[0].headers == {
        "content-type": "application/json",
        "x-key": "k",
        "x-when": "later",
    }
    assert (seen[1].method, seen[1].body) == ("GET", None)
    assert seen[1].headers == {"content-type": "text/plain"}


@pytest.mark.parametrize(
    ("attributes", "text"),
    [
        ({"method": "BREW"}, "expected one of GET"),
        ({"headers": '["a"]'}, "list of names and values"),
        ({"headers": '{"a": "b"}'}, "list of names and values"),
        ({"headers": '["a", 1]'}, "list of names and values"),
        ({"requestdata": "{"}, "not JSON"),
        ({"requestdata": "$(asked.none)"}, "there is no 'none'"),
    ],
)
def test_wrong_attributes_are_named(attributes: dict[str, str], text: str) -> None:
    with pytest.raises(TaskError, match=text):
        fetch(**attributes)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"error": "too many"}', "too many"),
        ('{"errorMessage": "too many"}', "too many"),
        ('{"error": {"name": "RateError", "message": "too many"}}', "too many"),
        ("<h1>too many</h1>", "<h1>too many</h1>"),
        ("", ""),
    ],
)
def test_an_error_of_the_source_is_shown(body: str, reason: str) -> None:
    with pytest.raises(TaskError) as error:
        fetch(lambda message: answer(body, 429))
    assert str(error.value) == f"prices.example answered 429: {reason}"


def test_a_source_cannot_write_to_the_operators_terminal() -> None:
    with pytest.raises(TaskError) as error:
        fetch(lambda message: answer("\x1b]0;x\x07\n[" * 9_000, 500))
    assert str(error.value).isprintable()


def test_a_secret_in_a_url_is_not_shown() -> None:
    for url in ("https://me:s3cret@prices.example/s3cret?key=s3cret", "gopher://x?s3cret"):
        with pytest.raises(TaskError) as error:
            fetch(lambda message: answer("no", 401), url=url)
        assert "s3cret" not in str(error.value)


def test_the_tasks_timeout_is_the_clients() -> None:
    async def slow(message: Message) -> Any:
        await asyncio.Event().wait()

    with pytest.raises(TaskError, match=r"prices\.example: no answer in 0\.05 s"):
        fetch(slow, timeout="50ms")


def test_the_bundled_source_answers_over_a_real_socket() -> None:
    async def story() -> tuple[str, str]:
        async with PriceSource() as source, HttpClient() as client:
            outside = World(client)
            first = await run("http", outside=outside, url=f"{source.url}/ETH/USD")
            again = await run("http", outside=outside, url=f"{source.url}/ETH/USD")
            with pytest.raises(TaskError, match="answered 404: ask for one of /ETH/USD"):
                await run("http", outside=outside, url=f"{source.url}/X/Y")
            return first, again

    first, again = asyncio.run(story())
    assert first != again
    assert first == '{"ETH": {"USD": 2438.21}, "question": 1}'
