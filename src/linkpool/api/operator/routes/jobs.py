# SPDX-License-Identifier: MIT
"""Jobs: added, looked at, archived, run by hand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import Field

from linkpool.api.operator.access import Allow, Node
from linkpool.api.operator.accounts import Role
from linkpool.api.operator.envelope import Json, Page, Resource, found, nothing, one, paged
from linkpool.api.operator.fields import Body, Name, Text, clean
from linkpool.api.operator.model import Operator
from linkpool.api.operator.routes.shown import job_resource, run_resource
from linkpool.net.document import load, printable
from linkpool.oracle.runs import history, shadow
from linkpool.oracle.runs.history import JobRow
from linkpool.oracle.runs.states import State
from linkpool.oracle.spec import MAX_FILE

DIFFERENCES: Final = 100

router = APIRouter()


class NewJob(Body):
    toml: Text = Field(max_length=MAX_FILE)
    node: Text | None = Field(None, max_length=64)
    shadow: bool = False


@router.get("/jobs")
async def listing(request: Request, operator: Node, page: Annotated[Page, Depends()]) -> Json:
    """Jobs that are served, in the order in which they were added."""
    rows, count = await operator.database.read(
        lambda c: (
            history.job_page(c, offset=page.offset, limit=page.size),
            history.job_count(c),
        )
    )
    return paged(request, page, [job_resource(row) for row in rows], count)


@router.post("/jobs", dependencies=[Depends(Allow(Role.EDIT))])
async def add(given: NewJob, operator: Node) -> Json:
    """The same file for the same contract again is the same job."""
    number = await operator.host.add_job(given.toml, node=given.node, shadow=given.shadow)
    return one(job_resource(await _job(operator, str(number))))


@router.get("/jobs/{job}")
async def show(job: Name, operator: Node) -> Json:
    """By number or external id."""
    return one(job_resource(await _job(operator, job)))


@router.delete("/jobs/{job}", dependencies=[Depends(Allow(Role.EDIT))])
async def archive(job: Name, operator: Node) -> Response:
    """Takes no more requests; its runs stay as history."""
    row = await _job(operator, job)
    await operator.host.archive_job(row.id)
    return nothing()


@router.get("/jobs/{job}/runs")
async def runs(
    job: Name,
    request: Request,
    operator: Node,
    page: Annotated[Page, Depends()],
    state: Annotated[State | None, Query()] = None,
) -> Json:
    """Its runs, newest first; `state` keeps only those in it."""
    row = await _job(operator, job)
    found_runs, count = await operator.database.read(
        lambda c: (
            history.run_page(c, offset=page.offset, limit=page.size, job=row.id, state=state),
            history.run_count(c, job=row.id, state=state),
        )
    )
    return paged(request, page, [run_resource(run) for run in found_runs], count)


@router.get("/jobs/{job}/comparisons")
async def compared(job: Name, operator: Node) -> Json:
    """Of a shadow job: how often its answers were those of the other node, and what differed."""
    row = await _job(operator, job)
    counts, differences = await operator.database.read(
        lambda c: (shadow.summary(c), shadow.differences(c, row.id, limit=DIFFERENCES))
    )
    found = next((each for each in counts if each.job == row.id), shadow.Summary(job=row.id))
    shown = asdict(found) | {"differences": [asdict(each) for each in differences]}
    return one(Resource("comparisons", str(row.id), shown))


@router.post("/jobs/{job}/runs", dependencies=[Depends(Allow(Role.RUN))])
async def run(job: Name, operator: Node, request: Request) -> Json:
    """A run by hand. The body is the request's data: tasks see it as $(jobRun.requestBody)."""
    row = await _job(operator, job)
    number = await operator.host.run_job(row.id, _variables(await request.body()))
    made = await operator.database.read(lambda c: history.find_run(c, number))
    return one(run_resource(found(made, f"run {number}")))


def _variables(body: bytes) -> dict[str, Any]:
    try:
        text = clean(body.decode("utf-8"))
        if text.strip():
            load(text)
    except ValueError as error:
        raise HTTPException(422, f"the body is not JSON: {printable(str(error))}") from None
    return {"jobRun": {"requestBody": text, "meta": {}}}


async def _job(operator: Operator, name: str) -> JobRow:
    row: JobRow = found(
        await operator.database.read(lambda c: history.find_job(c, name)), f"job {name}"
    )
    return row
