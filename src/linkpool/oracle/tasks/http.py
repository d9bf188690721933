# SPDX-License-Identifier: MIT
"""http: asks a data source. Bounded in time, size and redirects; private addresses only where the
job allows them.

As in Chainlink, a URL written in the job itself may lead anywhere, one that a requester had a part
in may not, unless the job says allowUnrestrictedNetworkAccess.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import Any, Final

import httpx

from linkpool.oracle.address import Target, pinned
from linkpool.oracle.document import load, printable
from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call
from linkpool.oracle.world import Answer, Message

MAX_BYTES: Final = 32_768
MAX_REDIRECTS: Final = 5
TIMEOUT: Final = 15.0
AUTOMATIC: Final = 47  # zlib: gzip or deflate, whichever it is
PLAIN: Final = {"content-type": "application/json", "accept-encoding": "identity"}
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


def _redirected(message: Message, response: httpx.Response) -> Message:
    """Where the answer leads. The job's own headers (keys?) stay with the first host."""
    try:
        url = httpx.URL(message.url).join(response.headers["location"])
    except httpx.InvalidURL as error:
        raise TaskError(f"redirect: {error}") from None
    headers = message.headers if url.netloc == httpx.URL(message.url).netloc else PLAIN
    if response.status_code in (301, 302, 303):
        return Message("GET", str(url), None, headers)
    return Message(message.method, str(url), message.body, headers)


class Client:
    """HttpClient on httpx."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(
        self, message: Message, *, unrestricted: bool, limit: float, max_bytes: int
    ) -> Answer:
        try:
            async with asyncio.timeout(limit):
                return await _follow(self._client, message, unrestricted, max_bytes)
        except TimeoutError:
            raise TaskError(f"no answer in {limit:g} s") from None


async def fetch(call: Call) -> Any:
    """The body of the answer, as text."""
    method = call.text("method", "GET").upper()
    if method not in METHODS:
        raise TaskError(f"method {method!r}: expected one of {', '.join(METHODS)}")
    body = None if call.raw("requestdata") is None else _json(call.document("requestdata"))
    headers = _headers(call)
    free = call.flag("allowunrestrictednetworkaccess", not call.refers("url"))
    limit = seconds(call.text("timeout")) if call.raw("timeout") else TIMEOUT
    message = Message(method, call.text("url"), body, headers)
    answer = await call.world.http.send(
        message, unrestricted=free, limit=limit, max_bytes=MAX_BYTES
    )
    if answer.status >= 400:
        host = httpx.URL(message.url).netloc.decode()
        raise TaskError(f"{host} answered {answer.status}: {_reason(answer.text)}")
    return answer.text


def _json(data: Any) -> bytes:
    try:
        return json.dumps(data, default=str).encode()
    except (TypeError, ValueError) as error:
        raise TaskError(f"requestData: {error}") from None


def _headers(call: Call) -> dict[str, str]:
    pairs = [] if call.raw("headers") is None else call.document("headers")
    if not isinstance(pairs, list) or len(pairs) % 2 or not all(isinstance(p, str) for p in pairs):
        raise TaskError("headers: expected a list of names and values in turn")
    named = {name.lower(): text for name, text in zip(pairs[::2], pairs[1::2], strict=True)}
    return PLAIN | named


async def _follow(
    client: httpx.AsyncClient, message: Message, free: bool, max_bytes: int
) -> Answer:
    for _ in range(MAX_REDIRECTS + 1):
        target = await pinned(message.url, unrestricted=free)
        response = await _send(client, message, target)
        try:
            if not response.has_redirect_location:
                return await _body(response, target.host, max_bytes)
            message = _redirected(message, response)
        finally:
            await response.aclose()
    raise TaskError(f"more than {MAX_REDIRECTS} redirects")


async def _send(client: httpx.AsyncClient, message: Message, target: Target) -> httpx.Response:
    """To the first of the host's addresses that takes a connection."""
    failure = ""
    for url in target.urls:
        request = client.build_request(
            message.method,
            url,
            content=message.body,
            headers={**message.headers, "host": target.host},
            extensions={"sni_hostname": target.name},
        )
        try:
            return await client.send(request, stream=True, follow_redirects=False)
        except httpx.ConnectError as error:
            failure = printable(str(error)) or "no connection"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TaskError(f"{target.host}: {type(error).__name__} {error}") from None
    raise TaskError(f"{target.host}: {failure}")


async def _body(response: httpx.Response, host: str, max_bytes: int) -> Answer:
    received = bytearray()
    try:
        async for chunk in response.aiter_raw():
            received += chunk
            if len(received) > max_bytes:
                raise TaskError(f"{host}: the answer is longer than {max_bytes} bytes")
    except httpx.HTTPError as error:
        raise TaskError(f"{host}: {type(error).__name__} {error}") from None
    coding = response.headers.get("content-encoding", "identity").lower()
    text = _unpacked(bytes(received), coding, host, max_bytes).decode(errors="replace")
    return Answer(response.status_code, dict(response.headers), text)


def _unpacked(received: bytes, coding: str, host: str, max_bytes: int) -> bytes:
    """We ask for no compression; who compresses nevertheless does not get around the limit."""
    if coding == "identity":
        return received
    if coding not in ("gzip", "deflate"):
        raise TaskError(f"{host}: the answer is coded as {printable(coding)!r}")
    try:
        plain = zlib.decompressobj(AUTOMATIC).decompress(received, max_bytes + 1)
    except zlib.error as error:
        raise TaskError(f"{host}: {error}") from None
    if len(plain) > max_bytes:
        raise TaskError(f"{host}: the answer is longer than {max_bytes} bytes")
    return plain


def _reason(text: str) -> str:
    """What the source says of its own error, where it says it in the usual way."""
    try:
        said = load(text)
    except ValueError:
        said = None
    if isinstance(said, dict):
        text = str(said.get("error") or said.get("errorMessage") or text)
    return printable(text)
