# SPDX-License-Identifier: MIT
"""`linkpool demo`: the whole story once, with a verdict."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from linkpool.cli import options
from linkpool.cli.signals import until_signalled
from linkpool.cli.up import Path_, Source, Times, logging_to, question, settings_of
from linkpool.errors import CheckFailed
from linkpool.story import run
from linkpool.story.document import document
from linkpool.story.screen import Quiet, screen
from linkpool.story.view import View

SECONDS = 120.0


app = typer.Typer()


@app.command("demo")
def demo(
    context: typer.Context,
    source: Source = None,
    path: Path_ = "",
    times: Times = 1,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, help="give up after this time")
    ] = SECONDS,
    as_json: options.AsJson = False,
) -> None:
    """Stake, serve, earn, distribute, withdraw: once, on a chain of its own; 0 if all was right."""
    settings = settings_of(context)
    asked = question(source, path, times)
    views: list[View] = []
    with tempfile.TemporaryDirectory(prefix="linkpool-") as name:
        setting = run.Setting(folder=Path(name), port=0, question=asked)
        shown = Quiet() if as_json else screen(as_json=False, every=None, hint="", whole=True)
        with logging_to(Path(os.devnull), settings), shown:

            async def play(stop: asyncio.Event) -> None:
                views.append(await run.demo(setting, shown, stop, seconds=seconds))

            asyncio.run(until_signalled(functools.partial(play)))
    [last] = views
    if as_json:
        print(json.dumps(document(last), indent=2))
    if not last.verdict.right:
        raise CheckFailed(last.verdict.line, last.verdict.problems)
