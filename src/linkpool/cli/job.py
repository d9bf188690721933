# SPDX-License-Identifier: MIT
"""`linkpool job …`: job specs, in files and in the node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from eth_typing import ChecksumAddress

from linkpool.chain.addresses import address
from linkpool.cli import job_node
from linkpool.cli.command import offline
from linkpool.cli.files import json_of, text_of
from linkpool.cli.output import Answer, short, show
from linkpool.cli.session import Session
from linkpool.errors import CheckFailed, UsageError
from linkpool.net import HttpClient, HttpLimits
from linkpool.oracle.spec import PLACEHOLDER, JobSpec, load, template

SHOWN = 400  # characters of a value in a table
NOWHERE = address("0x" + "0a" * 20)  # stands for the placeholder of the oracle's address

app = typer.Typer(help="Job specs: check them, try them, serve them.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="job spec (TOML)")]
Contract = Annotated[
    ChecksumAddress | None,
    typer.Option(
        "--contract",
        metavar="ADDRESS",
        parser=address,
        help="put in place of YOUR_ORACLE_CONTRACT_ADDRESS",
    ),
]


@offline(app, "validate")
async def validate(session: Session, file: File, contract: Contract = None) -> Answer:
    """Whether a node can run the job: what is wrong is told with its line and column."""
    text = text_of(file, "job")
    spec = _loaded(text, contract)
    notes = [str(warning) for warning in spec.warnings]
    if contract is None:
        notes += _open(text, spec)
    return Answer(
        title=f"{file}: a node can run it",
        data={
            "valid": True,
            "name": spec.name,
            "externalJobID": str(spec.external_id),
            "contract": spec.contract,
            "tasks": [{"name": task.name, "type": task.kind} for task in spec.graph.tasks],
            "warnings": notes,
        },
        facts=[
            ("name", spec.name),
            ("external job ID", str(spec.external_id)),
            ("tasks", f"{len(spec.graph.tasks)}, ends with {', '.join(spec.graph.terminal)}"),
            *(("warning", note) for note in notes),
        ],
    )


@offline(app, "template")
async def show_template(
    session: Session,
    name: Annotated[
        Literal["get-uint256", "get-uint256-local"],
        typer.Argument(
            metavar="NAME", help="a bundled job; the local one may ask private addresses"
        ),
    ] = "get-uint256",
) -> Answer:
    """The text of a job that comes with the program: a file to begin with."""
    text = template(name)
    return Answer(title="", data={"name": name, "toml": text}, note=text.rstrip("\n"))


@offline(app, "simulate")
async def simulate(
    session: Session,
    file: File,
    request: Annotated[
        Path,
        typer.Option(
            "--request", metavar="FILE", help='what is asked (JSON): {"data": {...}, "payment": …}'
        ),
    ],
    contract: Contract = None,
    bridge: Annotated[
        list[str] | None,
        typer.Option(
            "--bridge", metavar="NAME=WHAT", help="what an adapter answers (a file), or its URL"
        ),
    ] = None,
    private_host: Annotated[
        list[str] | None,
        typer.Option(
            "--private-host", metavar="HOST", help="may be asked although its address is private"
        ),
    ] = None,
) -> Answer:
    """Run the job for one request without any chain: sources are asked, nothing is sent."""
    from linkpool.oracle import simulate as trial  # the pipeline, which `validate` does not need

    text = text_of(file, "job")
    spec = _loaded(text, contract)
    asked = trial.SimulatedRequest.of(json_of(request, "request"))
    answers, urls = _bridges(bridge or [])
    async with HttpClient(HttpLimits(private_hosts=tuple(private_host or ()))) as http:
        bridges = trial.SimulatedBridges(http, answers, urls)
        done = await trial.simulate(spec, asked, http, bridges)
    answer = _told(spec, done)
    if not done.error:
        return answer
    show(answer, as_json=session.as_json)
    raise CheckFailed(f"the run failed: {done.error}")


def _told(spec: JobSpec, done: Any) -> Answer:
    return Answer(
        title=f"{spec.name or spec.external_id}: {done.state}",
        data=_plain(
            {
                "state": done.state,
                "error": done.error or None,
                "tasks": [
                    {
                        "name": step.name,
                        "type": step.kind,
                        "state": step.state,
                        "inputs": step.inputs,
                        "output": step.output,
                        "error": step.error or None,
                        "attempts": step.attempts,
                        "seconds": Decimal(f"{step.seconds:.6f}"),
                    }
                    for step in done.steps
                ],
                "transactions": [
                    {
                        "task": one.task,
                        "to": one.to,
                        "gas": one.gas,
                        "data": one.data,
                        "function": one.function or None,
                        "arguments": one.arguments,
                    }
                    for one in done.transactions
                ],
                "warnings": [str(warning) for warning in spec.warnings],
            }
        ),
        facts=[
            *(("warning", str(warning)) for warning in spec.warnings),
            *(fact for one in done.transactions for fact in _facts(one)),
        ],
        columns=("task", "type", "input", "output", "ms"),
        rows=[
            (
                step.name,
                step.kind,
                _values(step.inputs),
                f"failed: {step.error}" if step.error else _shown(step.output, step.state),
                f"{step.seconds * 1000:.1f}" + (f" ({step.attempts}×)" * (step.attempts > 1)),
            )
            for step in done.steps
        ],
    )


def _facts(one: Any) -> list[tuple[str, str]]:
    """A transaction, for people."""
    gas = f", gas {one.gas:,}" if one.gas is not None else ""
    return [
        (f"{one.task} sends", f"{one.function or '0x' + one.data[:4].hex()} to {one.to}{gas}"),
        *((f"  {name}", _line(value)) for name, value in one.arguments.items()),
        ("  calldata", _line(one.data)),
    ]


def _values(inputs: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {_line(value)}" for name, value in inputs.items())


def _shown(output: Any, state: str) -> str:
    return state if output is None and state != "completed" else _line(output)


def _line(value: Any) -> str:
    return short(_plain(value), SHOWN)


def _plain(value: Any) -> Any:
    """As JSON has it: bytes as hexadecimal, decimals and errors as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and value.bit_length() > 4_096:
        return hex(value)
    return str(value) if isinstance(value, Decimal | Exception | float) else value


def _loaded(text: str, contract: ChecksumAddress | None) -> JobSpec:
    """Where the file leaves the oracle's address open, another one stands for it."""
    if contract is not None or not PLACEHOLDER.search(text):
        return load(text, contract=contract)
    spec = load(text, contract=NOWHERE)
    return spec if spec.contract == NOWHERE else load(text, contract=spec.contract)


def _open(text: str, spec: JobSpec) -> list[str]:
    """What has to be filled in before the job can be run."""
    found = PLACEHOLDER.search(text)
    if found is None:
        return []
    if spec.contract == NOWHERE:
        return ["contractAddress is a placeholder: a node that serves the job puts its own there"]
    line = text.count("\n", 0, found.start()) + 1
    return [f"line {line}: {found[0]} is a placeholder, a node puts contractAddress there"]


def _bridges(given: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Texts of answers and URLs, each by the adapter's name."""
    answers: dict[str, str] = {}
    urls: dict[str, str] = {}
    for one in given:
        name, equals, what = one.partition("=")
        if not equals or not name or not what:
            raise UsageError(f"--bridge {one!r}: write it like prices=answer.json")
        if what.startswith(("http://", "https://")):
            urls[name.lower()] = what
        else:
            answers[name.lower()] = text_of(Path(what), "answer of a bridge")
    return answers, urls


job_node.register(app)
