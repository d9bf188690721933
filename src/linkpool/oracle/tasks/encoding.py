# SPDX-License-Identifier: MIT
"""ethabiencode and ethabiencode2: values into calldata, by ABI text or an entry of a JSON ABI."""

from __future__ import annotations

from collections.abc import Mapping

from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call


def encode(call: Call) -> str:
    """0x-hexadecimal text; behind the selector where the ABI has a name."""
    values = call.document("data")
    if not isinstance(values, Mapping):
        raise TaskError("data: expected a map of the arguments by name")
    return "0x" + abi.encode_call(call.signature(), values).hex()
