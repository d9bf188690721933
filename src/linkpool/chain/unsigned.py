# SPDX-License-Identifier: MIT
"""Calls for somebody else to sign: plain JSON, or a batch for Safe's Transaction Builder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_typing import ChecksumAddress

from linkpool.chain.calls import Call
from linkpool.errors import UsageError


def transactions(
    calls: Sequence[Call], *, chain_id: int, sender: ChecksumAddress | None
) -> dict[str, Any]:
    """Unsigned transactions without nonce and fees; numbers as decimal strings."""
    return {
        "chainId": chain_id,
        "from": sender,
        "transactions": [
            {
                "what": call.what,
                "to": call.to,
                "value": str(call.value),
                "data": "0x" + call.data.hex(),
            }
            for call in calls
        ],
    }


def safe_batch(
    calls: Sequence[Call], *, chain_id: int, safe: ChecksumAddress | None, name: str
) -> dict[str, Any]:
    """The file format of Safe's Transaction Builder, version 1.0."""
    return {
        "version": "1.0",
        "chainId": str(chain_id),
        "createdAt": 0,
        "meta": {
            "name": name,
            "description": "; ".join(call.what for call in calls),
            "txBuilderVersion": "1.16.5",
            "createdFromSafeAddress": safe or "",
            "createdFromOwnerAddress": "",
        },
        "transactions": [_entry(call) for call in calls],
    }


def _entry(call: Call) -> dict[str, Any]:
    if call.to is None:
        raise UsageError("a Safe cannot create a contract: sign that with a wallet")
    method = call.method or {"name": "", "inputs": [], "stateMutability": "payable"}
    return {
        "to": call.to,
        "value": str(call.value),
        "data": "0x" + call.data.hex(),
        "contractMethod": {
            "name": method["name"],
            "payable": method["stateMutability"] == "payable",
            "inputs": [
                {"name": one["name"], "type": one["type"], "internalType": one["type"]}
                for one in method["inputs"]
            ],
        },
        "contractInputsValues": {name: _text(given) for name, given in call.arguments},
    }


def _text(given: Any) -> str:
    if isinstance(given, bytes):
        return "0x" + given.hex()
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, (list, tuple)):
        return "[" + ",".join(_text(one) for one in given) + "]"
    return str(given)
