# SPDX-License-Identifier: MIT
"""What a pipeline's result means for its run: what to send, to wait for, to store. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from eth_typing import ChecksumAddress

from linkpool.oracle.errors import TaskError
from linkpool.oracle.graph import Graph
from linkpool.oracle.results import PendingTransaction, Run, RunState, TaskResult, TaskState
from linkpool.oracle.runs.jobs import Job
from linkpool.oracle.runs.records import Claim, Enqueued, Outcome
from linkpool.oracle.runs.states import State
from linkpool.oracle.world import RunIdentity
from linkpool.transactions.intents import Intent

GAS: Final = 500_000  # a Chainlink node's; the contract keeps 400,000 of it for the consumer


def judge(
    job: Job, claim: Claim, run: Run, *, accounts: Collection[ChecksumAddress], chain_id: int
) -> Outcome:
    """`accounts` are those that this process can send from."""
    identity = RunIdentity(str(job.id), str(claim.id))
    ids = {name: identity.task_run_id(name) for name in run.tasks}
    if run.state is RunState.ERRORED:
        return _errored(claim, run, ids)
    if job.shadow:
        run = _unsent(run)
    tasks, intents = dict(run.tasks), []
    for task in run.suspended:
        if isinstance(wanted := task.value, PendingTransaction):
            problem = _problem(wanted, accounts, chain_id)
            if problem:
                tasks[task.name] = _failed(task, problem)
                return _errored(claim, Run(tasks, run.terminal), ids)
            intents.append(_intent(job, claim, task.name, wanted))
            kept = Enqueued(
                intent=intents[-1].key,
                depth=wanted.min_confirmations,
                fail_on_revert=wanted.fail_on_revert,
            )
            tasks[task.name] = replace(task, value=kept)
    made = Run(tasks, run.terminal)
    return Outcome(
        claim=claim,
        state=_state(made, job.spec.graph),
        tasks=list(tasks.values()),
        outputs=made.outputs,
        intents=intents,
        depth=_depth(made),
        task_ids=ids,
    )


def failed(outcome: Outcome, key: str, reason: str) -> Outcome:
    """The run's outcome where the contract refuses the intent `key`: nothing of it is sent."""
    tasks = [
        _failed(task, reason)
        if isinstance(task.value, Enqueued) and task.value.intent == key
        else task
        for task in outcome.tasks
    ]
    return replace(
        outcome,
        state=State.ERRORED,
        tasks=[replace(t, state=TaskState.CANCELLED, value=None) if _unsettled(t) else t
               for t in tasks],
        reason=reason,
        errors=[task.error for task in tasks],
        outputs=(),
        intents=(),
        depth=None,
    )  # fmt: skip


def _unsettled(task: TaskResult) -> bool:
    return task.state is TaskState.SUSPENDED


def _failed(task: TaskResult, reason: str) -> TaskResult:
    return replace(task, state=TaskState.ERRORED, value=TaskError(f"{task.name}: {reason}"))


def _errored(claim: Claim, run: Run, ids: dict[str, str]) -> Outcome:
    tasks = [
        replace(t, state=TaskState.CANCELLED, value=None) if _unsettled(t) else t
        for t in run.tasks.values()
    ]
    error = run.error or next((e for e in run.all_errors if e is not None), None)
    return Outcome(
        claim=claim,
        state=State.ERRORED,
        tasks=tasks,
        reason=str(error or "failed early"),
        outputs=run.outputs,
        errors=run.fatal_errors,
        task_ids=ids,
    )


def _state(run: Run, graph: Graph) -> State:
    """SENDING is a suspension that nothing but the depth of the one answer ends."""
    if run.state is RunState.COMPLETED:
        return State.COMPLETED
    everything = len(run.tasks) == len(graph.tasks)
    [*waiting] = run.suspended
    sole = len(waiting) == 1 and isinstance(waiting[0].value, Enqueued)
    last = sole and run.terminal == (waiting[0].name,)
    return State.SENDING if everything and last else State.SUSPENDED


def _depth(run: Run) -> int | None:
    return next((t.value.depth for t in run.suspended if isinstance(t.value, Enqueued)), None)


def _problem(
    wanted: PendingTransaction, accounts: Collection[ChecksumAddress], chain_id: int
) -> str:
    if wanted.chain_id is not None and wanted.chain_id != chain_id:
        return f"evmChainID: wants chain {wanted.chain_id}, this is {chain_id}"
    if wanted.senders and not any(sender in accounts for sender in wanted.senders):
        return f"from: no key here for {', '.join(wanted.senders)}"
    return ""


def _intent(job: Job, claim: Claim, task: str, wanted: PendingTransaction) -> Intent:
    named = f"request {claim.request}" if claim.request else f"run {claim.id}"
    return Intent(
        key=claim.intent_key(task),
        account=wanted.sender or job.node,
        to=wanted.to,
        data=wanted.data,
        gas=wanted.gas or GAS,
        what=f"{task} of {named}",
    )


def _unsent(run: Run) -> Run:
    """A shadow job's transactions are results like any other."""
    tasks = {
        name: replace(task, state=TaskState.COMPLETED, value=_would_send(task.value))
        if isinstance(task.value, PendingTransaction)
        else task
        for name, task in run.tasks.items()
    }
    return Run(tasks, run.terminal)


def _would_send(wanted: PendingTransaction) -> dict[str, object]:
    return {"to": wanted.to, "data": wanted.data, "sent": False}
