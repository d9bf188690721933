# SPDX-License-Identifier: MIT
"""What a run starts from: the log of its request, or variables that a person gave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak

from linkpool.chain.calls import Log
from linkpool.oracle import abi, values
from linkpool.oracle.errors import TaskError
from linkpool.oracle.graph import TaskSpec
from linkpool.oracle.spec import JobSpec
from linkpool.oracle.tasks import decoding
from linkpool.oracle.variables import lookup, references
from linkpool.units import Juels

REQUEST: Final = abi.parse(
    "OracleRequest(bytes32 indexed specId, address requester, bytes32 requestId, uint256 payment,"
    " address callbackAddr, bytes4 callbackFunctionId, uint256 cancelExpiration,"
    " uint256 dataVersion, bytes data)"
)
ASKED: Final = REQUEST.topic
ANSWERED: Final = keccak(text="OracleResponse(bytes32)")
CANCELLED: Final = keccak(text="CancelOracleRequest(bytes32)")
TOPICS: Final = (ASKED, ANSWERED, CANCELLED)
EVENT: Final = ("jobRun.log", "jobRun.block", "jobRun.meta.oracleRequest")  # variables of a request


@dataclass(frozen=True, slots=True)
class Request:
    """One OracleRequest, read."""

    log: Log
    spec_id: bytes
    id: str
    requester: ChecksumAddress
    payment: Juels
    expires: int


def read(log: Log) -> Request | str:
    """The request of a log; why it is none, where its data are not what the event says."""
    try:
        found = abi.decode_log(REQUEST, log.topics, log.data)
    except TaskError as error:
        return str(error)
    return Request(
        log,
        found["specId"],
        "0x" + found["requestId"].hex(),
        found["requester"],
        Juels(found["payment"]),
        min(found["cancelExpiration"], 2**63 - 1),
    )


def request_id(log: Log) -> str:
    """The id that a request, an answer or a cancellation is about."""
    if log.topics[0] == ASKED:
        return "0x" + log.data[32:64].hex()
    return "0x" + log.topics[1].hex() if len(log.topics) > 1 else ""


def dump_log(log: Log) -> str:
    """For runs.input."""
    fields = {
        "address": log.address,
        "topics": ["0x" + topic.hex() for topic in log.topics],
        "data": "0x" + log.data.hex(),
        "block": log.block,
        "blockHash": "0x" + log.block_hash.hex(),
        "tx": log.tx,
        "index": log.index,
    }
    return json.dumps({"log": fields}, separators=(",", ":"))


def dump_variables(variables: Mapping[str, Any]) -> str:
    """For runs.input."""
    return '{"variables":' + values.dumps(dict(variables)) + "}"


def variables(stored: str, spec: JobSpec, *, job: int) -> dict[str, Any]:
    """What the tasks of a run see, from its runs.input."""
    found = json.loads(stored)
    start: dict[str, Any] = {"jobSpec": {"databaseID": job, **spec.variables}}
    if "log" in found:
        return start | {"jobRun": _of_log(found["log"])}
    given = values.loads(json.dumps(found["variables"]))
    return start | {"jobRun": {"meta": {}}} | dict(given)


def lacking(spec: JobSpec, given: Mapping[str, Any]) -> str:
    """What of a request's event the job's tasks need and a run by hand is not `given`; empty where
    there is nothing.
    """
    wanted = dict.fromkeys(
        path
        for task in spec.graph.tasks
        for path in (
            *_unwritten(task),
            *(p for t in task.attributes.values() for p in references(t)),
        )
        if path.startswith(EVENT)
    )
    return next((path for path in wanted if _is_missing(path, given)), "")


def _unwritten(task: TaskSpec) -> list[str]:
    """What the task takes from the run where nothing else is written."""
    if task.kind != "ethabidecodelog":
        return []
    return [path for name, path in decoding.OF_RUN.items() if not task.attributes.get(name)]


def _is_missing(path: str, given: Mapping[str, Any]) -> bool:
    try:
        lookup(path, given)
    except TaskError:
        return True
    return False


def _of_log(log: Mapping[str, Any]) -> dict[str, Any]:
    topics = [_bytes(topic) for topic in log["topics"]]
    data = _bytes(log["data"])
    return {
        "meta": {"oracleRequest": _meta(abi.decode_log(REQUEST, topics, data))},
        "logBlockHash": _bytes(log["blockHash"]),
        "logBlockNumber": log["block"],
        "logTxHash": _bytes(log["tx"]),
        "logAddress": log["address"],
        "logTopics": topics,
        "logData": data,
    }


def _meta(fields: Mapping[str, Any]) -> dict[str, str]:
    """All of it text: this is what adapters are given."""
    return {
        name: "0x" + value.hex() if isinstance(value, bytes) else str(value)
        for name, value in fields.items()
    }


def roots(header: Mapping[str, Any]) -> dict[str, bytes]:
    """The variables that are made from the header of the request's block."""
    names = {
        "blockReceiptsRoot": "receiptsRoot",
        "blockTransactionsRoot": "transactionsRoot",
        "blockStateRoot": "stateRoot",
    }
    return {name: _bytes(header[field]) for name, field in names.items()}


def wants_roots(texts: Sequence[str]) -> bool:
    """Whether any attribute refers to one of `roots`."""
    return any(name in text for text in texts for name in ("Root)", "Root."))


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def load_log(stored: str) -> Log:
    """The log of a request, from its runs.input."""
    fields = json.loads(stored)["log"]
    return Log(
        address=fields["address"],
        topics=tuple(_bytes(topic) for topic in fields["topics"]),
        data=_bytes(fields["data"]),
        block=fields["block"],
        block_hash=_bytes(fields["blockHash"]),
        tx=fields["tx"],
        index=fields["index"],
    )
