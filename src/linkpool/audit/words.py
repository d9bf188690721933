# SPDX-License-Identifier: MIT
"""How the report says numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

_DAY: Final = 86_400
_LATEST: Final = 253_402_300_799  # the end of the year 9999


def day(seconds: int) -> str:
    """A unix time in UTC, to the minute.

    >>> day(0)
    '1970-01-01 00:00 UTC'
    """
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC).strftime("%Y-%m-%d %H:%M UTC")


def one_line(text: str) -> str:
    """`text` as one line: what somebody on the chain chose may hold lines, and a terminal's orders.

    >>> one_line("Node\\nok: nothing deviates")
    'Node\\\\nok: nothing deviates'
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def counted(number: int, what: str) -> str:
    """How many there are.

    >>> counted(1, "node"), counted(0, "node")
    ('1 node', '0 nodes')
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def lasting(seconds: int) -> str:
    """A duration.

    >>> lasting(14 * 86_400), lasting(3_600)
    ('14 days', '3600 s')
    """
    if seconds and seconds % _DAY == 0:
        return f"{seconds // _DAY} days"
    return f"{seconds} s"
