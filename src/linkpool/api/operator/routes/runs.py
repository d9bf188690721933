# SPDX-License-Identifier: MIT
"""Runs of all jobs; looking at the chain again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from linkpool.api.operator.access import Allow, Node
from linkpool.api.operator.accounts import Role
from linkpool.api.operator.envelope import Json, Page, Resource, found, one, paged
from linkpool.api.operator.fields import Block, Number
from linkpool.api.operator.routes.shown import run_resource
from linkpool.oracle.runs import history
from linkpool.oracle.runs.states import State

router = APIRouter()


@router.get("/pipeline/runs")
async def listing(
    request: Request,
    operator: Node,
    page: Annotated[Page, Depends()],
    state: Annotated[State | None, Query()] = None,
) -> Json:
    """Newest first; `state` keeps only those in it."""
    rows, count = await operator.database.read(
        lambda c: (
            history.run_page(c, offset=page.offset, limit=page.size, state=state),
            history.run_count(c, state=state),
        )
    )
    return paged(request, page, [run_resource(run) for run in rows], count)


@router.get("/pipeline/runs/{run}")
async def show(run: Number, operator: Node) -> Json:
    """With its tasks: what each put out, or why it failed."""
    row = await operator.database.read(lambda c: history.find_run(c, run))
    return one(run_resource(found(row, f"run {run}")))


@router.post("/pipeline/runs/{run}/retry", dependencies=[Depends(Allow(Role.RUN))])
async def retry(run: Number, operator: Node) -> Json:
    """A failed run once more, as long as its request is open."""
    found(await operator.database.read(lambda c: history.find_run(c, run)), f"run {run}")
    await operator.host.retry(run)
    row = await operator.database.read(lambda c: history.find_run(c, run))
    return one(run_resource(found(row, f"run {run}")))


@router.post("/replay_from_block/{block}", dependencies=[Depends(Allow(Role.RUN))])
async def replay(block: Block, operator: Node) -> Json:
    """Reads the chain's logs again from a block on; requests that have a run keep it."""
    await operator.host.replay(block)
    return one(Resource("response", "replayResponse", {"message": "Replay started"}))
