# SPDX-License-Identifier: MIT
"""`linkpool tx …`: what a node sends, and what can still be done about it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from linkpool.cli import options
from linkpool.cli.command import operates
from linkpool.cli.operator import Item, operator_client, part
from linkpool.cli.output import Answer, beyond, counted
from linkpool.cli.session import Session
from linkpool.transactions import IntentState
from linkpool.units import show_ether

app = typer.Typer(help="Transactions of a node: list them, send again, replace, cancel.")

Transaction = Annotated[
    str, typer.Argument(metavar="TX", help="its number, its key, or the hash of an attempt")
]
_LATER = "No node runs: it is done when one starts."


@operates(app, "list")
async def listing(
    session: Session,
    only: Annotated[IntentState | None, typer.Option("--only", help="in this state")] = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="ADDRESS", help="sent from this one")
    ] = None,
    page: options.Page = 1,
    size: options.Size = 25,
) -> Answer:
    """Newest first."""
    async with operator_client(session) as client:
        found, count = await client.page(
            "/v2/transactions", page=page, size=size, state=only, account=account
        )
    return Answer(
        title=counted(count, "transaction"),
        note=beyond(page, size, count),
        data={"transactions": found, "count": count},
        columns=("tx", "what", "state", "nonce", "attempts", "hash", "reason"),
        rows=[
            (
                str(one["number"]),
                one["what"],
                _state(one),
                one["nonce"],
                str(one["attempts"]),
                one["hash"] or "",
                one["reason"] or "",
            )
            for one in found
        ],
    )


@operates(app, "show")
async def show(session: Session, transaction: Transaction) -> Answer:
    """One transaction: everything that was signed for it, and what the RPCs said."""
    async with operator_client(session) as client:
        return _answer(await client.get(f"/v2/transactions/{part(transaction)}"))


@operates(app, "resend")
async def resend(session: Session, transaction: Transaction) -> Answer:
    """Give the same signed bytes to every RPC once more."""
    return await _change(session, transaction, "resend")


@operates(app, "replace")
async def replace(session: Session, transaction: Transaction) -> Answer:
    """Sign it again at a higher fee; the setting max_fee is the most that is offered."""
    return await _change(session, transaction, "replace")


@operates(app, "cancel")
async def cancel(
    session: Session,
    transaction: Transaction,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="kept with the transaction")
    ] = "",
) -> Answer:
    """Fill its nonce with an empty transfer. Whichever of the two is mined decides."""
    return await _change(session, transaction, "cancel", {"reason": reason})


async def _change(session: Session, transaction: str, what: str, body: Any = None) -> Answer:
    path = f"/v2/transactions/{part(transaction)}"
    async with operator_client(session) as client:
        await client.post(f"{path}/{what}", body)
        return _answer(await client.get(path), note="" if client.running else _LATER)


def _answer(one: Item, *, note: str = "") -> Answer:
    facts = [
        ("transaction", str(one["number"])),
        ("key", one["key"]),
        ("what", one["what"]),
        ("from", one["from"]),
        ("to", one["to"] or "creates a contract"),
        ("sends", show_ether(int(one["value"]))),
        ("nonce", one["nonce"]),
        ("hash", one["hash"]),
        ("block", one["block"]),
        ("reason", one["reason"]),
        ("created", one["createdAt"]),
        ("sent", one["sentAt"]),
        ("settled", one["settledAt"]),
    ]
    return Answer(
        title=_state(one),
        data=one,
        facts=[(label, str(value)) for label, value in facts if value is not None],
        columns=("attempt", "hash", "fee, wei per gas", "tip", "sent", "times", "result")
        if one["attempted"]
        else (),
        rows=[
            (
                each["kind"],
                each["hash"],
                each["maxFee"],
                each["tip"],
                each["sentAt"] or "",
                str(each["broadcasts"]),
                _result(each),
            )
            for each in one["attempted"]
        ],
        note=note,
    )


def _state(one: Item) -> str:
    return f"{one['state']}, being cancelled" if one["cancelling"] else str(one["state"])


def _result(attempt: Item) -> str:
    if attempt["succeeded"] is None:
        return attempt["error"] or ""
    return "mined" if attempt["succeeded"] else "mined, reverted"
