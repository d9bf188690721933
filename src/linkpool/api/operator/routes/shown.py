# SPDX-License-Identifier: MIT
"""Jobs and runs as Chainlink's API shows them, with what it lacks besides."""

from __future__ import annotations

from typing import Any

from linkpool.api.operator.envelope import Resource, moment
from linkpool.errors import LinkPoolError
from linkpool.oracle.runs.history import JobRow, RunRow, TaskRow
from linkpool.oracle.spec import JobSpec, load


def job_resource(row: JobRow) -> Resource:
    """A job that this version cannot read says so among its errors."""
    shown: dict[str, Any] = {
        "name": row.name,
        "type": "directrequest",
        "schemaVersion": 1,
        "externalJobID": row.external_id,
        "node": row.node,
        "shadow": row.shadow,
        "createdAt": moment(row.created),
        "archivedAt": moment(row.archived),
        "toml": row.toml,
        "errors": [],
    }
    try:
        spec = load(row.toml, contract=row.contract)  # type: ignore[arg-type]
    except LinkPoolError as error:
        return Resource("jobs", str(row.id), shown | {"errors": [{"description": str(error)}]})
    return Resource("jobs", str(row.id), shown | _specified(row, spec))


def _specified(row: JobRow, spec: JobSpec) -> dict[str, Any]:
    return {
        "warnings": [str(notice) for notice in spec.warnings],
        "maxTaskDuration": f"{spec.deadline:g}s",
        "directRequestSpec": {
            "contractAddress": spec.contract,
            "minIncomingConfirmations": spec.confirmations,
            "minContractPaymentLinkJuels": None if spec.minimum is None else str(spec.minimum),
            "requesters": sorted(spec.requesters) or None,
            "evmChainID": None if spec.chain_id is None else str(spec.chain_id),
            "initiator": "runlog",
            "createdAt": moment(row.created),
        },
        "pipelineSpec": {
            "id": row.id,
            "jobID": row.id,
            "tasks": [task.name for task in spec.graph.tasks],
        },
    }


def run_resource(run: RunRow) -> Resource:
    """`state` and `reason` are ours: they say why there is no answer."""
    shown: dict[str, Any] = {
        "jobID": run.job,
        "jobName": run.job_name,
        "state": str(run.state),
        "reason": run.reason,
        "origin": run.origin,
        "contract": run.contract,
        "requestID": run.request,
        "requester": run.requester,
        "payment": run.payment,
        "block": run.block,
        "expiresAt": moment_or_never(run.expires),
        "transactionKey": run.intent,
        "answerHash": run.answer_tx,
        "inputs": run.input,
        "outputs": run.outputs,
        "fatalErrors": run.errors,
        "allErrors": [task.error for task in run.tasks if task.error is not None],
        "taskRuns": [_task(task) for task in run.tasks],
        "createdAt": moment(run.created),
        "finishedAt": moment(run.finished),
    }
    return Resource("pipelineRun", str(run.id), shown)


def moment_or_never(seconds: int | None) -> str | None:
    """None beyond the year 9999, which contracts may ask for."""
    return moment(seconds) if seconds is not None and seconds < 253_402_300_800 else None


def _task(task: TaskRow) -> dict[str, Any]:
    return {
        "id": task.id,
        "dotId": task.name,
        "type": task.kind,
        "state": task.state,
        "output": task.output,
        "error": task.error,
        "attempts": task.attempts,
        "createdAt": moment(task.started),
        "finishedAt": moment(task.finished),
    }
