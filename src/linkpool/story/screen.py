# SPDX-License-Identifier: MIT
"""Where a run is shown: a live table on a terminal, plain snapshots elsewhere, or JSON lines."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Sequence
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from linkpool.story.document import document
from linkpool.story.picture import render
from linkpool.story.picture import whole as whole_picture
from linkpool.story.view import View
from linkpool.story.words import INDENT, WHAT, WHO, wrapped

WIDTH = 140
HINT = "Ctrl-C stops everything and keeps the state; the next `up` goes on here"


def who_is_who(console: Console) -> None:
    """What this is and who plays, while the chain is being set up."""
    for text in (WHAT, *WHO):
        told(console, [text], indent="" if text is WHAT else INDENT)


def told(console: Console, texts: Sequence[str], indent: str = INDENT) -> None:
    for text in texts:
        for line in wrapped(text, console.width, indent):
            console.print(line, markup=False)


class LiveScreen:
    """The picture, drawn anew in place. `whole`: at its end all of it stays, however high."""

    def __init__(self, hint: str, *, whole: bool, console: Console | None = None) -> None:
        self._hint = hint
        self._whole = whole
        self._console = console or Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=whole)
        self._last: View | None = None
        self._size = self._console.size

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        if self._whole and self._last is not None:
            self._console.print("\n[bold]What happened[/bold]")
            told(self._console, self._last.told)
            self._console.print()
            self._console.print(whole_picture(self._last, width=self._console.width))

    def introduce(self) -> None:
        who_is_who(self._console)

    def say(self, text: str) -> None:
        self._live.console.print(f"[dim]{text} …[/dim]")

    def show(self, seen: View) -> None:
        size = self._console.size
        if self._last is not None and size != self._size:
            self._console.clear()  # a terminal that became narrower has broken the lines
        self._last, self._size = seen, size
        picture = render(seen, width=size.width, height=size.height, hint=self._hint)
        self._live.update(picture, refresh=True)


class PlainScreen:
    """What happens line by line, and whole tables: at most one in `every` seconds (None: none), and
    the last one always.
    """

    def __init__(self, every: float | None) -> None:
        self._console = Console(width=WIDTH, highlight=False)
        self._every = every or 0.0
        self._next = math.inf if every is None else 0.0
        self._unshown: View | None = None
        self._heard = 0
        self._newest = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()

    def introduce(self) -> None:
        who_is_who(self._console)

    def say(self, text: str) -> None:
        self._console.print(f"{text} ...")

    def show(self, seen: View) -> None:
        self._hear(seen)
        self._unshown = seen
        if time.monotonic() >= self._next:
            self._flush()
            self._next = time.monotonic() + self._every

    def _hear(self, seen: View) -> None:
        """What is new; the newest line of before once more where it has become longer."""
        if not seen.told:
            return
        new = min(seen.happened - self._heard, len(seen.told))
        before = seen.told[-new - 1] if new < len(seen.told) else self._newest
        told(self._console, seen.told[len(seen.told) - new - (before != self._newest) :])
        self._heard, self._newest = seen.happened, seen.told[-1]

    def _flush(self) -> None:
        if self._unshown is not None:
            self._console.print(Text(), whole_picture(self._unshown, width=WIDTH), Text(), sep="\n")
            self._unshown = None


class JsonScreen:
    """One JSON object a line and look; nothing else on standard output."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def introduce(self) -> None:
        return None

    def say(self, text: str) -> None:
        print(f"{text} ...", file=sys.stderr, flush=True)

    def show(self, seen: View) -> None:
        print(json.dumps(document(seen)), flush=True)


class Quiet(JsonScreen):
    """Says what it is doing, shows nothing: the result is printed by the caller."""

    def show(self, seen: View) -> None:
        return None


Screen = LiveScreen | PlainScreen | JsonScreen


def screen(*, as_json: bool, every: float | None, hint: str = HINT, whole: bool = False) -> Screen:
    """The right one for where standard output goes. `whole`: it ends with everything."""
    if as_json:
        return JsonScreen()
    return LiveScreen(hint, whole=whole) if sys.stdout.isatty() else PlainScreen(every)
