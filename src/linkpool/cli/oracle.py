# SPDX-License-Identifier: MIT
"""`linkpool oracle run`: one node, in the foreground."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from linkpool import telemetry
from linkpool.chain.sender import Sender
from linkpool.cli.command import reads
from linkpool.cli.session import Session
from linkpool.cli.up import until_signalled
from linkpool.errors import UsageError
from linkpool.net import HttpClient
from linkpool.oracle.node import OracleNode
from linkpool.oracle.spec import template

BUNDLED = "get-uint256"

app = typer.Typer(help="Run an oracle node.", no_args_is_help=True)


@reads(app, "run")
async def oracle_run(
    session: Session,
    node_key: Annotated[
        str,
        typer.Option(
            "--node-key", metavar="WALLET", help="the node's own key: as --wallet elsewhere"
        ),
    ],
    job: Annotated[
        str,
        typer.Option(
            "--job", metavar="FILE", help=f"job spec, or the name of a bundled one [{BUNDLED}]"
        ),
    ] = BUNDLED,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="FOLDER", help="of its journal [default: state/nodes]"),
    ] = None,
) -> None:
    """Registers the node where its key is approved, then answers requests until Ctrl-C."""
    settings = session.settings.model_copy(update={"wallet": node_key})
    telemetry.configure(level=settings.log_level, form=settings.log_form)
    node_session = replace(session, settings=settings)
    sender = Sender(
        await session.connection(),
        node_session.signer(),
        confirmations=session.profile.confirmations,
    )
    text = _text(job)
    async with HttpClient() as http:
        node = OracleNode(
            await session.suite(),
            sender,
            job=text,
            folder=folder or settings.state / "nodes",
            http=http,
        )
        await until_signalled(functools.partial(node.run))


def _text(job: str) -> str:
    path = Path(job)
    if path.suffix != ".toml":
        return template(job)
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the job {path} cannot be read: {error}") from None
