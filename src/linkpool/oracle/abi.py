# SPDX-License-Identifier: MIT
"""ABI text as jobs write it: `Name(type indexed name, ...)` or `(type name, ...)`, to decode logs
and to encode calls.

Deliberate difference to a Chainlink node: a negative number for an unsigned type, or one too large,
is an error; there it wraps around in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from typing import Any, Final

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.address import is_address, to_checksum_address
from eth_utils.crypto import keccak

from linkpool.oracle.errors import TaskError

WHOLE: Final = re.compile(r"\s*(?P<name>\w*)\s*\(\s*(?P<arguments>.*?)\s*\)\s*", re.DOTALL)
TYPE: Final = re.compile(r"(?P<base>address|bool|string|bytes\d*|u?int\d*)(?P<array>(?:\[\d*\])*)")
LOCATIONS: Final = {"calldata", "memory", "storage"}
MAX_DIGITS: Final = 100
TRUE: Final = ("true", True)
FALSE: Final = ("false", False)


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    type: str
    indexed: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """A function, an event or a bare list of arguments (name empty)."""

    name: str
    arguments: tuple[Argument, ...]

    @property
    def canonical(self) -> str:
        return f"{self.name}({','.join(argument.type for argument in self.arguments)})"

    @property
    def topic(self) -> bytes:
        return keccak(text=self.canonical)


def parse(text: str) -> Signature:
    """Reads ABI text; every argument needs a name."""
    whole = WHOLE.fullmatch(text)
    if whole is None:
        raise TaskError(f"abi {text!r}: expected name(type name, ...)")
    parts = [part for part in whole["arguments"].split(",")] if whole["arguments"] else []
    arguments = tuple(_argument(part.split(), text) for part in parts)
    if len({argument.name for argument in arguments}) < len(arguments):
        raise TaskError(f"abi {text!r}: two arguments have the same name")
    return Signature(whole["name"], arguments)


def _argument(words: list[str], text: str) -> Argument:
    indexed = "indexed" in words[1:-1]
    words = [word for word in words if word not in LOCATIONS and word != "indexed"]
    if len(words) != 2:
        raise TaskError(f"abi {text!r}: each argument needs a type and a name")
    kind = TYPE.fullmatch(words[0])
    if kind is None:
        raise TaskError(f"abi {text!r}: type {words[0]!r} is not supported")
    base = kind["base"] + "256" if kind["base"] in ("int", "uint") else kind["base"]
    return Argument(words[1], base + kind["array"], indexed)


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
    found = dict(zip([a.name for a in plain], _decoded([a.type for a in plain], data), strict=True))
    for argument, topic in zip(indexed, topics[1:], strict=True):
        dynamic = argument.type in ("string", "bytes") or argument.type.endswith("]")
        found[argument.name] = bytes(topic) if dynamic else _decoded([argument.type], topic)[0]
    return {argument.name: found[argument.name] for argument in signature.arguments}


def _decoded(types: list[str], data: bytes) -> list[Any]:
    try:
        values = decode(types, bytes(data))
    except (DecodingError, OverflowError) as error:
        raise TaskError(f"log data does not fit the abi: {error}") from None
    return [
        to_checksum_address(value) if kind == "address" else value
        for kind, value in zip(types, values, strict=True)
    ]


def encode_call(signature: Signature, values: Mapping[str, Any]) -> bytes:
    """The arguments by name, behind the four bytes of the name if there is one."""
    missing = [argument.name for argument in signature.arguments if argument.name not in values]
    if missing:
        raise TaskError(f"{signature.name or 'abi'}: no value for {', '.join(missing)}")
    types = [argument.type for argument in signature.arguments]
    converted = [_convert(a.type, values[a.name], a.name) for a in signature.arguments]
    return (keccak(text=signature.canonical)[:4] if signature.name else b"") + encode(
        types, converted
    )


def _convert(kind: str, value: Any, name: str) -> Any:
    if kind.endswith("]"):
        return _array(kind, value, name)
    if kind.startswith(("uint", "int")):
        return _integer(kind, value, name)
    if kind == "address":
        return _address(value, name)
    if kind == "bool":
        return _boolean(value, name)
    if kind == "string":
        return _text(value, name)
    raw = _bytes(value, name)
    if kind != "bytes" and len(raw) != int(kind[5:]):
        raise TaskError(f"{name}: {kind} needs {kind[5:]} bytes, got {len(raw)}")
    return raw


def _array(kind: str, value: Any, name: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TaskError(f"{name}: {kind} needs a list")
    inner, _, count = kind[:-1].rpartition("[")
    if count and int(count) != len(value):
        raise TaskError(f"{name}: {kind} needs {count} values, got {len(value)}")
    return [_convert(inner, item, name) for item in value]


def number(value: Any, name: str) -> Decimal:
    """A finite decimal from a number or its text. No rounding: a float is its shortest decimal."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal | bytes):
        raise TaskError(f"{name}: {type(value).__name__} is not a number")
    text = value.decode(errors="replace") if isinstance(value, bytes) else value
    try:
        found = Decimal(repr(text) if isinstance(text, float) else text)
    except (InvalidOperation, ValueError):
        raise TaskError(f"{name}: {str(value)[:40]!r} is not a number") from None
    if (
        not found.is_finite()
        or abs(found.adjusted()) > MAX_DIGITS
        or len(found.as_tuple().digits) > MAX_DIGITS
    ):
        raise TaskError(f"{name}: {str(value)[:40]} is out of range")
    return found


def _integer(kind: str, value: Any, name: str) -> int:
    whole = int(number(value, name).to_integral_value(ROUND_DOWN))
    unsigned, bits = kind.startswith("u"), int(kind.removeprefix("u")[3:])
    low, high = (0, 1 << bits) if unsigned else (-(1 << (bits - 1)), 1 << (bits - 1))
    if not low <= whole < high:
        raise TaskError(f"{name}: {whole} does not fit {kind}")
    return whole


def _address(value: Any, name: str) -> str:
    text = "0x" + value.hex() if isinstance(value, bytes) else value
    if not isinstance(text, str) or not is_address(text):
        raise TaskError(f"{name}: {str(value)[:60]!r} is not an address")
    return text


def _boolean(value: Any, name: str) -> bool:
    if value in TRUE or value in FALSE:
        return value in TRUE
    raise TaskError(f"{name}: {str(value)[:40]!r} is neither true nor false")


def _text(value: Any, name: str) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, str):
        return value
    raise TaskError(f"{name}: {type(value).__name__} is not text")


def _bytes(value: Any, name: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise TaskError(f"{name}: {type(value).__name__} is not bytes")
    if not value.startswith("0x"):
        return value.encode()
    try:
        return bytes.fromhex(value[2:])
    except ValueError:
        raise TaskError(f"{name}: {value[:40]!r} is not hexadecimal") from None
