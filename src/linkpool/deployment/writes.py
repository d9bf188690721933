# SPDX-License-Identifier: MIT
"""What an announced call would write into the registry."""

from __future__ import annotations

from typing import NamedTuple

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import ChecksumAddress
from eth_utils.abi import function_abi_to_4byte_selector

from linkpool.chain import wire
from linkpool.chain.codec import codec


class Named(NamedTuple):
    """What a registry write says."""

    name: str
    new: ChecksumAddress
    """0x0: the name is left empty."""
    code_hash: str
    """Of the code that has to stand there when it is executed."""


def write_of(data: bytes) -> Named | None:
    """What the announced call would write into the registry; None for any other call."""
    entry = codec("PoolStorageFactory").functions["setContract"]
    if data[:4] != function_abi_to_4byte_selector(entry):
        return None
    try:
        # A contract takes bytes that are no text for a name, too.
        name, new, bound = decode(["bytes", "address", "bytes32"], data[4:])
    except (DecodingError, OverflowError):
        return None
    text = name.decode(errors="backslashreplace")
    return Named(text, wire.checksummed(new), "0x" + bound.hex())
