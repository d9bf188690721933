# SPDX-License-Identifier: MIT
"""A job's run for one request without any chain: sources are really asked, nothing is sent.

A transaction counts as mined well, so that tasks behind it run too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from linkpool.chain.calls import Log
from linkpool.net import HttpError, Message, host_of
from linkpool.net.document import dump
from linkpool.oracle import abi, cbor, pipeline
from linkpool.oracle.bridges.protocol import said
from linkpool.oracle.errors import SpecError, TaskError
from linkpool.oracle.places import nearest
from linkpool.oracle.results import PendingTransaction, Run, TaskResult, TaskState
from linkpool.oracle.runs.inputs import REQUEST, dump_log, variables
from linkpool.oracle.spec import JobSpec
from linkpool.oracle.world import (
    BridgeAnswer,
    BridgeQuestion,
    HttpClient,
    RunIdentity,
    World,
)

SOMEBODY: Final = "0x" + "c0" * 20
FULFIL: Final = "0x4ab0d190"  # fulfillOracleRequest
ENCODERS: Final = ("ethabiencode", "ethabiencode2")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRequest:
    """The request of a run, named as in Chainlink's event; every field has a value that does for a
    trial. `data` are the requester's parameters, or their CBOR as 0x-hexadecimal text.
    """

    requester: str = SOMEBODY
    requestId: str = "0x" + "1d" * 32
    payment: int | str = 10**17
    callbackAddr: str = SOMEBODY
    callbackFunctionId: str = FULFIL
    cancelExpiration: int | str = 4_102_444_800
    dataVersion: int | str = 2
    data: Any = "0x"
    blockNumber: int = 1
    blockHash: str = "0x" + "b1" * 32
    txHash: str = "0x" + "7a" * 32

    @classmethod
    def of(cls, given: Any) -> SimulatedRequest:
        """From what a file holds; a name that is none of ours is refused with the nearest."""
        if not isinstance(given, Mapping):
            raise SpecError('the request: expected a map such as {"data": {...}}')
        names = [field.name for field in fields(cls)]
        for name in given:
            if name not in names:
                near = nearest(str(name), names)
                raise SpecError(f"the request has no {str(name)[:40]!r}{near}: {', '.join(names)}")
        return cls(**given)

    def log(self, spec: JobSpec) -> Log:
        """The event with which the contract would ask."""
        shown = {name: getattr(self, name) for name in (a.name for a in REQUEST.arguments[1:])}
        try:
            shown["data"] = self._parameters()
            data = abi.encode(REQUEST.arguments[1:], list(shown.values()))
            return Log(
                address=spec.contract,
                topics=(REQUEST.topic, spec.spec_ids[0]),
                data=data,
                block=abi.whole(self.blockNumber, "blockNumber"),
                block_hash=abi.raw(self.blockHash, "blockHash"),
                tx="0x" + abi.raw(self.txHash, "txHash").hex(),
                index=0,
            )
        except (TaskError, TypeError) as error:
            raise SpecError(f"the request: {error}") from None

    def _parameters(self) -> bytes:
        if isinstance(self.data, Mapping):
            try:
                return cbor.encode_request(self.data)
            except UnicodeEncodeError:
                raise TaskError(
                    "data: half of a character (\\ud800 to \\udfff alone): write both"
                ) from None
        if not isinstance(self.data, str) or not self.data.startswith("0x"):
            raise TaskError("data: expected a map, or CBOR as 0x-hexadecimal text")
        return abi.raw(self.data, "data")


@dataclass(frozen=True, slots=True)
class Step:
    """One task of a simulated run. `seconds` is how long it took; `error` empty where it did not
    fail.
    """

    name: str
    kind: str
    state: str
    inputs: Mapping[str, Any]
    output: Any
    error: str
    attempts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the node would send. `function` is empty where the job does not say what it calls."""

    task: str
    to: str
    gas: int | None
    data: bytes
    function: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Simulation:
    state: str
    steps: list[Step]
    transactions: list[Transaction]
    error: str
    """Why it failed; empty where it did not."""


