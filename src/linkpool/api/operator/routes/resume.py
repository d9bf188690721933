# SPDX-License-Identifier: MIT
"""Where asynchronous adapters send their answers."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, HTTPException, Request

from linkpool.api.operator.access import Node
from linkpool.api.operator.envelope import Json, Resource, found, one
from linkpool.api.operator.fields import Anything, Body, Text
from linkpool.oracle.bridges import registry

router = APIRouter()


class Answered(Body):
    """One of the two."""

    value: Anything = None
    error: Text | None = None


@router.patch("/v2/resume/{task_run}")
async def resume(task_run: UUID, given: Answered, request: Request, operator: Node) -> Json:
    """The bridge's incoming token is required: Authorization: Bearer TOKEN."""
    if {"value", "error"} <= given.model_fields_set or not given.model_fields_set:
        raise HTTPException(422, "expected one of value and error")
    if "error" in given.model_fields_set and not given.error:
        raise HTTPException(422, "error: expected text that says what went wrong")
    name = found(await operator.host.bridge_of(str(task_run)), f"task {task_run} that waits")
    token = _token(request)
    if not await operator.database.read(lambda c: registry.may_resume(c, name, token)):
        raise HTTPException(401, f"expected the incoming token of bridge {name}")
    if not await operator.host.resume(str(task_run), value=given.value, error=given.error):
        raise HTTPException(404, f"there is no task {task_run} that waits")
    return one(Resource("resumed", str(task_run), {}))


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
