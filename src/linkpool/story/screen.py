# SPDX-License-Identifier: MIT
"""Where a run is shown: a live table on a terminal, plain snapshots elsewhere, or JSON lines."""

from __future__ import annotations

import json
import math
import sys
import time
from typing import Self

from rich.console import Console
from rich.live import Live

from linkpool.story.document import document
from linkpool.story.picture import render
from linkpool.story.view import View

WIDTH = 140
HINT = "Ctrl-C stops everything and keeps the state; the next `up` goes on here"


class LiveScreen:
    """The table, drawn anew in place."""

    def __init__(self, hint: str) -> None:
        self._hint = hint
        self._console = Console()
        self._live = Live(console=self._console, auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def say(self, text: str) -> None:
        self._live.console.print(f"[dim]{text} …[/dim]")

    def show(self, seen: View) -> None:
        size = self._console.size
        picture = render(
            seen, width=size.width, height=size.height, lines=len(seen.told), hint=self._hint
        )
        self._live.update(picture, refresh=True)


class PlainScreen:
    """Whole tables, at most one in `every` seconds (None: none), and the last one always."""

    def __init__(self, every: float | None) -> None:
        self._console = Console(width=WIDTH, highlight=False)
        self._every = every or 0.0
        self._next = math.inf if every is None else 0.0
        self._unshown: View | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._unshown is not None:
            self._print(self._unshown)

    def say(self, text: str) -> None:
        if self._unshown is not None:
            self._print(self._unshown)
        self._console.print(f"{text} ...")

    def show(self, seen: View) -> None:
        self._unshown = seen
        if time.monotonic() >= self._next:
            self._print(seen)
            self._next = time.monotonic() + self._every

    def _print(self, seen: View) -> None:
        lines = len(seen.told) if self._every == 0 else 6
        self._console.print(render(seen, width=self._console.width, lines=lines))
        self._unshown = None


class JsonScreen:
    """One JSON object a line and look; nothing else on standard output."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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


def screen(*, as_json: bool, every: float | None, hint: str = HINT) -> Screen:
    """The right one for where standard output goes."""
    if as_json:
        return JsonScreen()
    return LiveScreen(hint) if sys.stdout.isatty() else PlainScreen(every)
