# SPDX-License-Identifier: MIT
"""ABI types, read from the text that jobs write (`Name(type indexed name, ...)` or `(type name)`,
tuples in brackets) or from JSON.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from eth_utils.crypto import keccak

from linkpool.net.document import load
from linkpool.oracle.errors import TaskError

TOKEN: Final = re.compile(r"\s*(?:([A-Za-z_$][\w$]*)|(\d+)|([()\[\],]))", re.ASCII)
BASE: Final = re.compile(r"(address|bool|string|function|bytes|uint|int)(\d*)", re.ASCII)
LOCATIONS: Final = ("calldata", "memory", "storage")
MAX_TEXT: Final = 16_384
MAX_DEPTH: Final = 8
MAX_WORDS: Final = 65_536
VARIABLE: Final = -1
KEPT: Final = 1_024


@dataclass(frozen=True, slots=True)
class Kind:
    """One type. `size` is bits of a number, bytes of a bytesN, items of an array (VARIABLE: as many
    as there are); `words` what it takes where it stands, which is a pointer if it is `dynamic`.
    """

    text: str
    base: str  # uint, int, bool, address, bytesN, bytes, string, array or tuple
    size: int = 0
    item: Kind | None = None
    fields: tuple[Argument, ...] = ()
    dynamic: bool = False
    words: int = 1


class Argument(NamedTuple):
    name: str
    kind: Kind
    indexed: bool = False

    @property
    def type(self) -> str:
        return self.kind.text


@dataclass(frozen=True, slots=True)
class Signature:
    """A function, an event or a bare list of arguments (name empty)."""

    name: str
    arguments: tuple[Argument, ...]
    canonical: str
    topic: bytes

    @property
    def selector(self) -> bytes:
        return self.topic[:4] if self.name else b""


def read(text: str) -> Signature:
    """Reads ABI text, or one entry of a JSON ABI (a map with "name" and "inputs"). Every argument
    needs a name.
    """
    if len(text) > MAX_TEXT:
        raise TaskError(f"abi: longer than {MAX_TEXT} characters")
    return _of_entry(text) if text.lstrip().startswith("{") else _Reader(text).signature()


@lru_cache(KEPT)
def parse(text: str) -> Signature:
    """The same, kept: for texts that no stranger writes."""
    return read(text)


def _of_entry(text: str) -> Signature:
    try:
        entry = load(text)
    except ValueError:
        raise TaskError(f"abi {text[:80]!r}: neither ABI text nor JSON") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("inputs"), list):
        raise TaskError('abi: expected a map with "name" and "inputs"')
    arguments = tuple(_of_json(item, 0) for item in entry["inputs"])
    return signature(str(entry.get("name") or ""), arguments, text)


def signature(name: str, arguments: tuple[Argument, ...], text: str) -> Signature:
    """Checked: each argument has a name of its own."""
    names = [argument.name for argument in arguments]
    if not all(names):
        raise TaskError(f"abi {text[:200]!r}: each argument needs a type and a name")
    if len(set(names)) < len(names):
        raise TaskError(f"abi {text[:200]!r}: two arguments have the same name")
    canonical = f"{name}({','.join(argument.type for argument in arguments)})"
    return Signature(name, arguments, canonical, keccak(text=canonical))


def _of_json(item: Any, depth: int) -> Argument:
    if not isinstance(item, dict) or not isinstance(item.get("type"), str) or depth > MAX_DEPTH:
        raise TaskError('abi: each input needs a "type", nested 8 deep at most')
    base, bracket, arrays = item["type"].partition("[")
    if base == "tuple":
        components = item.get("components")
        if not isinstance(components, list):
            raise TaskError('abi: a tuple needs "components"')
        kind = tuple_of(tuple(_of_json(inner, depth + 1) for inner in components))
    else:
        kind = plain(base)
    sizes = re.findall(r"\[(\d{0,6})\]", bracket + arrays)
    if "".join(f"[{size}]" for size in sizes) != bracket + arrays:
        raise TaskError(f"abi: type {item['type'][:40]!r} is not supported")
    for size in sizes:
        kind = array_of(kind, int(size) if size else VARIABLE)
    return Argument(str(item.get("name") or ""), kind, item.get("indexed") is True)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def signature(self) -> Signature:
        """With brackets around the arguments or, where there is no name, without."""
        name = self.word()
        if not self.skip("("):
            self.at = 0
            return signature("", self.bare(), self.text)
        arguments = self.arguments(0)
        if self.text[self.at :].strip():
            raise self.wrong("expected nothing behind ')'")
        return signature(name, arguments, self.text)

    def arguments(self, depth: int) -> tuple[Argument, ...]:
        """Up to and with the closing bracket."""
        found: list[Argument] = []
        if self.skip(")"):
            return ()
        while True:
            found.append(self.argument(depth))
            if self.skip(")"):
                return tuple(found)
            self.expect(",")

    def bare(self) -> tuple[Argument, ...]:
        """Up to the end of the text."""
        found = [self.argument(0)]
        while self.skip(","):
            found.append(self.argument(0))
        if self.text[self.at :].strip():
            raise self.wrong("expected ','")
        return tuple(found)

    def argument(self, depth: int) -> Argument:
        kind = self.kind(depth)
        words: list[str] = []
        while word := self.word():
            words.append(word)
        plain_words = [word for word in words if word not in LOCATIONS]
        indexed = "indexed" in plain_words[:-1]
        if indexed:
            plain_words.remove("indexed")
        if len(plain_words) > 1 or (not plain_words and not depth):
            raise self.wrong("each argument needs a type and a name")
        return Argument(plain_words[0] if plain_words else "", kind, indexed)

    def kind(self, depth: int) -> Kind:
        word = self.word()
        if word in ("", "tuple") and self.skip("("):
            if depth >= MAX_DEPTH:
                raise self.wrong(f"tuples are nested deeper than {MAX_DEPTH}")
            kind = tuple_of(self.arguments(depth + 1))
        elif word:
            kind = plain(word)
        else:
            raise self.wrong("expected a type")
        while self.skip("["):
            size = self.token(2)
            self.expect("]")
            kind = array_of(kind, int(size[:7]) if size else VARIABLE)
        return kind

    # ---- Tokens ----

    def token(self, group: int, wanted: str = "") -> str:
        match = TOKEN.match(self.text, self.at)
        if match is None or match[group] is None or (wanted and match[group] != wanted):
            return ""
        self.at = match.end()
        return match[group]

    def word(self) -> str:
        return self.token(1)

    def skip(self, mark: str) -> bool:
        return bool(self.token(3, mark))

    def expect(self, mark: str) -> None:
        if not self.skip(mark):
            raise self.wrong(f"expected {mark!r}")

    def wrong(self, text: str) -> TaskError:
        return TaskError(f"abi {self.text[:200]!r}: {text}, at character {self.at + 1}")


def plain(text: str) -> Kind:
    """A type without brackets."""
    match = BASE.fullmatch(text)
    base, size = (match[1], match[2]) if match else ("", "")
    number = int(size[:4]) if size else 0
    if base in ("uint", "int") and (not size or (number % 8 == 0 and 8 <= number <= 256)):
        return Kind(f"{base}{number or 256}", base, number or 256)
    if base == "bytes" and size and 1 <= number <= 32:
        return Kind(f"bytes{number}", "bytesN", number)
    if base in ("bytes", "string") and not size:
        return Kind(base, base, dynamic=True)
    if base in ("address", "bool") and not size:
        return Kind(base, base)
    raise TaskError(f"abi: type {text[:40]!r} is not supported")


def array_of(item: Kind, size: int) -> Kind:
    """`size` VARIABLE is as many as there are."""
    shown = "" if size == VARIABLE else str(size)
    dynamic = item.dynamic or size == VARIABLE
    words = 1 if dynamic else item.words * size
    if words > MAX_WORDS or size > MAX_WORDS or size == 0:
        raise TaskError(f"abi: {item.text[:40]}[{shown}] has no size that can be handled")
    return Kind(f"{item.text}[{shown}]", "array", size, item, dynamic=dynamic, words=words)


def tuple_of(fields: tuple[Argument, ...]) -> Kind:
    if not fields:
        raise TaskError("abi: a tuple needs at least one component")
    dynamic = any(field.kind.dynamic for field in fields)
    words = 1 if dynamic else sum(field.kind.words for field in fields)
    text = f"({','.join(field.type for field in fields)})"
    if words > MAX_WORDS:
        raise TaskError("abi: a tuple is too large to be handled")
    return Kind(text, "tuple", len(fields), fields=fields, dynamic=dynamic, words=words)
