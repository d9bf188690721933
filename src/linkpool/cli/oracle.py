# SPDX-License-Identifier: MIT
"""`linkpool oracle run`: nodes in the foreground, any number of them in one process."""

from __future__ import annotations

import contextlib
import resource
from pathlib import Path
from typing import Annotated

import typer

from linkpool import telemetry
from linkpool.api.operator.model import Operator
from linkpool.api.operator.server import serve
from linkpool.cli.beside import bid_beside, topics
from linkpool.cli.check import before_start
from linkpool.cli.command import reads
from linkpool.cli.files import text_of
from linkpool.cli.session import Session
from linkpool.cli.signals import until_signalled
from linkpool.cli.state import running_state
from linkpool.oracle.assembly import Limits, assembled
from linkpool.oracle.runs import jobs
from linkpool.oracle.spec import template
from linkpool.store.database import Database

BUNDLED = "get-uint256"
NOBODY = "0x" + "11" * 20  # a contract to read a job for before the node's own is known

app = typer.Typer(help="Run an oracle node.")


@reads(app, "run", state=True)
async def oracle_run(
    session: Session,
    node_key: Annotated[
        list[str],
        typer.Option(
            "--node-key",
            metavar="WALLET",
            help="a node's own key: as --wallet elsewhere; once for each node",
        ),
    ],
    job: Annotated[
        list[str] | None,
        typer.Option(
            "--job",
            metavar="FILE",
            help="job spec, or the name of a bundled one; more than once for several. Added to"
            f" every node that it fits, once [default: the jobs that are there, or {BUNDLED}]",
        ),
    ] = None,
) -> None:
    """Registers each node whose key is approved, then answers requests until Ctrl-C."""
    settings = session.settings
    telemetry.configure(level=settings.log_level, form=settings.log_form)
    given = [_text(one) for one in job or ()]
    _many_files()
    signers = [session.signer(name) for name in node_key]
    await before_start(session, dict(zip(node_key, signers, strict=True)))
    suite = await session.suite()
    limits = Limits(
        runs=settings.runs,
        follower=settings.follower,
        transactions=settings.transactions,
        http=settings.http,
        bridges=settings.bridges,
    )
    async with (
        running_state(settings, suite.connection) as database,
        assembled(
            suite,
            database,
            signers,
            limits=limits,
            confirmations=session.profile.confirmations,
            templates=given or await _default(database),
            response_url=settings.api.url,
            topics=topics(settings),
        ) as host,
    ):
        bidding = await bid_beside(session, host)
        operator = Operator(
            database=database,
            settings=settings,
            chain_id=suite.connection.chain_id,
            host=host,
            connection=suite.connection,
            manager=host.manager,
            http=host.outside.http,
            bridges=host.outside.bridges,
            bidding=bidding,
        )
        async with serve(operator):
            await until_signalled(host.run)


def _many_files() -> None:
    """As many sockets as the system allows, not the 1,024 that shells start programs with."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _default(database: Database) -> list[str]:
    """Without a word about jobs: those that are there, or the first one."""
    found = await database.read(jobs.read)
    return [] if found.jobs or found.broken else [template(BUNDLED)]


def _text(job: str) -> str:
    path = Path(job)
    return text_of(path, "job") if path.suffix == ".toml" else template(job)
