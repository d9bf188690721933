# SPDX-License-Identifier: MIT
"""One transaction of a sequence, and who it is really from."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils.crypto import keccak

ACT = keccak(text="act(address,bytes)")[:4]


@dataclass(frozen=True, slots=True)
class Step:
    """What is sent, after `seconds` have passed (none: in the same block)."""

    who: str
    to: str
    data: bytes
    wei: int = 0
    seconds: int = 0
    honest: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The call behind a step: a puppet's order is the puppet's own call."""

    who: str
    to: str
    data: bytes


def call_of(step: Step, puppets: frozenset[str]) -> Call:
    """Sees through `act(address,bytes)`."""
    data = step.data
    if step.to not in puppets or data[:4] != ACT:
        return Call(step.who, step.to, data)
    length = int.from_bytes(data[68:100], "big")
    return Call(step.to, "0x" + data[16:36].hex(), data[100 : 100 + length])
