# SPDX-License-Identifier: MIT
"""ethabiencode and ethabiencode2: values into calldata, by ABI text."""

from __future__ import annotations

from collections.abc import Mapping

from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call


def encode(call: Call) -> str:
    """0x-hexadecimal text; behind the selector where the ABI text has a name."""
    return _encoded(call, abi.parse(call.text("abi")))


def encode2(call: Call) -> str:
    """The same from an entry of a JSON ABI."""
    text = call.text("abi")
    return _encoded(call, abi.parse_json(text) if text.startswith("{") else abi.parse(text))


def _encoded(call: Call, signature: abi.Signature) -> str:
    values = call.document("data")
    if not isinstance(values, Mapping):
        raise TaskError("data: expected a map of the arguments by name")
    return "0x" + abi.encode_call(signature, values).hex()
