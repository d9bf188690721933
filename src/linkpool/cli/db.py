# SPDX-License-Identifier: MIT
"""`linkpool db …`: the state database, while no node runs on it."""

from __future__ import annotations

import typer

from linkpool.cli.command import offline
from linkpool.cli.output import Answer
from linkpool.cli.session import Session
from linkpool.store.failures import described
from linkpool.store.state import check_integrity, opened

app = typer.Typer(help="The state database: its version, its soundness.")


@offline(app, "upgrade", state=True)
async def db_upgrade(session: Session) -> Answer:
    """Brings it to this release's version, in one transaction; one that is new is made."""
    # Imported where it is needed: alembic is large and no other command wants it.
    from linkpool.store import migrations, versions

    database = opened(session.settings.database_url())
    try:
        database.write_now(check_integrity)
        before = migrations.upgrade(database)
    finally:
        database.close()
    name = described(database.engine.url)
    done = "was up to date" if before == versions.HEAD else f"came from {before or 'nothing'}"
    return Answer(
        title="",
        data={"from": before, "to": versions.HEAD},
        note=f"{name} has version {versions.HEAD}, {done}",
    )


@offline(app, "check", state=True)
async def db_check(session: Session) -> Answer:
    """Every page, index and reference, the version and the tables of it."""
    from linkpool.store import migrations

    database = opened(session.settings.database_url(), new=False)
    try:
        database.write_now(lambda c: check_integrity(c, thorough=True))
        version = migrations.check(database)
    finally:
        database.close()
    name = described(database.engine.url)
    return Answer(title="", data={"version": version}, note=f"{name} is sound, version {version}")
