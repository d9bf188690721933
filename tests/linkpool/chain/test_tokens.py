# SPDX-License-Identifier: MIT
"""Access tokens in an endpoint's address: in user, path and query; never in what we say."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest

from linkpool.chain.connection import Connection, host_of
from linkpool.errors import LinkPoolError, UsageError
from tests.linkpool.awaited import awaited
from tests.linkpool.chain.fake_node import FakeNode, refused
from tests.linkpool.chain.pools import QUICK

SECRETS = ("s3cret-user", "s3cret-word", "s3cret-path", "s3cret-query")


def with_tokens(url: str) -> str:
    scheme, _, host = url.partition("://")
    return f"{scheme}://s3cret-user:s3cret-word@{host}/v3/s3cret-path?key=s3cret-query"


def require_hidden(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text, text


def everything(error: BaseException, connection: Connection | None = None) -> str:
    """All that could be shown of an error and of what caused it, with and without a debugger."""
    told = [str(error), repr(error), "".join(traceback.format_exception(error))]
    if connection is not None:
        told += [repr(connection), repr(connection.endpoints), connection.host]
        told += [repr(vars(connection)), repr(vars(connection._pool))]
        for endpoint in connection._pool.endpoints:
            told.append(repr(vars(endpoint)))
    return "\n".join(told)


@pytest.mark.parametrize("socket", [False, True])
@pytest.mark.parametrize(
    "fault", ["slow", "reset", "garbage", "401", "503", "429", "redirect", "stopped", "refused"]
)
def test_no_error_and_no_log_shows_a_token(
    fault: str, socket: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        async with FakeNode() as node, FakeNode() as other:
            urls = [with_tokens(node.socket_url if socket else node.url), with_tokens(other.url)]
            patience = 0.5 if fault in ("slow", "429") else 5
            connection = await Connection.open(urls, timeout=patience, limits=QUICK)
            async with connection:
                for one in (node, other):
                    one.fault = fault
                    if fault == "stopped":
                        await one.stop()
                    if fault == "refused":
                        one.fault = None
                        message = f"no such project: {urls[0]}"
                        one.answers["eth_getBalance"] = refused(-32000, message)
                    await one.hang_up()
                for _ in range(2):
                    with pytest.raises(LinkPoolError) as caught:
                        await connection.rpc("eth_getBalance", "0x", "latest")
                    require_hidden(everything(caught.value, connection))
                sent = await connection.broadcast([b"\1"])
                require_hidden(repr(sent))

    asyncio.run(story())
    told = capsys.readouterr()
    require_hidden(told.out + told.err)
    assert "rpc.lost" in told.out or fault == "refused"


@pytest.mark.parametrize("socket", [False, True])
@awaited
async def test_an_endpoint_that_was_never_there_shows_no_token(socket: bool) -> None:
    node = FakeNode()
    await node.start()
    await node.stop()
    url = with_tokens(node.socket_url if socket else node.url)
    with pytest.raises(LinkPoolError) as caught:
        await Connection.open(url, timeout=1)
    require_hidden(everything(caught.value))
    assert node.name in str(caught.value)


@awaited
async def test_the_tokens_are_sent_to_the_endpoint() -> None:
    async with FakeNode() as node:
        async with await Connection.open(with_tokens(node.url)):
            pass
        async with await Connection.open(with_tokens(node.socket_url)):
            pass
        assert node.paths == ["/v3/s3cret-path?key=s3cret-query"] * 2
        assert all(one["Authorization"].startswith("Basic ") for one in node.headers)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://s3cret-user@host/s3cret-path",
        "s3cret-path",
        "http:///s3cret-path",
        "http://host:s3cret-word/",
        "http://[s3cret-path/",
        "http://host:99999/s3cret-path",
        "",
    ],
)
def test_a_wrong_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UsageError, match="RPC address") as caught:
        host_of(url)
    require_hidden(everything(caught.value))
    with pytest.raises(UsageError, match="RPC address") as caught:
        Connection(url, timeout=1)
    require_hidden(everything(caught.value))


def test_endpoints_of_one_host_have_different_names() -> None:
    made: Any = Connection("https://rpc.example/s3cret-path,https://rpc.example/2", timeout=1)
    assert [one.name for one in made.endpoints] == ["rpc.example#0", "rpc.example#1"]
    assert made.host == "rpc.example#0, rpc.example#1"
