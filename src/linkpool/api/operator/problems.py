# SPDX-License-Identifier: MIT
"""Errors as JSON:API has them: one sentence each, nothing of what is inside."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from linkpool.api.operator.envelope import problem, status_of
from linkpool.errors import LinkPoolError
from linkpool.settings.sentences import sentence
from linkpool.telemetry import hide_tokens, logger

log = logger(__name__)


def install(app: FastAPI) -> None:
    """Every way in which a request can fail."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(LinkPoolError, _known)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(Exception, _unknown)


async def _refused(request: Request, error: Any) -> Response:
    text = str(error.detail)
    if text in ("Not Found", "Method Not Allowed"):  # of the router: it knows no sentence
        text = f"there is nothing for {request.method} at {request.url.path}"
    answer = problem(error.status_code, text)
    answer.headers.update(error.headers or {})
    return answer


async def _invalid(_request: Request, error: Any) -> Response:
    return problem(422, *(_sentence(each) for each in error.errors()))


async def _known(_request: Request, error: Any) -> Response:
    findings = [str(finding) for finding in getattr(error, "findings", ())]
    return problem(status_of(error), hide_tokens(str(error)), *map(hide_tokens, findings))


async def _database(request: Request, error: Any) -> Response:
    log.error("api.database", path=request.url.path, error=str(error.orig))
    return problem(503, "the database does not answer: see the node's log")


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("api.failed", path=request.url.path, error=repr(error), exc_info=error)
    return problem(500, "something went wrong here: see the node's log")


def _sentence(found: dict[str, Any]) -> str:
    place, *names = found["loc"]
    if found["type"] == "json_invalid":
        return "the body is not JSON"
    shown = ".".join(map(str, names)) or str(place)
    return f"{shown}: {sentence(found)}"
