# SPDX-License-Identifier: MIT
"""http: asks a data source. Bounded in time, size and redirects; private addresses only where the
job allows them.

As in Chainlink, a URL written in the job itself may lead anywhere, one that a requester had a part
in may not, unless the job says allowUnrestrictedNetworkAccess.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import httpx

from linkpool.oracle.address import pinned
from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call

MAX_BYTES: Final = 32_768
MAX_REDIRECTS: Final = 5
TIMEOUT: Final = 15.0
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")


async def fetch(call: Call) -> Any:
    """The body of the answer, as text."""
    method = call.text("method", "GET").upper()
    if method not in METHODS:
        raise TaskError(f"method {method!r}: expected one of {', '.join(METHODS)}")
    body = None if call.raw("requestdata") is None else _json(call.document("requestdata"))
    headers = _headers(call)
    free = call.flag("allowunrestrictednetworkaccess", not call.refers("url"))
    limit = seconds(call.text("timeout")) if call.raw("timeout") else TIMEOUT
    try:
        async with asyncio.timeout(limit):
            return await _follow(call.world.http, method, call.text("url"), body, headers, free)
    except TimeoutError:
        raise TaskError(f"no answer in {limit:g} s") from None


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
    return {"content-type": "application/json"} | named


async def _follow(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    body: bytes | None,
    headers: dict[str, str],
    free: bool,
) -> str:
    for _ in range(MAX_REDIRECTS + 1):
        target = await pinned(url, unrestricted=free)
        request = client.build_request(
            method,
            target.url,
            content=body,
            headers=headers | {"host": target.host},
            extensions={"sni_hostname": target.name},
        )
        try:
            response = await client.send(request, stream=True, follow_redirects=False)
        except httpx.HTTPError as error:
            raise TaskError(f"{target.host}: {type(error).__name__} {error}") from None
        try:
            if not response.has_redirect_location:
                return await _body(response, target.host)
            url = str(httpx.URL(url).join(response.headers["location"]))
            if response.status_code in (301, 302, 303):
                method, body = "GET", None
        finally:
            await response.aclose()
    raise TaskError(f"more than {MAX_REDIRECTS} redirects")


async def _body(response: httpx.Response, host: str) -> str:
    received = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            received += chunk
            if len(received) > MAX_BYTES:
                raise TaskError(f"{host}: the answer is longer than {MAX_BYTES} bytes")
    except httpx.HTTPError as error:
        raise TaskError(f"{host}: {type(error).__name__} {error}") from None
    text = received.decode(errors="replace")
    if response.status_code >= 400:
        raise TaskError(f"{host} answered {response.status_code}: {_reason(text)}")
    return text


def _reason(text: str) -> str:
    """What the source says of its own error, where it says it in the usual way."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if isinstance(said, dict):
        text = str(said.get("error") or said.get("errorMessage") or text)
    return " ".join(text.split())[:200]
