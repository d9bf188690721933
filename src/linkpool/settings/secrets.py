# SPDX-License-Identifier: MIT
"""Files that hold secrets, and addresses shown without theirs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from linkpool.errors import UsageError
from linkpool.telemetry import hide_tokens


def without_secret(text: str) -> str:
    """An address without what may be its password or token; other text as it is."""
    if text.startswith("postgresql://"):
        address = urlsplit(text)
        user = f"{address.username}@" if address.username else ""
        place = address.netloc.rpartition("@")[2]
        return f"postgresql://{user}{place}{address.path}"
    parts = text.split(",")
    several = all("://" in part for part in parts)
    return ",".join(map(hide_tokens, parts)) if several else hide_tokens(text)


def secrets(path: Path) -> tuple[str, ...]:
    """The lines of a file that holds secrets; blank ones and those with # before them are none."""
    lines = [line.strip() for line in _text(path).splitlines()]
    found = tuple(line for line in lines if line and not line.startswith("#"))
    if not found:
        raise UsageError(f"{path} is empty")
    return found


def secret(path: Path) -> str:
    """The first line of a file that holds a secret."""
    text = _text(path).strip()
    if not text:
        raise UsageError(f"{path} is empty")
    return text.splitlines()[0]


def _text(path: Path) -> str:
    try:
        return path.expanduser().read_text()
    except OSError:
        raise UsageError(f"{path} cannot be read: check the name and its permissions") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is no text file: choose another") from None
