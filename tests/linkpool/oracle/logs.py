# SPDX-License-Identifier: MIT
"""Logs of a PoolStorage, as a chain would give them."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address

from linkpool.chain.calls import Log
from linkpool.oracle.runs.inputs import ANSWERED, CANCELLED, REQUEST
from linkpool.oracle.spec import load, template

STORAGE: ChecksumAddress = to_checksum_address("0x" + "51" * 20)
CONSUMER: ChecksumAddress = to_checksum_address("0x" + "c0" * 20)
REQUEST_ID = b"\x1d" * 32
SPEC = load(template("get-uint256"), contract=STORAGE)


def request_log(
    number: bytes = REQUEST_ID,
    *,
    block: int = 5,
    fork: int = 0,
    payment: int = 10**17,
    requester: str = CONSUMER,
    spec_id: bytes = SPEC.spec_ids[0],
    data: bytes = b"",
) -> Log:
    """`fork` makes the same block another one."""
    kinds = [argument.type for argument in REQUEST.arguments if not argument.indexed]
    fields = [requester, number, payment, requester, b"\1\2\3\4", 600, 2, data]
    return _log([REQUEST.topic, spec_id], encode(kinds, fields), block, fork)


def answer_log(number: bytes = REQUEST_ID, *, block: int = 6) -> Log:
    return _log([ANSWERED, number], b"", block, 0)


def cancel_log(number: bytes = REQUEST_ID, *, block: int = 6) -> Log:
    return _log([CANCELLED, number], b"", block, 0)


def _log(topics: list[bytes], data: bytes, block: int, fork: int) -> Log:
    return Log(
        address=STORAGE,
        topics=tuple(topics),
        data=data,
        block=block,
        block_hash=bytes([fork]) * 31 + bytes([block]),
        tx=f"0x{block:064x}",
        index=0,
    )
