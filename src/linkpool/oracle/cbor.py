# SPDX-License-Identifier: MIT
"""CBOR (RFC 8949) as oracle requests carry it, decoder and encoder.

A consumer's `data` is a map without its first and last byte: key, value, key, value.
`decode_request` adds them. Integers of any size are read (bignum tags 2 and 3), undefined as null;
other simple values and tags are refused.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

from linkpool.oracle.errors import TaskError

MAX_DEPTH: Final = 32
INDEFINITE: Final = 31
BREAK: Final = 0xFF
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
FLOATS: Final = {25: (">e", 2), 26: (">f", 4), 27: (">d", 8)}
CONSTANTS: Final = {20: False, 21: True, 22: None, 23: None}


def decode_request(data: bytes) -> dict[str, Any]:
    """The map in a request's data. Empty data is an empty map; keys have to be text."""
    if not data:
        return {}
    if data[0] >> 5 != MAP:
        data = b"\xbf" + data + b"\xff"
    value = decode(data)
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise TaskError("request data is not a CBOR map with text keys")
    return value


def decode(data: bytes) -> Any:
    """One CBOR item that takes all of `data`."""
    reader = _Reader(data)
    value = reader.item(0)
    if reader.at != len(data):
        raise TaskError(f"CBOR data goes on after its end, at byte {reader.at}")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise TaskError(f"CBOR data ends early, at byte {len(self.data)}")
        self.at += count
        return self.data[self.at - count : self.at]

    def item(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise TaskError(f"CBOR data is nested deeper than {MAX_DEPTH}")
        first = self.take(1)[0]
        major, info = first >> 5, first & 31
        if major == SIMPLE:
            return self.simple(info)
        length = self.length(major, info)
        if major == UNSIGNED:
            return length
        if major == NEGATIVE:
            return -1 - self.known(length)
        if major in (BYTES, TEXT):
            return self.string(major, length)
        if major == ARRAY:
            return self.array(length, depth)
        if major == MAP:
            return self.map(length, depth)
        return self.tagged(self.known(length), depth)

    def length(self, major: int, info: int) -> int | None:
        """The count in an item's head; None where the item goes on until a break."""
        if info < 24:
            return info
        if info < 28:
            return int.from_bytes(self.take(1 << (info - 24)), "big")
        if info == INDEFINITE and major in (BYTES, TEXT, ARRAY, MAP):
            return None
        raise TaskError(f"CBOR head with reserved length {info}, at byte {self.at - 1}")

    def known(self, length: int | None) -> int:
        if length is None:
            raise TaskError("CBOR item of this kind needs a length")
        return length

    def ended(self) -> bool:
        if self.at < len(self.data) and self.data[self.at] == BREAK:
            self.at += 1
            return True
        return False

    def string(self, major: int, length: int | None) -> bytes | str:
        raw = self.take(length) if length is not None else self.chunks(major)
        if major == BYTES:
            return raw
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise TaskError("CBOR text is not UTF-8") from None

    def chunks(self, major: int) -> bytes:
        parts = []
        while not self.ended():
            first = self.take(1)[0]
            length = self.length(major, first & 31)
            if first >> 5 != major or length is None:
                raise TaskError("CBOR string has a chunk of another kind")
            parts.append(self.take(length))
        return b"".join(parts)

    def array(self, length: int | None, depth: int) -> list[Any]:
        values: list[Any] = []
        while (not self.ended()) if length is None else len(values) < length:
            values.append(self.item(depth + 1))
        return values

    def map(self, length: int | None, depth: int) -> dict[Any, Any]:
        pairs: dict[Any, Any] = {}
        count = 0
        while (not self.ended()) if length is None else count < length:
            key = self.item(depth + 1)
            if not isinstance(key, str | int | bytes):
                raise TaskError("CBOR map has a key that is not text, bytes or a number")
            pairs[key] = self.item(depth + 1)
            count += 1
        return pairs

    def tagged(self, tag: int, depth: int) -> int:
        value = self.item(depth + 1)
        if tag not in (2, 3) or not isinstance(value, bytes):
            raise TaskError(f"CBOR tag {tag} is not supported")
        number = int.from_bytes(value, "big")
        return number if tag == 2 else -1 - number

    def simple(self, info: int) -> bool | float | None:
        if info in CONSTANTS:
            return CONSTANTS[info]
        if info in FLOATS:
            form, size = FLOATS[info]
            value: float = struct.unpack(form, self.take(size))[0]
            return value
        raise TaskError(f"CBOR simple value {info} is not supported")


def encode_request(fields: Mapping[str, Any]) -> bytes:
    """A map as a consumer sends it: its pairs, without the bytes around them."""
    return b"".join(encode(key) + encode(value) for key, value in fields.items())


def encode(value: Any) -> bytes:
    """One value: text, bytes, integers of any size, floats, booleans, None, lists and maps."""
    if value is None or isinstance(value, bool):
        return bytes([SIMPLE << 5 | {False: 20, True: 21, None: 22}[value]])
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return bytes([SIMPLE << 5 | 27]) + struct.pack(">d", value)
    if isinstance(value, bytes):
        return _head(BYTES, len(value)) + value
    if isinstance(value, str):
        raw = value.encode()
        return _head(TEXT, len(raw)) + raw
    if isinstance(value, Mapping):
        pairs = b"".join(encode(key) + encode(item) for key, item in value.items())
        return _head(MAP, len(value)) + pairs
    if isinstance(value, Sequence):
        return _head(ARRAY, len(value)) + b"".join(map(encode, value))
    raise TypeError(f"no CBOR for {type(value).__name__}")


def _integer(value: int) -> bytes:
    major, number = (UNSIGNED, value) if value >= 0 else (NEGATIVE, -1 - value)
    if number < 1 << 64:
        return _head(major, number)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return _head(TAG, 2 if major == UNSIGNED else 3) + _head(BYTES, len(raw)) + raw


def _head(major: int, count: int) -> bytes:
    if count < 24:
        return bytes([major << 5 | count])
    for info, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if count < 1 << (8 * size):
            return bytes([major << 5 | info]) + count.to_bytes(size, "big")
    raise TypeError("too long for CBOR")
