# SPDX-License-Identifier: MIT
"""bridge: asks an external adapter, which may answer later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from linkpool.net.document import load
from linkpool.oracle.duration import seconds
from linkpool.oracle.errors import SpecError, TaskError
from linkpool.oracle.results import PendingBridge
from linkpool.oracle.tasks.call import Call
from linkpool.oracle.tasks.outgoing import headers, patience
from linkpool.oracle.world import BridgeQuestion


async def ask(call: Call) -> str | PendingBridge:
    """The adapter's whole answer as text."""
    name = call.text("name")
    if call.world.bridges is None:
        raise TaskError(f"bridge {name}: no bridges here")
    run, asynchronous = call.world.run, call.flag("async", False)
    question = BridgeQuestion(
        name=name,
        request=request(call),
        task=f"{run.job_id}:{call.task.name}",
        run_id=run.run_id or None,
        task_run=run.task_run_id(call.task.name) if asynchronous else None,
        cache_ttl=cache_ttl(call),
        headers=headers(call),
        limit=patience(call),
    )
    answer = await call.world.bridges.ask(question)
    return PendingBridge(name.lower()) if answer.pending else answer.text


def request(call: Call) -> dict[str, Any]:
    """`requestData`, what is known of the run, and, if asked for, what the task before gave."""
    given = call.document("requestdata") if call.raw("requestdata") is not None else {}
    if isinstance(given, str | bytes):
        try:
            given = load(given if isinstance(given, str) else given.decode(errors="replace"))
        except ValueError as error:
            raise TaskError(f"requestData: {error}") from None
    if not isinstance(given, Mapping):
        raise TaskError(f"requestData: expected an object, got {type(given).__name__}")
    asked = dict(given)
    run = call.variables.get("jobRun")
    meta = run.get("meta") if isinstance(run, Mapping) else None
    if isinstance(meta, Mapping):
        asked["meta"] = meta
    key = call.text("includeinputatkey")
    if key and call.inputs:
        asked[key] = call.inputs[0]
    return asked


def cache_ttl(call: Call) -> float | None:
    """Seconds, as a number or a duration; None leaves it to the settings."""
    if not call.raw("cachettl"):
        return None
    given = call.required("cachettl")
    text = str(given).strip()
    try:
        return float(text) if text.isdecimal() else seconds(text)
    except SpecError as error:
        raise TaskError(f"cacheTTL: {error}") from None
