# SPDX-License-Identifier: MIT
"""`linkpool config …`: the settings in force."""

from __future__ import annotations

from typing import Any

import typer

from linkpool.cli.command import reads
from linkpool.cli.output import Answer
from linkpool.cli.session import Session

app = typer.Typer(help="The settings in force, and where each comes from.")


@reads(app, "show", wallet=True)
async def show(session: Session) -> Answer:
    """Every setting, its value and where that comes from; passwords and tokens are left out."""
    found = list(session.settings.shown())
    return Answer(
        title="",
        data={name: {"value": value, "from": origin} for name, value, origin in found},
        columns=("setting", "value", "from"),
        rows=[(name, _text(value), origin) for name, value, origin in found],
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
