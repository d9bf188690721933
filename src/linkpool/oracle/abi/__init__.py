# SPDX-License-Identifier: MIT
"""ABI text as jobs write it, to decode logs and results and to encode calls.

Deliberate difference to a Chainlink node: a negative number for an unsigned type, or one too large,
is an error; there it wraps around in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linkpool.oracle.abi.codec import decode, encode
from linkpool.oracle.abi.convert import EXACT, address, boolean, number, raw, text, whole
from linkpool.oracle.abi.types import Argument, Kind, Signature, parse, read
from linkpool.oracle.errors import TaskError

__all__ = [
    "EXACT",
    "Argument",
    "Kind",
    "Signature",
    "address",
    "boolean",
    "decode",
    "decode_arguments",
    "decode_log",
    "encode",
    "encode_call",
    "number",
    "parse",
    "raw",
    "read",
    "text",
    "whole",
]


def decode_arguments(signature: Signature, data: bytes) -> dict[str, Any]:
    """By name."""
    arguments = signature.arguments
    values = decode([argument.kind for argument in arguments], data)
    return {argument.name: value for argument, value in zip(arguments, values, strict=True)}


def decode_log(signature: Signature, topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
    """The arguments of an event. Addresses become checksummed text, an indexed dynamic one its
    hash.
    """
    indexed = [argument for argument in signature.arguments if argument.indexed]
    if len(topics) != len(indexed) + 1:
        raise TaskError(f"log of {signature.name} has {len(topics)} topics, not {len(indexed) + 1}")
    if bytes(topics[0]) != signature.topic:
        raise TaskError(f"log is not a {signature.canonical}")
    plain = [argument for argument in signature.arguments if not argument.indexed]
    values = decode([argument.kind for argument in plain], data)
    found = {argument.name: value for argument, value in zip(plain, values, strict=True)}
    for argument, topic in zip(indexed, topics[1:], strict=True):
        hashed = argument.kind.dynamic or argument.kind.base in ("array", "tuple")
        found[argument.name] = bytes(topic) if hashed else decode([argument.kind], topic)[0]
    return {argument.name: found[argument.name] for argument in signature.arguments}


def encode_call(signature: Signature, values: Mapping[str, Any]) -> bytes:
    """The arguments by name, behind the four bytes of the name if there is one."""
    missing = [argument.name for argument in signature.arguments if argument.name not in values]
    if missing:
        raise TaskError(f"{signature.name or 'abi'}: no value for {', '.join(missing)}")
    listed = [values[argument.name] for argument in signature.arguments]
    return signature.selector + encode(signature.arguments, listed)
