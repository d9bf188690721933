# SPDX-License-Identifier: MIT
"""What this node is: settings, chain, endpoints, version, log level."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from linkpool import __version__, telemetry
from linkpool.api.operator.access import Allow, Node
from linkpool.api.operator.accounts import Role
from linkpool.api.operator.envelope import Json, Page, Resource, many, one, paged
from linkpool.api.operator.fields import Body, Text
from linkpool.chain.rpc import EndpointState
from linkpool.errors import UsageError

router = APIRouter()


class Log(Body):
    level: Text = Field(max_length=16)


@router.get("/config/v2")
async def config(operator: Node) -> Json:
    """Settings in force, as TOML; passwords and tokens are left out."""
    text = operator.settings.document()
    return one(Resource("configv2", "config", {"config": text}))


@router.get("/chains/evm")
async def chains(request: Request, operator: Node, page: Annotated[Page, Depends()]) -> Json:
    """The one chain of this node."""
    shown = {"enabled": True, "network": operator.settings.network}
    chain = Resource("evm_chain", str(operator.chain_id), shown)
    return paged(request, page, [chain][page.offset :], 1)


@router.get("/nodes/evm")
async def endpoints(request: Request, operator: Node, page: Annotated[Page, Depends()]) -> Json:
    """The RPC endpoints: their hosts, never the rest of their addresses."""
    states = operator.connection.endpoints if operator.connection is not None else []
    shown = [_endpoint(one, operator.chain_id) for one in states]
    return paged(request, page, shown[page.offset : page.offset + page.size], len(shown))


@router.get("/build_info")
async def build_info() -> Json:
    """The version that runs."""
    return Json({"version": __version__})


@router.get("/features")
async def features() -> Json:
    """For clients that ask; none of these is here."""
    absent = {"enabled": False}
    return many([Resource("features", name, absent) for name in ("csa", "feeds_manager")])


@router.get("/log")
async def log_level() -> Json:
    """What is logged now."""
    return one(_log())


@router.patch("/log", dependencies=[Depends(Allow(Role.ADMIN))])
async def set_log_level(given: Log) -> Json:
    """Until the node stops."""
    if given.level not in telemetry.LEVELS:
        raise UsageError(f"level: expected one of {', '.join(telemetry.LEVELS)}")
    telemetry.set_level(given.level)
    return one(_log())


def _log() -> Resource:
    return Resource("logs", "log", {"serviceName": ["Global"], "logLevel": [telemetry.level()]})


def _endpoint(state: EndpointState, chain_id: int) -> Resource:
    shown = {
        "name": state.name,
        "chainID": str(chain_id),
        "state": str(state.standing),
        "head": state.head,
        "failures": state.failures,
        "error": telemetry.hide_tokens(state.error),
        "subscribed": state.subscribed,
    }
    return Resource("evm_node", state.name, shown)
