# SPDX-License-Identifier: MIT
"""What is remembered of names, so that name servers that hang are neither asked again at once nor
missed where a name had addresses a little while ago.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

NAMES: Final = 1_024
AGAIN: Final = 10.0
STALE: Final = 900.0


@dataclass(slots=True)
class _Name:
    addresses: list[str] = field(default_factory=list)
    stale: float = 0.0
    slow: float = 0.0


class KnownNames:
    """A table of bounded size; moments are seconds of one clock. A name that hung counts as slow
    for `again` seconds, and keeps the addresses that it had for `stale` seconds after they were
    found.
    """

    def __init__(self, *, names: int = NAMES, again: float = AGAIN, stale: float = STALE) -> None:
        self._most = names
        self._again = again
        self._stale = stale
        self._names: OrderedDict[str, _Name] = OrderedDict()

    def __len__(self) -> int:
        return len(self._names)

    def found(self, name: str, addresses: list[str], *, now: float) -> None:
        entry = self._entry(name)
        entry.addresses, entry.stale, entry.slow = addresses, now + self._stale, now

    def hung(self, name: str, *, now: float) -> None:
        self._entry(name).slow = now + self._again

    def gone(self, name: str) -> None:
        """Its name servers said that there is no such name."""
        self._names.pop(name, None)

    def is_slow(self, name: str, *, now: float) -> bool:
        entry = self._names.get(name)
        return entry is not None and now < entry.slow

    def last(self, name: str, *, now: float) -> list[str]:
        """The addresses of last time; none where that is too long ago."""
        entry = self._names.get(name)
        return entry.addresses if entry is not None and now < entry.stale else []

    def _entry(self, name: str) -> _Name:
        entry = self._names.setdefault(name, _Name())
        self._names.move_to_end(name)
        if len(self._names) > self._most:
            self._names.popitem(last=False)  # looked up longest ago
        return entry
