# SPDX-License-Identifier: MIT
"""`linkpool bridge …`: external adapters by the names that jobs know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from linkpool.cli import options
from linkpool.cli.command import operates
from linkpool.cli.operator import Item, operator_client, part
from linkpool.cli.output import Answer, beyond, counted
from linkpool.cli.session import Session
from linkpool.settings import secret
from linkpool.units import Juels, link, show_link

BRIDGES = "/v2/bridge_types"

app = typer.Typer(help="Bridges: external adapters, by the names that jobs know.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="as jobs name it")]
Url = Annotated[str, typer.Argument(metavar="URL", help="where the adapter is asked")]
Confirmations = Annotated[
    int,
    typer.Option("--confirmations", min=0, help="blocks on top of a request, at the least"),
]
Payment = Annotated[
    Juels,
    typer.Option(
        "--minimum-payment", metavar="LINK", parser=link, help="least payment of a request"
    ),
]


@operates(app, "add")
async def add(
    session: Session,
    name: Name,
    url: Url,
    confirmations: Confirmations = 0,
    minimum_payment: Payment = "0",  # type: ignore[assignment]  # parsed as the option's text is
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help="the outgoing token, where the adapter has one already",
        ),
    ] = None,
) -> Answer:
    """A new bridge. Its two tokens are shown this once."""
    body = _draft(name, url, confirmations, minimum_payment)
    if token_file is not None:
        body["outgoingToken"] = secret(token_file)
    async with operator_client(session, new=True) as client:
        made = await client.post(BRIDGES, body)
    facts = [
        *_facts(made),
        ("outgoing token", f"{made['outgoingToken']} (the node shows it to the adapter)"),
        ("incoming token", f"{made['incomingToken']} (the adapter shows it to the node)"),
    ]
    note = "keep the tokens: they cannot be shown again"
    return Answer(title=f"bridge {made['name']} added", data=made, facts=facts, note=note)


@operates(app, "list")
async def listing(session: Session, page: options.Page = 1, size: options.Size = 25) -> Answer:
    """By name."""
    async with operator_client(session) as client:
        found, count = await client.page(BRIDGES, page=page, size=size)
    return Answer(
        title=counted(count, "bridge"),
        note=beyond(page, size, count),
        data={"bridges": found, "count": count},
        columns=("name", "url", "confirmations", "minimum payment"),
        rows=[(one["name"], one["url"], str(one["confirmations"]), _payment(one)) for one in found],
    )


@operates(app, "show")
async def show(session: Session, name: Name) -> Answer:
    """One of them."""
    async with operator_client(session) as client:
        found = await client.get(f"{BRIDGES}/{part(name)}")
    return Answer(title=f"bridge {found['name']}", data=found, facts=_facts(found))


@operates(app, "update")
async def update(
    session: Session,
    name: Name,
    url: Url,
    confirmations: Confirmations = 0,
    minimum_payment: Payment = "0",  # type: ignore[assignment]
) -> Answer:
    """Everything but the name and the tokens."""
    body = _draft(name, url, confirmations, minimum_payment)
    async with operator_client(session) as client:
        found = await client.patch(f"{BRIDGES}/{part(name)}", body)
    return Answer(title=f"bridge {found['name']} changed", data=found, facts=_facts(found))


@operates(app, "remove")
async def remove(session: Session, name: Name) -> Answer:
    """Refused while a job uses it."""
    async with operator_client(session) as client:
        await client.delete(f"{BRIDGES}/{part(name)}")
    return Answer(title=f"bridge {name.lower()} removed", data={"removed": name.lower()})


def _draft(name: str, url: str, confirmations: int, payment: Juels) -> dict[str, Any]:
    return {
        "name": name,
        "url": url,
        "confirmations": confirmations,
        "minimumContractPayment": str(payment),
    }


def _facts(bridge: Item) -> list[tuple[str, str]]:
    return [
        ("url", bridge["url"]),
        ("confirmations", str(bridge["confirmations"])),
        ("minimum payment", _payment(bridge)),
    ]


def _payment(bridge: Item) -> str:
    return show_link(int(bridge["minimumContractPayment"]))
