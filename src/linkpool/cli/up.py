# SPDX-License-Identifier: MIT
"""`linkpool up` and `linkpool reset`: the whole pool on this machine, live."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Annotated, Any

import typer

from linkpool import telemetry
from linkpool.cli import options
from linkpool.cli.command import settings_of
from linkpool.errors import UsageError
from linkpool.settings import Settings
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


def add_to(app: typer.Typer) -> None:
    app.command("up")(up)
    app.command("reset")(reset)


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
        float, typer.Option("--every", min=0.1, help="seconds between requests")
    ] = 2.0,
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
        work = interruptible(lambda stop: run.up(setting, shown, stop), seconds=duration)
        asyncio.run(work)


def reset(context: typer.Context, state: State = None, as_json: options.AsJson = False) -> None:
    """Forgets the local chain and everything that `up` keeps."""
    folder = state or settings_of(context).state
    known = folder.exists() and not run.is_ours(folder)
    if known:
        raise UsageError(f"{folder} holds no state of `linkpool up`: nothing was removed")
    existed = folder.exists()
    if existed:
        with run.alone(folder):
            shutil.rmtree(folder)
    text = f"removed {folder}" if existed else f"nothing to forget in {folder}"
    print(json.dumps({"removed": existed, "folder": str(folder)}) if as_json else text)


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
    with path.open("a") as file, redirect_stderr(file):
        telemetry.configure(level=settings.log_level, form=settings.log_form)
    with path.open("a"):
        yield


async def interruptible(work: Any, *, seconds: float) -> None:
    """Runs until done, Ctrl-C, SIGTERM or the end of `seconds` (0: none); then ends in order."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    timer = loop.call_later(seconds, stop.set) if seconds else None
    running: Coroutine[Any, Any, None] = work(stop)
    task = asyncio.ensure_future(running)
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if timer is not None:
        timer.cancel()
    if not task.done():
        await asyncio.wait({task}, timeout=run.GRACE)
    if not task.done():
        task.cancel()  # still setting up: what is done is done, the next run goes on from there
    try:
        await task
    except asyncio.CancelledError:
        pass
