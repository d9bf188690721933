# SPDX-License-Identifier: MIT
"""Why a contract refused: the reason string out of a node's error."""

from __future__ import annotations

import re
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

_ERROR = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)
_PANICS = {0x01: "assertion failed", 0x11: "arithmetic overflow", 0x12: "division by zero"}
_NO_REASON = "refused without a reason"
# Code that broke off: as good a refusal as a revert, in the words of geth (and its kin), anvil,
# Nethermind and Besu.
_BROKEN = re.compile(
    r"\bout of gas\b|invalid jump destination|invalid opcode\b.*|stack underflow|"
    r"stack limit reached|return data out of bounds|write protection|gas required exceeds "
    r"allowance|EVM error \w+|BadInstruction|BadJumpDestination|OutOfGas|INVALID_OPERATION"
)


def revert_reason(message: str, data: Any) -> str | None:
    """The contract's own words; None where the error is not a revert.

    >>> revert_reason("execution reverted: node: not owner", None)
    'node: not owner'
    >>> revert_reason("nonce too low", None) is None
    True
    """
    raw = _raw(data)
    if raw[:4] == _ERROR:
        try:  # bytes, because a contract may call anything a string
            return str(decode(["bytes"], raw[4:])[0], errors="replace")
        except (DecodingError, OverflowError):
            return _NO_REASON
    if raw[:4] == _PANIC and len(raw) == 36:
        code = int.from_bytes(raw[4:], "big")
        return _PANICS.get(code, f"panic {code:#04x}")
    if "revert" not in message.lower():
        broken = _BROKEN.search(message)
        if broken is None:
            return None
        return _NO_REASON if "InvalidFEOpcode" in message else broken[0]
    _, _, words = message.partition("execution reverted")
    words = words.lstrip(": ").partition(", data:")[0].strip().strip('"')
    return words or _NO_REASON


def _raw(data: Any) -> bytes:
    if isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, str) or not data.startswith("0x"):
        return b""
    try:
        return bytes.fromhex(data[2:])
    except ValueError:
        return b""
