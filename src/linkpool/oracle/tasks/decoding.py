# SPDX-License-Identifier: MIT
"""ethabidecodelog, ethabidecode and cborparse: from bytes to values."""

from __future__ import annotations

from typing import Any, Final

from linkpool.oracle import abi, cbor
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call
from linkpool.oracle.variables import lookup

OF_RUN: Final = {"topics": "jobRun.logTopics", "data": "jobRun.logData"}
"""What ethabidecodelog reads where the job says nothing else."""


def decode_log(call: Call) -> Any:
    """The event that started the run (or another log), as a map."""
    signature = call.signature()
    topics, data = _of_run(call, "topics"), _of_run(call, "data")
    if not isinstance(topics, list | tuple):
        raise TaskError("topics: expected a list")
    return abi.decode_log(
        signature, [abi.raw(topic, "topics") for topic in topics], abi.raw(data, "data")
    )


def _of_run(call: Call, name: str) -> Any:
    if call.raw(name) is not None:
        return call.document(name) if name == "topics" else call.required(name)
    found = call.seen[name] = lookup(OF_RUN[name], call.variables)
    return found


def decode(call: Call) -> Any:
    """Values by name, as a contract returned them."""
    signature = call.signature()
    return abi.decode_arguments(signature, abi.raw(call.value("data"), "data"))


def parse_cbor(call: Call) -> Any:
    """The requester's parameters."""
    data = abi.raw(call.value("data"), "data")
    if mode(call) == "diet":
        return cbor.decode_request(data)
    return cbor.decode(data) if data else None


def mode(call: Call) -> str:
    """diet: the map of a request without its brackets; standard: any CBOR."""
    found = call.text("mode", "diet")
    if found not in ("diet", "standard"):
        raise TaskError(f"mode {found[:40]!r}: expected diet or standard")
    return found
