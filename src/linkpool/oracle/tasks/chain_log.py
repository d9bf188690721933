# SPDX-License-Identifier: MIT
"""ethabidecodelog: the event that started the run, as a map; cborparse: the requester's parameters
in it.
"""

from __future__ import annotations

from typing import Any

from linkpool.oracle import abi, cbor
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call


async def decode_log(call: Call) -> Any:
    signature = abi.parse(call.text("abi"))
    data = call.value("data")
    topics = call.required("topics")
    if not isinstance(data, bytes) or not isinstance(topics, list | tuple):
        raise TaskError("data and topics: expected those of a log")
    return abi.decode_log(signature, topics, data)


async def parse_cbor(call: Call) -> Any:
    data = call.value("data")
    if isinstance(data, str) and data.startswith("0x"):
        data = bytes.fromhex(data[2:])
    if not isinstance(data, bytes):
        raise TaskError("data: expected bytes")
    mode = call.text("mode", "diet")
    if mode == "diet":
        return cbor.decode_request(data)
    if mode == "standard":
        return cbor.decode(data) if data else None
    raise TaskError(f"mode {mode!r}: expected diet or standard")
