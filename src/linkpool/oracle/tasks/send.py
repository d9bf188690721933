# SPDX-License-Identifier: MIT
"""ethabiencode: values into calldata by ABI text; ethtx: the node's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from eth_utils.address import is_address, to_checksum_address

from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError
from linkpool.oracle.results import PendingTransaction
from linkpool.oracle.tasks.call import Call

DEFAULT_GAS: Final = 500_000  # as a Chainlink node: the contract keeps 400,000 for the consumer


async def encode(call: Call) -> Any:
    """0x-hexadecimal text; behind the selector where the ABI text has a name."""
    signature = abi.parse(call.text("abi"))
    values = call.document("data")
    if not isinstance(values, Mapping):
        raise TaskError("data: expected a map of the arguments by name")
    return "0x" + abi.encode_call(signature, values).hex()


async def send(call: Call) -> Any:
    """The transaction that has to be sent; nothing is sent here."""
    to, data = call.required("to"), call.value("data")
    gas = abi.number(call.required("gaslimit"), "gasLimit") if call.raw("gaslimit") else DEFAULT_GAS
    if isinstance(data, str) and data.startswith("0x"):
        data = bytes.fromhex(data[2:])
    if not isinstance(to, str) or not is_address(to) or not isinstance(data, bytes):
        raise TaskError("to and data: expected an address and bytes")
    return PendingTransaction(to=to_checksum_address(to), data=data, gas=int(gas))
