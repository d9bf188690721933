# SPDX-License-Identifier: MIT
"""One transaction of a sequence, and who it is really from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak

ACT = keccak(text="act(address,bytes)")[:4]
SEVERAL = keccak(text="several((address,bytes)[])")[:4]
BEHAVE = keccak(text="behave(uint256,bytes32,(address,bytes)[])")[:4]


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


def order(call: Call) -> bytes:
    """The data of `act(address,bytes)`: a call for a puppet to make."""
    size = len(call.data)
    words = bytes.fromhex(call.to[2:]), (64).to_bytes(32, "big"), size.to_bytes(32, "big")
    return b"".join((ACT, bytes(12), *words, call.data, bytes(-size % 32)))


def orders(calls: Sequence[Call]) -> bytes:
    """The data of `several((address,bytes)[])`."""
    return SEVERAL + (32).to_bytes(32, "big") + _array(calls)


def behaviour(mode: int, word: int, plan: Sequence[Call]) -> bytes:
    """The data of `behave(uint256,bytes32,(address,bytes)[])`."""
    words = (mode, word, 96)
    return BEHAVE + b"".join(number.to_bytes(32, "big") for number in words) + _array(plan)


def _array(calls: Sequence[Call]) -> bytes:
    """Calls as the ABI has them: their number, where each begins, then each."""
    parts = [order(call)[4:] for call in calls]
    heads, start = [len(parts)], 32 * len(parts)
    for part in parts:
        heads.append(start)
        start += len(part)
    return b"".join([*(head.to_bytes(32, "big") for head in heads), *parts])


def call_of(step: Step, puppets: frozenset[str]) -> Call:
    """Sees through `act(address,bytes)`."""
    data = step.data
    if step.to not in puppets or data[:4] != ACT:
        return Call(step.who, step.to, data)
    length = int.from_bytes(data[68:100], "big")
    return Call(step.to, "0x" + data[16:36].hex(), data[100 : 100 + length])
