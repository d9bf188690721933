# SPDX-License-Identifier: MIT
"""`linkpool up` and `linkpool reset`: the whole pool on this machine, live."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Annotated

import typer

from linkpool import telemetry
from linkpool.cli import options
from linkpool.cli.signals import until_signalled
from linkpool.errors import UsageError
from linkpool.settings import Settings
from linkpool.story import folder as kept
from linkpool.story import run
from linkpool.story.play import Question
from linkpool.story.screen import screen

PORT = 8545

Source = Annotated[
    str | None,
    typer.Option("--source", metavar="URL", help="an API to ask [default: the bundled source]"),
]
Path_ = Annotated[
    str, typer.Option("--path", metavar="A,B", help="where the number is in its JSON answer")
]
Times = Annotated[
    int, typer.Option("--times", min=1, help="factor that makes the number a whole one")
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="FOLDER", help="where its state is kept [default: the setting]"
    ),
]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="of the local chain; 0 takes a free one")
]


app = typer.Typer()


@app.command("up")
def up(
    context: typer.Context,
    source: Source = None,
    path: Path_ = "",
    times: Times = 1,
    state: State = None,
    port: Port = PORT,
    duration: Annotated[
        float,
        typer.Option("--duration", min=0, help="stop by itself after SECONDS [default: never]"),
    ] = 0,
    every: Annotated[
        float,
        typer.Option("--every", min=0.1, help="seconds between requests, ten times as many later"),
    ] = 3.0,
    snapshots: Annotated[
        float,
        typer.Option("--snapshots", min=0.1, help="seconds between tables without a terminal"),
    ] = 10.0,
    as_json: options.AsJson = False,
) -> None:
    """A local chain, three nodes, stakers, a consumer: watch LINK being earned, until Ctrl-C."""
    settings = settings_of(context)
    folder = state or settings.state
    setting = run.Setting(
        folder=folder, port=port, question=question(source, path, times), every=every
    )
    with logging_to(folder / "up.log", settings), screen(as_json=as_json, every=snapshots) as shown:
        work = functools.partial(run.up, setting, shown)
        asyncio.run(until_signalled(work, seconds=duration))
    print(f"stopped; `linkpool up` goes on with what is in {folder}", file=sys.stderr)


@app.command("reset")
def reset(context: typer.Context, state: State = None, as_json: options.AsJson = False) -> None:
    """Forgets the local chain and everything else that `up` keeps."""
    folder = state or settings_of(context).state
    removed = kept.forget(folder)
    text = f"forgot {folder}" if removed else f"there is nothing to forget in {folder}"
    print(json.dumps({"removed": removed, "folder": str(folder)}) if as_json else text)


def settings_of(context: typer.Context) -> Settings:
    """The settings, with the file that --settings names."""
    return Settings.from_env(os.environ, file=context.find_root().params.get("settings"))


def question(source: str | None, path: str, times: int) -> Question | None:
    """What to ask; None is the bundled source."""
    if source is None:
        if path or times != 1:
            raise UsageError("--path and --times go with --source URL")
        return None
    if not source.startswith(("http://", "https://")):
        raise UsageError(f"--source {source}: expected http://... or https://...")
    if len(source) + len(path) > 900:
        raise UsageError("--source and --path are longer than a request can carry")
    return Question(source, path, times)


@contextmanager
def logging_to(path: Path, settings: Settings) -> Iterator[None]:
    """Log lines go to a file: on the screen they would tear the table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", buffering=1) as file:
        with redirect_stderr(file):  # the logger keeps the stream that it finds here
            telemetry.configure(level=settings.log_level, form=settings.log_form)
        try:
            yield
        finally:
            telemetry.configure(level=settings.log_level, form=settings.log_form)
