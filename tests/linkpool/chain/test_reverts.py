# SPDX-License-Identifier: MIT
"""The contract's own words out of what different nodes answer."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode

from linkpool.chain.refusals import refusal
from linkpool.chain.reverts import revert_reason

REASON = "node: not owner"
DATA = "0x08c379a0" + encode(["string"], [REASON]).hex()
NO_TEXT = "0x08c379a0" + encode(["bytes"], [b"no\xff"]).hex()
TOO_LONG = "0x08c379a0" + encode(["uint256", "uint256"], [32, 2**255]).hex()


@pytest.mark.parametrize(
    ("message", "data", "reason"),
    [
        ("execution reverted", DATA, REASON),
        ("VM Exception while processing transaction: revert", {"data": DATA}, REASON),
        (f"execution reverted: {REASON}", None, REASON),
        (f'execution reverted: {REASON}, data: "{DATA}"', None, REASON),
        ("execution reverted", "0x", "refused without a reason"),
        ("execution reverted", "0x08c379a0ff", "refused without a reason"),
        ("execution reverted", NO_TEXT, "no\ufffd"),
        ("execution reverted", TOO_LONG, "refused without a reason"),
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


@pytest.mark.parametrize("message", ["no such block", "execution reverted: not now"])
def test_what_an_rpc_says_does_nothing_to_a_terminal(message: str) -> None:
    shown = str(refusal("node", "eth_call", {"message": f"{message}\x1b[2J\r\n\x07error: pay"}))
    assert shown.endswith(f"{message.rpartition(': ')[2]} [2J error: pay")
    assert shown.isprintable()


def test_a_contract_cannot_fill_logs_and_database_with_its_reason() -> None:
    data = "0x08c379a0" + encode(["string"], ["no " * 10**6]).hex()
    assert len(
        str(refusal("node", "eth_call", {"message": "execution reverted", "data": data}))
    ) < (1001)
    assert len(
        str(refusal("node", "eth_call", {"message": "execution reverted: " + "x" * 10**6}))
    ) < (1001)
