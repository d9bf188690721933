# SPDX-License-Identifier: MIT
"""The contract's own words out of what different nodes answer."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode

from linkpool.chain.reverts import revert_reason

REASON = "node: not owner"
DATA = "0x08c379a0" + encode(["string"], [REASON]).hex()


@pytest.mark.parametrize(
    ("message", "data", "reason"),
    [
        ("execution reverted", DATA, REASON),
        ("VM Exception while processing transaction: revert", {"data": DATA}, REASON),
        (f"execution reverted: {REASON}", None, REASON),
        (f'execution reverted: {REASON}, data: "{DATA}"', None, REASON),
        ("execution reverted", "0x", "refused without a reason"),
        ("execution reverted", "0x08c379a0ff", "refused without a reason"),
        ("reverted", "0x4e487b71" + encode(["uint256"], [0x11]).hex(), "arithmetic overflow"),
        ("reverted", "0x4e487b71" + encode(["uint256"], [0x99]).hex(), "panic 0x99"),
        ("EVM error InvalidFEOpcode", None, "refused without a reason"),
        ("EVM error InvalidJump", None, "EVM error InvalidJump"),
        ("invalid opcode: INVALID", "0x", "invalid opcode: INVALID"),
        ("out of gas", None, "out of gas"),
        ("gas required exceeds allowance (21000)", None, "gas required exceeds allowance"),
        ("execution reverted: out of gas here", None, "out of gas here"),
        ("nonce too low", None, None),
        ("header not found", "no hexadecimal", None),
    ],
)
def test_reason(message: str, data: object, reason: str | None) -> None:
    assert revert_reason(message, data) == reason
