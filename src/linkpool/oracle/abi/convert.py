# SPDX-License-Identifier: MIT
"""Values of tasks as the ABI wants them. What a Chainlink node takes for a type is taken here;
a number that does not fit is an error here, where it would wrap around there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation
from typing import Any, Final

from linkpool.oracle.errors import TaskError

MAX_DIGITS: Final = 256
MAX_BITS: Final = 850  # as many as MAX_DIGITS need
EXACT: Final = Context(prec=2 * MAX_DIGITS + 2)
NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)
ADDRESS: Final = re.compile(r"0[xX]([0-9a-fA-F]{40})")
TRUE: Final = ("1", "t", "T", "true", "TRUE", "True")
FALSE: Final = ("0", "f", "F", "false", "FALSE", "False")
SHOWN: Final = 60


def shown(value: Any) -> str:
    """The beginning of a value, for an error; never long, whatever the value."""
    if isinstance(value, bytes):
        return "0x" + value[: SHOWN // 2].hex()
    if isinstance(value, str):
        return repr(value[:SHOWN])
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        return f"a number of {value.bit_length()} bits"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float | Decimal):
        return str(value)[:SHOWN]
    return "an object" if isinstance(value, Mapping) else "a list"


def number(value: Any, name: str) -> Decimal:
    """A finite decimal from a number or its text. No rounding: a float is its shortest decimal."""
    if isinstance(value, int) and not isinstance(value, bool):
        if value.bit_length() > MAX_BITS:
            raise TaskError(f"{name}: {shown(value)} is out of range")
        return Decimal(value)
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, bytes):
        value = value[: 2 * MAX_DIGITS].decode(errors="replace")
    if isinstance(value, str):
        return _of_text(value.strip(), name)
    if not isinstance(value, Decimal):
        raise TaskError(f"{name}: {shown(value)} is not a number")
    return _bounded(value, name)


def _of_text(text: str, name: str) -> Decimal:
    if len(text) > 2 * MAX_DIGITS or not NUMBER.fullmatch(text):
        raise TaskError(f"{name}: {shown(text)} is not a number")
    try:
        return _bounded(Decimal(text), name)
    except InvalidOperation:
        raise TaskError(f"{name}: {shown(text)} is not a number") from None


def _bounded(value: Decimal, name: str) -> Decimal:
    finite = value.is_finite()
    if (
        not finite
        or abs(value.adjusted()) > MAX_DIGITS
        or len(value.as_tuple().digits) > MAX_DIGITS
    ):
        raise TaskError(f"{name}: {str(value)[:SHOWN]} is out of range")
    return value


def whole(value: Any, name: str) -> int:
    """Rounded toward zero."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(number(value, name).to_integral_value(ROUND_DOWN, EXACT))


def fitting(value: Any, name: str, *, signed: bool, bits: int) -> int:
    """A whole number that `bits` can hold."""
    found = whole(value, name)
    least, most = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)
    if not least <= found < most:
        raise TaskError(f"{name}: {shown(found)} does not fit {'' if signed else 'u'}int{bits}")
    return found


def address(value: Any, name: str) -> bytes:
    """Twenty bytes. Upper and lower case are not checked, as a Chainlink node does not."""
    if isinstance(value, bytes) and len(value) == 20:
        return value
    match = ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise TaskError(f"{name}: {shown(value)} is not an address")
    return bytes.fromhex(match[1])


def boolean(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in TRUE + FALSE:
        return value in TRUE
    raise TaskError(f"{name}: {shown(value)} is neither true nor false")


def text(value: Any, name: str) -> str:
    """Half surrogates become the sign for what cannot be read, as in Go."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if not isinstance(value, str):
        raise TaskError(f"{name}: {shown(value)} is not text")
    if value.isascii():
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def raw(value: Any, name: str) -> bytes:
    """Bytes from bytes, from 0x-hexadecimal or from text as it is."""
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise TaskError(f"{name}: {shown(value)} is not bytes")
    if not value.startswith("0x"):
        return text(value, name).encode()
    try:
        return bytes.fromhex(value[2:])
    except ValueError:
        raise TaskError(f"{name}: {shown(value)} is not hexadecimal") from None


def fixed(value: Any, size: int, name: str) -> bytes:
    """Exactly `size` bytes; shorter bytes (not text) are filled up at the end."""
    found = raw(value, name)
    if len(found) > size or (len(found) < size and not isinstance(value, bytes)):
        raise TaskError(f"{name}: bytes{size} needs {size} bytes, got {len(found)}")
    return found.ljust(size, b"\0")
