# SPDX-License-Identifier: MIT
"""What commands print: a table or a list for people, one JSON object for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_WIDE = 300  # columns where no terminal limits them: addresses and hashes stay whole
_LATEST = 253_402_300_799  # the end of the year 9999
_MONEY = ("Juels", "Wei")  # cross JSON as decimal strings: they pass 2**53


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One command's result. `data` is the JSON; the rest is for people. `spare` are columns that
    a narrow terminal can do without, the first first.
    """

    title: str
    data: Any
    facts: Sequence[tuple[str, str]] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    spare: Sequence[str] = ()
    note: str = ""


def show(answer: Answer, *, as_json: bool) -> None:
    """Print it."""
    if as_json:
        print_json(answer.data)
        return
    console = _console()
    if not console.is_terminal:
        console.width = _WIDE
    if answer.title:
        console.print(f"[bold]{_line(answer.title)}[/bold]")
    _facts(console, answer.facts)
    if answer.columns:
        _table(console, answer)
    if answer.note:
        console.print(_marked(answer.note))


def _table(console: Console, answer: Answer) -> None:
    """As much of it as the console is wide."""
    # In the functions: a node prints no table, and its memory is counted.
    from rich.table import Table

    from linkpool.cli.fitting import Fitted, fitted, folds

    narrow = console.is_terminal
    found: Fitted | None = Fitted(answer.columns, answer.rows)
    if narrow:
        found = fitted(answer.columns, answer.rows, console.width, spare=answer.spare)
    if found is None:
        for row in answer.rows:
            cells = zip(answer.columns, row, strict=True)
            _facts(console, [(name, cell) for name, cell in cells if cell])
            console.print()
        return
    table = Table()
    for place, name in enumerate(found.columns):
        table.add_column(_marked(name), overflow="fold", no_wrap=narrow and not folds(found, place))
    for row in found.rows:
        table.add_row(*map(_marked, row))
    console.print(table)
    if found.note:
        console.print(f"[dim]{_marked(found.note)}[/dim]")


def show_preview(facts: Sequence[tuple[str, str]], warnings: Sequence[str], *, title: str) -> None:
    """Before signing, to standard error: standard output is the result's."""
    console = _console(stderr=True)
    console.print(f"[bold]{_line(title)}[/bold]")
    _facts(console, facts)
    for warning in warnings:
        console.print(f"[yellow]! {_line(warning)}[/yellow]")


def progress_line(text: str) -> None:
    """One line of what is happening, to standard error."""
    _console(stderr=True).print(_line(text))


def print_json(data: Any) -> None:
    """Money and decimals as decimal strings, bytes as hexadecimal."""
    print(json.dumps(plain(data), indent=2))


def plain(data: Any) -> Any:
    """`data` as JSON has it."""
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        return {
            field.name: str(getattr(data, field.name))
            if field.type in _MONEY
            else plain(getattr(data, field.name))
            for field in dataclasses.fields(data)
        }
    if isinstance(data, Mapping):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [plain(value) for value in data]
    if isinstance(data, bytes):
        return "0x" + data.hex()
    if isinstance(data, Path | Decimal):
        return str(data)
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) >= 2**53:
        return str(data)
    return data


def when(seconds: int) -> str:
    """A unix time in UTC; the latest that a calendar has for all that is later."""
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def counted(number: int, what: str) -> str:
    """How many there are, in a heading.

    >>> counted(1, "key"), counted(0, "key")
    ('1 key', '0 keys')
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def beyond(page: int, size: int, count: int) -> str:
    """What an empty page of a list that is not empty says.

    >>> beyond(99, 25, 30), beyond(2, 25, 30), beyond(1, 25, 0)
    ('page 99 is empty: the last is 2', '', '')
    """
    last = -(-count // size)
    return f"page {page} is empty: the last is {last}" if count and page > last else ""


def tame(text: str) -> str:
    """`text` without what would move a terminal's cursor or turn its letters around; lines stay.

    >>> tame("a\\x1b[2J \\u202e b")
    'a\\\\x1b[2J \\\\u202e b'
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one in "\n\t" else one.encode("unicode_escape").decode()
        for one in text
    )


def one_line(text: str) -> str:
    """`text` as `tame` has it, and in one line: what others wrote looks like no line of ours.

    >>> one_line("Node\\nok: nothing deviates")
    'Node\\\\nok: nothing deviates'
    """
    return tame(text).replace("\n", "\\n").replace("\t", "\\t")


def short(value: Any, most: int = 200) -> str:
    """A JSON value in one line of a table, cut after `most` characters."""
    from linkpool.net.document import printable  # not for --help

    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return printable(text, most) + (" …" if len(text) > most else "")


def yes_no(flag: bool) -> str:
    return "yes" if flag else "no"


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def _facts(console: Console, facts: Sequence[tuple[str, str]]) -> None:
    width = max((len(label) for label, _ in facts), default=0)
    for label, text in facts:
        # Its further lines stand further right: none looks like a fact of ours.
        lines = _marked(text).replace("\n", "\n" + " " * (width + 4))
        console.print(f"  {_line(label.ljust(width))}  {lines}")


def _line(text: str) -> str:
    """As it is, in one line, not as markup."""
    return _marked(one_line(text))


def _marked(text: str) -> str:
    """As it is, lines included, not as markup."""
    from rich.markup import escape

    return escape(tame(text))
