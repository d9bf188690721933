# SPDX-License-Identifier: MIT
"""`linkpool adapter …`: external adapters as servers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from linkpool import telemetry
from linkpool.adapters.catalogue import KINDS, from_file
from linkpool.adapters.serving import serving
from linkpool.cli.command import offline
from linkpool.cli.output import Answer
from linkpool.cli.session import Session
from linkpool.cli.signals import until_signalled

app = typer.Typer(help="External adapters: run those of the package.")


@offline(app, "list")
async def listing(session: Session) -> Answer:
    """What can be run."""
    return Answer(
        title="adapters",
        data={"adapters": [{"name": name, "what": kind.what} for name, kind in KINDS.items()]},
        columns=("name", "what it answers"),
        rows=[(name, kind.what) for name, kind in KINDS.items()],
    )


@offline(app, "run")
async def adapter_run(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="as `adapter list` shows it")],
    config: Annotated[
        Path, typer.Option("--config", metavar="FILE", help="the adapter's settings (TOML)")
    ],
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="port; 0 takes a free one")
    ] = 8080,
    address: Annotated[
        str, typer.Option("--address", metavar="IP", help="address to listen on")
    ] = "127.0.0.1",
) -> None:
    """Answers nodes until Ctrl-C."""
    settings = session.settings
    telemetry.configure(level=settings.log_level, form=settings.log_form)
    server = from_file(name, config)

    async def work(stop: asyncio.Event) -> None:
        async with serving(server, port=port, address=address) as url:
            telemetry.logger(__name__).info("adapter.serving", adapter=name, url=url)
            await stop.wait()

    await until_signalled(work)
