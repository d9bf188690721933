# SPDX-License-Identifier: MIT
"""Where the page goes: never over a file that is no page of ours, never half of it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

from linkpool.errors import UsageError

MARK: Final = b"<title>LinkPool economics"
_HEAD: Final = 2_000
"""Bytes of a page, within which its mark stands."""


def check(page: Path) -> None:
    """UsageError where it cannot or must not be written; before anything is computed."""
    if not page.parent.is_dir():
        raise UsageError(f"{page}: no such folder; make it, or choose another place")
    if page.is_dir():
        raise UsageError(f"{page}: a folder; name a file in it")
    if page.is_file() and not _is_ours(page):
        raise UsageError(f"{page}: is there and no page of this command; choose another name")


def write(page: Path, text: str) -> None:
    """All of it or nothing; UsageError where it does not fit, or may not be written."""
    try:
        if page.exists() and not page.is_file():
            page.write_text(text, encoding="utf-8")  # a pipe, a terminal: nothing to replace
        else:
            _replace(page.resolve(), text)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(f"{page}: cannot be written: {reason}") from None


def _replace(page: Path, text: str) -> None:
    beside = page.with_name(f".{page.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(page)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _is_ours(page: Path) -> bool:
    """Or empty: there is nothing to lose."""
    try:
        with page.open("rb") as file:
            head = file.read(_HEAD)
            return not head or MARK in head
    except OSError:
        return False
