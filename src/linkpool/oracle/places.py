# SPDX-License-Identifier: MIT
"""Where in a text something is, for people: lines and columns count from 1.

A job's observation source is a string inside a TOML file, perhaps with escapes in it: `of_toml`
finds each of its characters in the file again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from linkpool.oracle.errors import SpecError

MAX_NOTICES: Final = 20


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd in a job that can be run nevertheless."""

    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.text}"


class Places:
    """Lines and columns of the offsets of a text. Inside a file, `stretches` say which offset of
    the text is which of the file.
    """

    def __init__(self, text: str, stretches: Sequence[tuple[int, int]] = ((0, 0),)) -> None:
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._starts = [start for start, _ in stretches]
        self._shifts = [place - start for start, place in stretches]

    def at(self, offset: int) -> tuple[int, int]:
        place = offset + self._shifts[bisect_right(self._starts, offset) - 1]
        line = bisect_right(self._lines, place)
        return line, place - self._lines[line - 1] + 1

    def error(self, text: str, offset: int) -> SpecError:
        line, column = self.at(offset)
        return SpecError(text, line=line, column=column)

    def notice(self, text: str, offset: int) -> Notice:
        return Notice(*self.at(offset), text)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or nothing."""
    found = get_close_matches(word[:100], list(known)[:1000], 1)
    return f"; did you mean {found[0]!r}?" if found else ""


# ---- TOML ----

SKIPPED: Final = re.compile(r"(?:[ \t\r\n]|\#[^\n]*)*")
KEY: Final = re.compile(r"""([A-Za-z0-9_.-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*(=?)[ \t]*""")
STRING: Final = re.compile(
    r'''
    """(?:\r?\n)?(?P<long>(?:[^"\\]|\\.|"(?!""))*)"""(?P<more>"{0,2})
  | \'\'\'(?:\r?\n)?(?P<plain>(?:[^']|'(?!''))*)\'\'\'(?P<rest>'{0,2})
  | "(?P<short>(?:[^"\\\n]|\\.)*)"
  | '(?P<literal>[^'\n]*)'
    ''',
    re.VERBOSE | re.DOTALL,
)
OTHER: Final = re.compile(r"""\#[^\n]*|[^"'\#\[\]{}\n]+|[\[\]{}\n]""")
ESCAPE: Final = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[ \t]*\r?\n[ \t\r\n]*|.)|\r\n")


def of_keys(text: str) -> dict[str, tuple[int, int]]:
    """Where the keys above the first table of a valid TOML text are, and their values."""
    found: dict[str, tuple[int, int]] = {}
    at = 0
    while True:
        start = _after(SKIPPED, text, at)
        key = KEY.match(text, start)
        if key is None or not key[2]:
            return found
        found[key[1].strip("\"'")] = (start, key.end())
        at = _behind_value(text, key.end())


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _behind_value(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        match = STRING.match(text, at) or OTHER.match(text, at)
        if match is None:
            return len(text)
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if match[0] == "\n" and depth <= 0:
            return match.end()
        at = match.end()
    return at


def of_string(text: str, at: int, value: str) -> Places | None:
    """Places in the file of the characters of `value`, whose quotes open at `at`; None where they
    cannot be told.
    """
    match = STRING.match(text, at)
    if match is None:
        return None
    kind = str(match.lastgroup)
    name = {"more": "long", "rest": "plain"}.get(kind, kind)
    start = match.start(name)
    raw = text[start : match.end(name)] + (match["more"] or match["rest"] or "")
    escaped = name in ("long", "short")
    stretches, length = _stretches(raw, start, escaped)
    return Places(text, stretches) if length == len(value) else None


def _stretches(raw: str, start: int, escaped: bool) -> tuple[list[tuple[int, int]], int]:
    """Pairs of an offset in the value and the one in the file, and the value's length."""
    pairs = [(0, start)]
    shift = 0  # characters of the file that are not in the value
    for match in ESCAPE.finditer(raw):
        text = match[0]
        if not escaped and text != "\r\n":
            continue
        spaces = text[0] == "\\" and text[1] in " \t\r\n"
        shift += len(text) - (0 if spaces else 1)
        pairs.append((match.end() - shift, start + match.end()))
    return pairs, len(raw) - shift
