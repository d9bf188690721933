# SPDX-License-Identifier: MIT
"""`linkpool job add|list|show|delete|run|compare`: the jobs of a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from linkpool.cli import options
from linkpool.cli.command import operates
from linkpool.cli.files import json_of, text_of
from linkpool.cli.operator import Item, operator_client, part
from linkpool.cli.output import Answer, beyond, counted
from linkpool.cli.runs import run_answer
from linkpool.cli.session import Session
from linkpool.units import show_link

_COMPARED = ("run", "request", "verdict", "ours", "theirs", "theirs_tx")

Job = Annotated[
    str, typer.Argument(metavar="JOB", help="its number or external id: `linkpool job list`")
]


def register(app: typer.Typer) -> None:
    """Beside the commands that need no node."""
    operates(app, "add")(add)
    operates(app, "list")(listing)
    operates(app, "show")(show)
    operates(app, "delete")(delete)
    operates(app, "run")(run)
    operates(app, "compare")(compare)


async def add(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="job spec (TOML)")],
    node: Annotated[
        str | None,
        typer.Option("--node", metavar="ADDRESS", help="who answers, where several could"),
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="compare with another node's answers, send nothing")
    ] = False,
) -> Answer:
    """Serve a job; the same file again changes nothing."""
    body = {"toml": text_of(file, "job"), "node": node, "shadow": shadow}
    async with operator_client(session, new=True) as client:
        job = await client.post("/v2/jobs", body)
        note = "" if client.running else "No node runs: it is served from the next start on."
    return _answer(job, note=note)


async def listing(session: Session, page: options.Page = 1, size: options.Size = 100) -> Answer:
    """Jobs that are served."""
    async with operator_client(session) as client:
        jobs, count = await client.page("/v2/jobs", page=page, size=size)
    return Answer(
        title=counted(count, "job"),
        note=beyond(page, size, count),
        data={"jobs": jobs, "count": count},
        columns=("job", "name", "external id", "contract", "node", ""),
        rows=[
            (
                job["id"],
                job["name"],
                job["externalJobID"],
                job.get("directRequestSpec", {}).get("contractAddress", ""),
                job["node"],
                _remark(job),
            )
            for job in jobs
        ],
    )


async def show(session: Session, job: Job) -> Answer:
    """One job: terms, tasks, its text."""
    async with operator_client(session) as client:
        return _answer(await client.get(f"/v2/jobs/{part(job)}"), text=True)


async def delete(session: Session, job: Job) -> Answer:
    """Serve a job no more; its runs stay as history."""
    async with operator_client(session) as client:
        known = await client.get(f"/v2/jobs/{part(job)}")
        await client.delete(f"/v2/jobs/{part(job)}")
    number = known["id"]
    return Answer(title="", data={"deleted": number}, note=f"job {number} takes no more requests")


async def run(
    session: Session,
    job: Job,
    request: Annotated[
        Path | None,
        typer.Option("--request", metavar="FILE", help="data (JSON): $(jobRun.requestBody)"),
    ] = None,
) -> Answer:
    """Run a job by hand, on the running node: a job that sends, sends."""
    body = None if request is None else json_of(request, "request")
    async with operator_client(session) as client:
        return run_answer(await client.post(f"/v2/jobs/{part(job)}/runs", body))


async def compare(session: Session, job: Job) -> Answer:
    """What a shadow job would have answered, against what the other node did."""
    async with operator_client(session) as client:
        found = await client.get(f"/v2/jobs/{part(job)}/comparisons")
    return Answer(
        title="",
        data=found,
        facts=[(name, str(found[name])) for name in ("agreed", "differed", "missing")],
        columns=("run", "request", "", "ours", "theirs", "their transaction"),
        rows=[
            tuple(str(each[name] or "none") for name in _COMPARED) for each in found["differences"]
        ],
        note="missing: one of the two gave no answer",
    )


def _answer(job: Item, *, note: str = "", text: bool = False) -> Answer:
    spec: dict[str, Any] = job.get("directRequestSpec", {})
    facts = [
        ("job", job["id"]),
        ("name", job["name"]),
        ("external id", job["externalJobID"]),
        ("node", job["node"]),
    ]
    if spec:
        minimum = spec["minContractPaymentLinkJuels"]
        facts += [
            ("contract", spec["contractAddress"]),
            ("confirmations", str(spec["minIncomingConfirmations"])),
            ("minimum payment", "the node's" if minimum is None else show_link(int(minimum))),
            ("requesters", ", ".join(spec["requesters"] or ["anybody"])),
            ("tasks", ", ".join(job["pipelineSpec"]["tasks"])),
        ]
    facts += [("warning", text) for text in job.get("warnings", [])]
    facts += [("remark", remark)] if (remark := _remark(job)) else []
    if text:
        note = "\n".join(filter(None, (note, "", job["toml"])))
    return Answer(title="", data=job, facts=facts, note=note)


def _remark(job: Item) -> str:
    broken = [error["description"] for error in job["errors"]]
    archived = ["deleted"] if job["archivedAt"] else []
    return "; ".join([*archived, *(["shadow"] if job["shadow"] else []), *broken])
