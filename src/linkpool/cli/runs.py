# SPDX-License-Identifier: MIT
"""`linkpool run …`: what became of requests, task by task."""

from __future__ import annotations

from typing import Annotated

import typer

from linkpool.cli import options
from linkpool.cli.command import operates
from linkpool.cli.operator import Item, operator_client, part
from linkpool.cli.output import Answer, beyond, counted, short
from linkpool.cli.session import Session
from linkpool.oracle.runs.states import State
from linkpool.units import show_link

app = typer.Typer(help="Runs of jobs: what became of requests, task by task.")

Run = Annotated[int, typer.Argument(metavar="RUN", min=1, max=2**63 - 1, help="its number")]


@operates(app, "list")
async def listing(
    session: Session,
    job: Annotated[
        str | None, typer.Option("--job", metavar="JOB", help="only of this job")
    ] = None,
    only: Annotated[State | None, typer.Option("--only", help="in this state")] = None,
    page: options.Page = 1,
    size: options.Size = 25,
) -> Answer:
    """Newest first."""
    path = "/v2/pipeline/runs" if job is None else f"/v2/jobs/{part(job)}/runs"
    async with operator_client(session) as client:
        runs, count = await client.page(path, page=page, size=size, state=only)
    return Answer(
        title=counted(count, "run"),
        note=beyond(page, size, count),
        data={"runs": runs, "count": count},
        columns=("run", "job", "state", "request", "payment", "created", "reason"),
        rows=[
            (
                run["id"],
                str(run["jobName"] or run["jobID"] or ""),
                run["state"],
                run["requestID"] or run["origin"],
                show_link(int(run["payment"])) if run["payment"] else "",
                run["createdAt"],
                run["reason"] or "",
            )
            for run in runs
        ],
    )


@operates(app, "show")
async def show(session: Session, run: Run) -> Answer:
    """One run: its request, and what each task put out or why it failed."""
    async with operator_client(session) as client:
        return run_answer(await client.get(f"/v2/pipeline/runs/{run}"))


@operates(app, "retry")
async def retry(session: Session, run: Run) -> Answer:
    """A failed run once more, as long as its request is open."""
    async with operator_client(session) as client:
        return run_answer(await client.post(f"/v2/pipeline/runs/{run}/retry"))


def run_answer(run: Item) -> Answer:
    """One run as people and programs see it."""
    labels = {
        "jobName": "job",
        "requestID": "request",
        "requester": "requester",
        "contract": "contract",
        "block": "block",
        "transactionKey": "transaction",
        "answerHash": "answered by",
        "createdAt": "created",
        "finishedAt": "finished",
        "reason": "reason",
    }
    facts = [(label, str(run[key])) for key, label in labels.items() if run[key] is not None]
    if run["payment"] is not None:
        facts.append(("payment", show_link(int(run["payment"]))))
    if run["outputs"]:
        facts.append(("outputs", short(run["outputs"])))
    return Answer(
        title=f"run {run['id']}: {run['state']}",
        data=run,
        facts=facts,
        columns=("task", "type", "state", "output", "attempts") if run["taskRuns"] else (),
        rows=[
            (
                task["dotId"],
                task["type"],
                task["state"],
                _outcome(task),
                str(task["attempts"]),
            )
            for task in run["taskRuns"]
        ],
    )


def _outcome(task: Item) -> str:
    if task["error"]:
        return f"failed: {short(task['error'])}"
    return "" if task["output"] is None else short(task["output"])
