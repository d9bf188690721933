# SPDX-License-Identifier: MIT
"""Addresses with a wrong checksum are refused, references fit 32 bytes."""

from __future__ import annotations

import pytest

from linkpool.chain.addresses import address, bytes32, created_address
from linkpool.errors import UsageError

LINK = "0x514910771AF9Ca656af840dff83E8264EcF986CA"


@pytest.mark.parametrize("text", [LINK, LINK.lower(), "0x" + LINK[2:].upper(), f" {LINK} "])
def test_one_case_or_a_right_checksum_is_taken(text: str) -> None:
    assert address(text) == LINK


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (LINK.replace("AF9", "aF9"), "wrong checksum"),
        (LINK[:-1], "is no address"),
        (LINK[2:], "is no address"),
        ("vitalik.eth", "is no address"),
        ("", "is no address"),
    ],
)
def test_everything_else_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        address(text)


def test_a_contracts_address_follows_from_sender_and_nonce() -> None:
    sender = address("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266")
    assert created_address(sender, 1) == "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"


def test_bytes32_from_hexadecimal_or_text() -> None:
    assert bytes32("0x" + "ab" * 32) == b"\xab" * 32
    assert bytes32("job 7") == b"job 7" + bytes(27)
    for text in ("0xab", "0xzz", "x" * 33):
        with pytest.raises(UsageError):
            bytes32(text)
