# SPDX-License-Identifier: MIT
"""A JSON file read field by field: what is missing or of another kind is named with the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_typing import ChecksumAddress

from linkpool.chain.addresses import address
from linkpool.errors import ManifestError, UsageError


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of the file; `at` is the way to it, "" for the whole. Raises ManifestError."""

    path: Path
    at: str
    content: Any

    def __post_init__(self) -> None:
        if not isinstance(self.content, dict):
            raise self._wrong(self.at or "all of it", "an object")

    def text(self, name: str) -> str:
        """Any text."""
        found = self._get(name)
        if not isinstance(found, str):
            raise self._wrong(self._way(name), "text")
        return found

    def number(self, name: str) -> int:
        """A whole number that is not negative, or one as decimal text."""
        found = self._get(name)
        if isinstance(found, str) and found.isascii() and found.isdecimal():
            return int(found)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise self._wrong(self._way(name), "a whole number")
        return found

    def address(self, name: str) -> ChecksumAddress:
        """With a right checksum, where it has one."""
        try:
            return address(self.text(name))
        except UsageError:
            raise self._wrong(self._way(name), "an address") from None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        found = self._get(name)
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise self._wrong(self._way(name), "a list of texts")
        return tuple(found)

    def has(self, name: str) -> bool:
        """False where it is null."""
        return self._get(name) is not None

    def inner(self, name: str) -> Fields:
        """The object of this name."""
        return Fields(self.path, self._way(name), self._get(name))

    def each(self) -> Iterator[tuple[str, Fields]]:
        """Every object within, with its name."""
        for name in self.content:
            yield name, self.inner(name)

    def _get(self, name: str) -> Any:
        if name not in self.content:
            raise ManifestError(
                f"{self.path} is no complete manifest ({self._way(name)} is missing): restore it"
            )
        return self.content[name]

    def _way(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name

    def _wrong(self, way: str, wanted: str) -> ManifestError:
        return ManifestError(
            f"{self.path} is no complete manifest ({way} has to be {wanted}): restore it"
        )