class SimulatedBridges:
    """Adapters by name: the text of an answer, or a URL that is really asked."""

    def __init__(self, http: HttpClient, answers: Mapping[str, str], urls: Mapping[str, str]):
        self._http = http
        self._answers = answers
        self._urls = urls

    async def ask(self, question: BridgeQuestion) -> BridgeAnswer:
        name = question.name.lower()
        if name in self._answers:
            return BridgeAnswer(self._answers[name])
        url = self._urls.get(name)
        if url is None:
            raise TaskError(f"bridge {name}: say what it answers: --bridge {name}=FILE (or =URL)")
        message = Message("POST", url, dump(question.request).encode(), question.headers)
        try:
            answer = await self._http.send(message, private=[host_of(url)], limit=question.limit)
        except HttpError as error:
            raise TaskError(str(error)) from None
        found = said(answer)
        return BridgeAnswer(found.text, pending=found.pending)


async def simulate(
    spec: JobSpec, request: SimulatedRequest, http: HttpClient, bridges: SimulatedBridges
) -> Simulation:
    """One run, with its transactions taken as mined."""
    start = variables(dump_log(request.log(spec)), spec, job=0)
    world = World(http, None, bridges, RunIdentity("simulation", "simulation"))
    known: dict[str, TaskResult] = {}
    wanted: list[TaskResult] = []
    while True:
        run = await pipeline.run(spec.graph, start, world, deadline=spec.deadline, known=known)
        if not run.suspended:
            return _told(spec, run, wanted)
        known = dict(run.tasks)
        for task in run.suspended:
            wanted.append(task)
            known[task.name] = _ended(task, request)


def _ended(task: TaskResult, request: SimulatedRequest) -> TaskResult:
    if not isinstance(task.value, PendingTransaction):
        late = TaskError(f"{task.name}: the adapter answers later, a simulation does not wait")
        return replace(task, state=TaskState.ERRORED, value=late)
    tx = "0x" + "00" * 32
    receipt: Any = {
        "transactionHash": tx,
        "blockNumber": abi.whole(request.blockNumber, "blockNumber") + 1,
        "status": 1,
    }
    if task.value.min_confirmations == 0:
        receipt = tx
    return replace(task, state=TaskState.COMPLETED, value=receipt)


def _told(spec: JobSpec, run: Run, wanted: list[TaskResult]) -> Simulation:
    sent = {task.name: task.value for task in wanted}
    ends = [(name, value) for name, value in sent.items() if isinstance(value, PendingTransaction)]
    return Simulation(
        state=run.state.value,
        steps=[_step(task, sent) for task in run.tasks.values()],
        transactions=[_transaction(spec, name, value) for name, value in ends],
        error=str(run.error or ""),
    )


def _step(task: TaskResult, sent: Mapping[str, Any]) -> Step:
    simulated = isinstance(sent.get(task.name), PendingTransaction)
    return Step(
        task.name,
        task.kind,
        "would send" if simulated else task.state.value,
        task.inputs,
        None if task.error or simulated else task.value,
        str(task.error or ""),
        task.attempts,
        max(0.0, task.finished - task.started),
    )


def _transaction(spec: JobSpec, task: str, wanted: PendingTransaction) -> Transaction:
    function, arguments = _decoded(spec, wanted.data)
    return Transaction(task, wanted.to, wanted.gas, wanted.data, function, arguments)


def _decoded(spec: JobSpec, data: bytes) -> tuple[str, Mapping[str, Any]]:
    """By the ABI texts of the job's own encoding tasks."""
    for task in spec.graph.tasks:
        text = task.attributes.get("abi", "")
        if task.kind not in ENCODERS or "$(" in text:
            continue
        try:
            signature = abi.parse(text)
            if signature.name and signature.selector == data[:4]:
                return signature.canonical, abi.decode_arguments(signature, data[4:])
        except TaskError:
            continue
    return "", {}
