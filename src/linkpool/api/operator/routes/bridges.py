# SPDX-License-Identifier: MIT
"""External adapters by name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field
from sqlalchemy import Connection

from linkpool.api.operator.access import Allow, Node, Someone
from linkpool.api.operator.accounts import Role, User
from linkpool.api.operator.envelope import (
    Json,
    Page,
    Resource,
    found,
    moment,
    nothing,
    one,
    paged,
)  # fmt: skip
from linkpool.api.operator.fields import Body, Name, Text
from linkpool.errors import UsageError
from linkpool.oracle.bridges import registry
from linkpool.oracle.bridges.registry import Bridge, BridgeDraft
from linkpool.oracle.runs import jobs
from linkpool.telemetry import hide_tokens
from linkpool.units import Juels

router = APIRouter()
edit = [Depends(Allow(Role.EDIT))]


class Draft(Body):
    name: Text = Field(max_length=100)
    url: Text = Field(max_length=2048)
    confirmations: int = Field(default=0, ge=0, le=10_000)
    minimumContractPayment: Text | int | None = None
    outgoingToken: Text | None = Field(default=None, min_length=16, max_length=256)

    @property
    def facts(self) -> BridgeDraft:
        return BridgeDraft(
            name=self.name,
            url=self.url,
            confirmations=self.confirmations,
            minimum_payment=juels(self.minimumContractPayment),
            outgoing_token=self.outgoingToken,
        )


def juels(given: str | int | None) -> Juels:
    """Whole juels, as a number or as text."""
    text = str(given or 0)
    if not (text.isascii() and text.isdecimal() and len(text) <= 78):
        raise UsageError("minimumContractPayment: expected whole juels")
    return Juels(int(text))


@router.get("/bridge_types")
async def listing(
    request: Request, operator: Node, user: Someone, page: Annotated[Page, Depends()]
) -> Json:
    """By name."""
    rows, count = await operator.database.read(
        lambda c: (registry.page(c, page.offset, page.size), registry.count(c))
    )
    return paged(request, page, [_resource(row, user) for row in rows], count)


@router.post("/bridge_types", dependencies=edit)
async def add(given: Draft, operator: Node) -> Json:
    """The answer has the tokens: they are shown this once."""
    now = operator.now()
    new = await operator.database.write(lambda c: registry.add(c, given.facts, now))
    shown = _shown(new.bridge) | {
        "incomingToken": new.incoming_token,
        "outgoingToken": new.outgoing_token,
    }
    return one(Resource("bridges", new.bridge.name, shown))


@router.get("/bridge_types/{name}")
async def show(name: Name, operator: Node, user: Someone) -> Json:
    """One of them."""
    row = await operator.database.read(lambda c: registry.find(c, name))
    return one(_resource(found(row, f"bridge {name}"), user))


@router.patch("/bridge_types/{name}", dependencies=edit)
async def change(name: Name, given: Draft, operator: Node, user: Someone) -> Json:
    """Everything but its name and its tokens."""
    now = operator.now()
    found(await operator.database.read(lambda c: registry.find(c, name)), f"bridge {name}")
    row = await operator.database.write(lambda c: registry.update(c, name, given.facts, now))
    return one(_resource(row, user))


@router.delete("/bridge_types/{name}", dependencies=edit)
async def remove(name: Name, operator: Node) -> Response:
    """Refused while jobs use it."""
    found(await operator.database.read(lambda c: registry.find(c, name)), f"bridge {name}")

    def work(connection: Connection) -> None:
        book = jobs.read(connection)
        users = [job.spec.name or str(job.id) for job in book.jobs.values() if _uses(job, name)]
        registry.remove(connection, name, used_by=users)

    await operator.database.write(work)
    return nothing()


def _uses(job: jobs.Job, name: str) -> bool:
    return name.lower() in job.bridges


def _resource(bridge: Bridge, user: User) -> Resource:
    """Who may only look does not see what may be a token in the address."""
    shown = _shown(bridge)
    if user.role < Role.EDIT:
        shown["url"] = hide_tokens(bridge.url)
    return Resource("bridges", bridge.name, shown)


def _shown(bridge: Bridge) -> dict[str, object]:
    return {
        "name": bridge.name,
        "url": bridge.url,
        "confirmations": bridge.confirmations,
        "minimumContractPayment": str(bridge.minimum_payment),
        "createdAt": moment(bridge.created),
        "updatedAt": moment(bridge.updated),
    }
