# SPDX-License-Identifier: MIT
"""For supervisors and Prometheus: no role needed, nothing secret shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from linkpool.api.operator.access import Node, proof_of
from linkpool.api.operator.checks import Check, checks
from linkpool.api.operator.envelope import Json, Resource
from linkpool.api.operator.metrics import exposition, gather

Nonce = Annotated[str, Query(min_length=16, max_length=128)]
router = APIRouter()


@router.get("/health")
async def health(operator: Node) -> Json:
    """The state of every service; 200 where all are well, else 503."""
    found = await checks(operator)
    return Json({"data": [_resource(check).document for check in found]}, _status(found))


@router.get("/readyz")
async def ready(operator: Node) -> Json:
    """200 where every service is well, else 503 with those that are not."""
    found = await checks(operator)
    failing = [_resource(check).document for check in found if not check.healthy]
    return Json({"data": failing}, _status(found))


@router.get("/metrics")
async def metrics(operator: Node) -> Response:
    """In the text format of Prometheus."""
    return Response(
        exposition(await gather(operator)), media_type="text/plain; version=0.0.4; charset=utf-8"
    )


@router.get("/proof")
async def proof(operator: Node, nonce: Nonce) -> Json:
    """That this is the node which wrote operator.json: its token is not sent to prove it."""
    return Json({"proof": proof_of(operator.token, nonce)})


def _status(checks: Sequence[Check]) -> int:
    return 200 if all(check.healthy for check in checks) else 503


def _resource(check: Check) -> Resource:
    status = "passing" if check.healthy else "failing"
    shown = {"name": check.name, "status": status, "output": check.text}
    return Resource("checks", check.name, shown)
