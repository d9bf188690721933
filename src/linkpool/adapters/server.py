# SPDX-License-Identifier: MIT
"""An adapter over HTTP: POST / asks it, GET /health, /status and /metrics show how it is.

A request is {"id": "1", "data": {…}}; who adds a responseURL of a known node is told `pending` and
gets the answer there.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request, Response

from linkpool.adapters.errors import AdapterError, wrong
from linkpool.adapters.framework import Adapter, Result
from linkpool.adapters.later import Later
from linkpool.adapters.metrics import AdapterMetrics
from linkpool.adapters.status import status
from linkpool.net import HttpClient
from linkpool.net.document import dump, load, printable
from linkpool.telemetry import logger

LOG: Final = logger(__name__)
MAX_BYTES: Final = 65_536
NAMES: Final = {400: "AdapterInputError", 401: "AdapterTokenError", 504: "AdapterTimeoutError"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Who may ask, and where answers may be sent later."""

    token: str | None = None
    answer_token: str | None = None
    nodes: tuple[str, ...] = ()


def application(adapter: Adapter, http: HttpClient, doors: Doors | None = None) -> FastAPI:
    """`http` is closed with the application."""
    doors = doors or Doors()
    metrics = AdapterMetrics(adapter, http)
    later = Later(http, doors.nodes, doors.answer_token)
    started = time.time()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await later.close()
        await http.close()

    app = FastAPI(title=adapter.name, lifespan=lifespan, openapi_url=None)

    @app.post("/")
    async def ask(request: Request) -> Response:
        began = time.perf_counter()
        identity: Any = None
        try:
            _admit(request, doors.token)
            body = await _read(request)
            identity = body.get("id", body.get("jobRunID", "1"))
            data = _data(body)
            adapter.endpoint(data.get("endpoint"))
            if later.takes(body.get("responseURL")):
                later.start(body["responseURL"], _whole(adapter, data, identity))
                metrics.count("pending", began)
                return _json(202, {"jobRunID": identity, "pending": True}, pending=True)
            result = await adapter.answer(data)
        except AdapterError as error:
            metrics.count("errored", began)
            LOG.info("adapter.errored", adapter=adapter.name, status=error.status, why=str(error))
            return _json(error.status, failure(error, identity))
        metrics.count("answered", began)
        return _json(200, success(result, identity))

    @app.get("/health")
    async def health() -> Response:
        return _json(200, {"status": "ok", "adapter": adapter.name})

    @app.get("/status")
    async def show() -> Response:
        return _json(200, status(adapter, http.counters, seconds=int(time.time() - started)))

    @app.get("/metrics")
    async def measure() -> Response:
        return Response(metrics.text(), media_type=metrics.media_type)

    return app


def success(result: Result, identity: Any) -> dict[str, Any]:
    """The body of a good answer."""
    moments = {
        "providerDataRequestedUnixMs": result.requested,
        "providerDataReceivedUnixMs": result.received,
        "providerIndicatedTimeUnixMs": result.indicated,
    }
    return {
        "jobRunID": identity,
        "data": {**result.data, "result": result.value},
        "result": result.value,
        "statusCode": 200,
        "timestamps": {name: moment for name, moment in moments.items() if moment is not None},
    }


def failure(error: AdapterError, identity: Any) -> dict[str, Any]:
    """The body of an answer that is none."""
    body: dict[str, Any] = {
        "jobRunID": identity,
        "status": "errored",
        "statusCode": error.status,
        "error": {
            "name": NAMES.get(error.status, "AdapterDataProviderError"),
            "message": printable(str(error), 300),
        },
    }
    if error.provider_status is not None:
        body["providerStatusCode"] = error.provider_status
    return body


async def _whole(adapter: Adapter, data: Mapping[str, Any], identity: Any) -> dict[str, Any]:
    """What is sent later: the text that would have been the answer, or why there is none."""
    try:
        return {"value": dump(success(await adapter.answer(data), identity))}
    except AdapterError as error:
        return {"error": printable(str(error), 300)}


def _admit(request: Request, token: str | None) -> None:
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    if token is None:
        return
    if kind.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), token.encode()):
        raise AdapterError("expected the bridge's outgoing token: Authorization: Bearer ...", 401)


async def _read(request: Request) -> Mapping[str, Any]:
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MAX_BYTES:
            raise wrong(f"the request is longer than {MAX_BYTES} bytes")
    try:
        body = load(received.decode())
    except ValueError:
        raise wrong("the request is not JSON") from None
    if not isinstance(body, dict):
        raise wrong('expected an object: {"id": "1", "data": {…}}')
    return body


def _data(body: Mapping[str, Any]) -> Mapping[str, Any]:
    data = body.get("data", {})
    if not isinstance(data, dict):
        raise wrong("data: expected an object")
    return data


def _json(code: int, body: Mapping[str, Any], *, pending: bool = False) -> Response:
    headers = {"x-chainlink-pending": "true"} if pending else {}
    return Response(dump(body), code, headers, "application/json")
