# SPDX-License-Identifier: MIT
"""memo, merge, lookup, length, conditional and what changes the form of text and bytes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from linkpool.net.document import load
from linkpool.oracle import abi
from linkpool.oracle.errors import TaskError
from linkpool.oracle.tasks.call import Call

MAX_BITS: Final = 1 << 19  # of a number written as hexadecimal text


def memo(call: Call) -> Any:
    """`value`, as JSON or, where it is none, as text; or the input."""
    if call.raw("value") is None:
        return call.input("value")
    try:
        return call.document("value")
    except TaskError:
        if call.refers("value"):
            raise
        return call.text("value")


def merge(call: Call) -> dict[Any, Any]:
    """left with what right says besides or instead."""
    given = call.raw("left") is not None
    left = call.document("left") if given else call.input("left")
    return {**as_map(left, "left"), **as_map(call.document("right"), "right")}


def lookup(call: Call) -> Any:
    """The value of `key` in the input; null where there is none."""
    return as_map(call.input("input"), "input").get(call.text("key"))


def length(call: Call) -> int:
    """Bytes of text or bytes; items of a list or a map."""
    found = call.value("input")
    return len(found) if isinstance(found, list | tuple | Mapping) else len(_bytes(found))


def conditional(call: Call) -> bool:
    """Fails where `data` is false."""
    found = call.value("data")
    if found is None or not abi.boolean(found, "data"):
        raise TaskError("the condition is not satisfied")
    return True


def lower(call: Call) -> str:
    return abi.text(call.value("input"), "input").lower()


def upper(call: Call) -> str:
    return abi.text(call.value("input"), "input").upper()


def hex_encode(call: Call) -> str:
    """Of text, bytes or a whole number from 0; of nothing, nothing."""
    found = call.value("input")
    if isinstance(found, str | bytes):
        plain = found if isinstance(found, bytes) else abi.text(found, "input").encode()
        return "0x" + plain.hex() if plain else ""
    if isinstance(found, int) and not isinstance(found, bool):
        number = found if found.bit_length() <= MAX_BITS else -1
    else:
        decimal: Decimal = abi.number(found, "input")
        number = int(decimal) if decimal == decimal.to_integral_value() else -1
    if number < 0:
        raise TaskError("input: expected text, bytes or a whole number from 0")
    return f"0x{number:x}"


def hex_decode(call: Call) -> bytes:
    """Of text that begins with 0x."""
    found = abi.text(call.value("input"), "input")
    if not found.lower().startswith("0x"):
        raise TaskError("input: expected 0x at the beginning")
    try:
        return bytes.fromhex(found[2:])
    except ValueError:
        raise TaskError("input: not hexadecimal") from None


def base64_encode(call: Call) -> str:
    found = call.value("input")
    plain = found if isinstance(found, bytes) else abi.text(found, "input").encode()
    return base64.b64encode(plain).decode()


def base64_decode(call: Call) -> bytes:
    found = abi.text(call.value("input"), "input")
    try:
        return base64.b64decode(found, validate=True)
    except (binascii.Error, ValueError):
        raise TaskError("input: not base64") from None


def _bytes(value: Any) -> bytes:
    """Text that begins with 0x and is hexadecimal counts as the bytes it names."""
    try:
        return abi.raw(value, "input")
    except TaskError:
        if not isinstance(value, str):
            raise
        return abi.text(value, "input").encode()


def as_map(value: Any, name: str) -> Mapping[Any, Any]:
    """A map, or JSON text of one."""
    if isinstance(value, str | bytes):
        try:
            value = load(abi.text(value, name))
        except ValueError as error:
            raise TaskError(f"{name}: not JSON: {error}") from None
    if not isinstance(value, Mapping):
        raise TaskError(f"{name}: expected a map")
    return value
