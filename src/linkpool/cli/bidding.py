# SPDX-License-Identifier: MIT
"""`linkpool bidding …`: which agreements the nodes bid for, and why not for others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from linkpool.agreements.facts import Stage
from linkpool.agreements.records import Verdict
from linkpool.cli import options
from linkpool.cli.command import operates
from linkpool.cli.operator import Item, operator_client
from linkpool.cli.output import Answer, beyond, counted, short
from linkpool.cli.session import Session
from linkpool.units import show_link

app = typer.Typer(help="What the nodes decided about agreements: bids, refusals and their reasons.")


@operates(app, "list")
async def listing(
    session: Session,
    only: Annotated[
        Verdict | None, typer.Option("--only", help="about which a node decided so")
    ] = None,
    stage: Annotated[Stage | None, typer.Option("--in", help="agreements in this state")] = None,
    page: options.Page = 1,
    size: options.Size = 25,
) -> Answer:
    """Newest agreements first, a line for each node."""
    async with operator_client(session) as client:
        found, count = await client.page(
            "/v2/agreements", page=page, size=size, verdict=only, state=stage
        )
    return Answer(
        title=counted(count, "agreement"),
        note=beyond(page, size, count),
        data={"agreements": found, "count": count},
        spare=("pays", "at risk", "state"),
        columns=("agreement", "state", "pays", "at risk", "node's oracle", "verdict", "reason"),
        rows=[row for one in found for row in _rows(one)],
    )


def _rows(one: Item) -> Iterator[tuple[str, ...]]:
    """At least one, though nobody decided anything."""
    terms = (
        one["id"],
        one["state"],
        show_link(int(one["payment"])),
        show_link(int(one["penalty"])),
    )
    for decision in one["decisions"] or [None]:
        if decision is None:
            yield (*terms, "", "", "")
        else:
            said = decision["outcome"] or decision["reason"] or ""
            yield (*terms, short(decision["oracle"]), decision["verdict"], said)
