# SPDX-License-Identifier: MIT
"""The ABI's binary form. Decoding is bounded: no data, however its pointers are crossed, makes more
values than MAX_VALUES or more bytes than MAX_BYTES.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from eth_utils.address import to_checksum_address

from linkpool.oracle.abi import convert
from linkpool.oracle.abi.types import VARIABLE, Argument, Kind
from linkpool.oracle.errors import TaskError

WORD: Final = 32
MAX_VALUES: Final = 20_000
MAX_BYTES: Final = 1 << 20


def encode(arguments: Sequence[Argument], values: Sequence[Any]) -> bytes:
    """Values in the order of the arguments."""
    return _sequence(
        [argument.kind for argument in arguments],
        values,
        [argument.name for argument in arguments],
    )


def _sequence(kinds: Sequence[Kind], values: Sequence[Any], names: Sequence[str]) -> bytes:
    """Heads, then tails."""
    place = WORD * sum(kind.words for kind in kinds)
    heads: list[bytes] = []
    tails: list[bytes] = []
    for kind, value, name in zip(kinds, values, names, strict=True):
        coded = _value(kind, value, name)
        if kind.dynamic:
            heads.append(place.to_bytes(WORD, "big"))
            tails.append(coded)
            place += len(coded)
        else:
            heads.append(coded)
    return b"".join(heads + tails)


def _value(kind: Kind, value: Any, name: str) -> bytes:
    if kind.base in ("uint", "int"):
        signed = kind.base == "int"
        found = convert.fitting(value, name, signed=signed, bits=kind.size)
        return found.to_bytes(WORD, "big", signed=signed)
    if kind.base == "bytesN":
        return convert.fixed(value, kind.size, name).ljust(WORD, b"\0")
    if kind.base == "address":
        return convert.address(value, name).rjust(WORD, b"\0")
    if kind.base == "bool":
        return int(convert.boolean(value, name)).to_bytes(WORD, "big")
    if kind.base == "bytes":
        return _counted(convert.raw(value, name))
    if kind.base == "string":
        return _counted(convert.text(value, name).encode())
    return _tuple(kind, value, name) if kind.base == "tuple" else _array(kind, value, name)


def _counted(data: bytes) -> bytes:
    padding = -len(data) % WORD
    return len(data).to_bytes(WORD, "big") + data + b"\0" * padding


def _tuple(kind: Kind, value: Any, name: str) -> bytes:
    """From a map by name or a list in order."""
    names = [f"{name}.{field.name or place}" for place, field in enumerate(kind.fields)]
    if isinstance(value, Mapping):
        missing = [field.name for field in kind.fields if field.name not in value]
        if missing:
            raise TaskError(f"{name}: no value for {', '.join(missing)}")
        value = [value[field.name] for field in kind.fields]
    if not isinstance(value, list | tuple) or len(value) != kind.size:
        raise TaskError(f"{name}: {kind.text} needs a map or a list of {kind.size} values")
    return _sequence([field.kind for field in kind.fields], value, names)


def _array(kind: Kind, value: Any, name: str) -> bytes:
    if not isinstance(value, list | tuple):
        raise TaskError(f"{name}: {kind.text} needs a list, got {convert.shown(value)}")
    if kind.size not in (VARIABLE, len(value)):
        raise TaskError(f"{name}: {kind.text} needs {kind.size} values, got {len(value)}")
    if kind.item is None:
        raise TypeError(kind.text)
    names = [f"{name}.{place}" for place in range(len(value))]
    coded = _sequence([kind.item] * len(value), value, names)
    return len(value).to_bytes(WORD, "big") + coded if kind.size == VARIABLE else coded


def decode(kinds: Sequence[Kind], data: bytes) -> list[Any]:
    """Addresses become checksummed text, tuples maps by name; what is behind the values is ignored,
    as everywhere.
    """
    return _Decoder(data).sequence(kinds, 0)


class _Decoder:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.values = 0
        self.bytes = 0

    def sequence(self, kinds: Sequence[Kind], base: int) -> list[Any]:
        found: list[Any] = []
        at = base
        for kind in kinds:
            found.append(self.value(kind, base + self.number(at) if kind.dynamic else at))
            at += WORD * kind.words
        return found

    def take(self, at: int, size: int) -> bytes:
        if at + size > len(self.data):
            raise TaskError(f"data does not fit the abi: ends at byte {len(self.data)}")
        return self.data[at : at + size]

    def number(self, at: int) -> int:
        """A length or a place: one that is beyond the data fails where it is used."""
        return min(int.from_bytes(self.take(at, WORD), "big"), 1 << 62)

    def value(self, kind: Kind, at: int) -> Any:
        self.values += 1
        if self.values > MAX_VALUES:
            raise TaskError(f"data does not fit the abi: more than {MAX_VALUES} values")
        if kind.base == "tuple":
            kinds = [field.kind for field in kind.fields]
            names = [field.name or str(place) for place, field in enumerate(kind.fields)]
            return dict(zip(names, self.sequence(kinds, at), strict=True))
        if kind.base == "array":
            return self.array(kind, at)
        if kind.dynamic:
            return self.counted(kind, at)
        return self.word(kind, self.take(at, WORD))

    def array(self, kind: Kind, at: int) -> list[Any]:
        if kind.item is None:
            raise TypeError(kind.text)
        count = kind.size
        if count == VARIABLE:
            count, at = self.number(at), at + WORD
        self.take(at, WORD * kind.item.words * count)
        if self.values + count > MAX_VALUES:
            raise TaskError(f"data does not fit the abi: more than {MAX_VALUES} values")
        return self.sequence([kind.item] * count, at)

    def counted(self, kind: Kind, at: int) -> bytes | str:
        found = self.take(at + WORD, self.number(at))
        self.bytes += len(found)
        if self.bytes > MAX_BYTES:
            raise TaskError(f"data does not fit the abi: more than {MAX_BYTES} bytes")
        return found if kind.base == "bytes" else found.decode(errors="replace")

    def word(self, kind: Kind, word: bytes) -> Any:
        if kind.base in ("uint", "int"):
            found = int.from_bytes(word, "big", signed=kind.base == "int")
            return convert.fitting(found, "data", signed=kind.base == "int", bits=kind.size)
        if kind.base == "bytesN" and not any(word[kind.size :]):
            return word[: kind.size]
        if kind.base == "address" and not any(word[:12]):
            return _checksummed(word[12:])
        if kind.base == "bool" and not any(word[:31]) and word[31] < 2:
            return bool(word[31])
        raise TaskError(f"data does not fit the abi: 0x{word.hex()} is no {kind.text}")


@lru_cache(4_096)
def _checksummed(raw: bytes) -> str:
    """The same few requesters ask again and again, and each costs a hash."""
    return to_checksum_address(raw)
